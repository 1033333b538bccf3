package dayname

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// languages has the names of months, from January, and of weekdays, from
// Sunday, in the languages that file names are read in. Each name comes with
// its abbreviations, separated by spaces. To add a language, add an entry:
// names are compared without case and accents, and languages may share them.
var languages = []struct {
	code             string
	months, weekdays string // lists separated by commas
}{
	{"en", "january jan,february feb,march mar,april apr,may,june jun,july jul,august aug,september sept sep,october oct,november nov,december dec",
		"sunday sun,monday mon,tuesday tues tue,wednesday wed,thursday thurs thur thu,friday fri,saturday sat"},
	{"de", "januar jänner jan jän,februar feber feb,märz maerz mär mrz,april apr,mai,juni jun,juli jul,august aug,september sept sep,oktober okt,november nov,dezember dez",
		"sonntag so,montag mo,dienstag di,mittwoch mi,donnerstag do,freitag fr,samstag sonnabend sa"},
	{"fr", "janvier janv jan,février févr fév,mars mar,avril avr,mai,juin,juillet juil,août aou,septembre sept sep,octobre oct,novembre nov,décembre déc",
		"dimanche dim,lundi lun,mardi mar,mercredi mer,jeudi jeu,vendredi ven,samedi sam"},
	{"es", "enero ene,febrero feb,marzo mar,abril abr,mayo may,junio jun,julio jul,agosto ago,septiembre setiembre sept sep,octubre oct,noviembre nov,diciembre dic",
		"domingo dom,lunes lun,martes mar,miércoles mié,jueves jue,viernes vie,sábado sáb"},
	{"it", "gennaio gen,febbraio feb,marzo mar,aprile apr,maggio mag,giugno giu,luglio lug,agosto ago,settembre set,ottobre ott,novembre nov,dicembre dic",
		"domenica dom,lunedì lun,martedì mar,mercoledì mer,giovedì gio,venerdì ven,sabato sab"},
	{"pt", "janeiro jan,fevereiro fev,março mar,abril abr,maio mai,junho jun,julho jul,agosto ago,setembro set,outubro out,novembro nov,dezembro dez",
		"domingo dom,segunda segunda-feira seg,terça terça-feira ter,quarta quarta-feira qua,quinta quinta-feira qui,sexta sexta-feira sex,sábado sáb"},
	{"nl", "januari jan,februari feb,maart mrt,april apr,mei,juni jun,juli jul,augustus aug,september sept sep,oktober okt,november nov,december dec",
		"zondag zo,maandag ma,dinsdag di,woensdag wo,donderdag do,vrijdag vr,zaterdag za"},
	{"sv", "januari jan,februari feb,mars mar,april apr,maj,juni jun,juli jul,augusti aug,september sept sep,oktober okt,november nov,december dec",
		"söndag sön,måndag mån,tisdag tis,onsdag ons,torsdag tors tor,fredag fre,lördag lör"},
	{"da", "januar jan,februar feb,marts mar,april apr,maj,juni jun,juli jul,august aug,september sept sep,oktober okt,november nov,december dec",
		"søndag søn,mandag man,tirsdag tirs tir,onsdag ons,torsdag tors tor,fredag fre,lørdag lør"},
	{"nb", "januar jan,februar feb,mars mar,april apr,mai,juni jun,juli jul,august aug,september sept sep,oktober okt,november nov,desember des",
		"søndag søn,mandag man,tirsdag tir,onsdag ons,torsdag tor,fredag fre,lørdag lør"},
	{"fi", "tammikuu tammikuuta,helmikuu helmikuuta,maaliskuu maaliskuuta,huhtikuu huhtikuuta,toukokuu toukokuuta,kesäkuu kesäkuuta,heinäkuu heinäkuuta,elokuu elokuuta,syyskuu syyskuuta,lokakuu lokakuuta,marraskuu marraskuuta,joulukuu joulukuuta",
		"sunnuntai su,maanantai ma,tiistai ti,keskiviikko ke,torstai to,perjantai pe,lauantai la"},
	{"pl", "styczeń stycznia sty,luty lutego lut,marzec marca mar,kwiecień kwietnia kwi,maj maja,czerwiec czerwca cze,lipiec lipca lip,sierpień sierpnia sie,wrzesień września wrz,październik października paź,listopad listopada lis,grudzień grudnia gru",
		"niedziela ndz niedz,poniedziałek pon,wtorek wt,środa śr,czwartek czw,piątek pt,sobota sob"},
	{"cs", "leden ledna,únor února,březen března,duben dubna,květen května,červen června,červenec července,srpen srpna,září,říjen října,listopadu,prosinec prosince",
		"neděle ne,pondělí po,úterý út,středa st,čtvrtek čt,pátek pá,sobota so"},
	{"tr", "ocak,şubat,mart,nisan,mayıs,haziran,temmuz,ağustos,eylül,ekim,kasım,aralık",
		"pazar,pazartesi,salı,çarşamba,perşembe,cuma,cumartesi"},
	{"ru", "январь января янв,февраль февраля фев,март марта мар,апрель апреля апр,май мая,июнь июня июн,июль июля июл,август августа авг,сентябрь сентября сен,октябрь октября окт,ноябрь ноября ноя,декабрь декабря дек",
		"воскресенье вс,понедельник пн,вторник вт,среда ср,четверг чт,пятница пт,суббота сб"},
	{"uk", "січень січня,лютий лютого,березень березня,квітень квітня,травень травня,червень червня,липень липня,серпень серпня,вересень вересня,жовтень жовтня,листопада,грудень грудня",
		"неділя нд,понеділок пн,вівторок вт,середа ср,четвер чт,п'ятниця пт,субота сб"},
	{"el", "ιανουάριος ιανουαρίου ιαν,φεβρουάριος φεβρουαρίου φεβ,μάρτιος μαρτίου μαρ,απρίλιος απριλίου απρ,μάιος μαΐου μαΐ μάι,ιούνιος ιουνίου ιουν,ιούλιος ιουλίου ιουλ,αύγουστος αυγούστου αυγ,σεπτέμβριος σεπτεμβρίου σεπ,οκτώβριος οκτωβρίου οκτ,νοέμβριος νοεμβρίου νοε,δεκέμβριος δεκεμβρίου δεκ",
		"κυριακή κυρ,δευτέρα δευ,τρίτη τρί,τετάρτη τετ,πέμπτη πέμ,παρασκευή παρ,σάββατο σάβ"},
	{"hu", "január jan,február feb,március márc,április ápr,május máj,június jún,július júl,augusztus aug,szeptember szept,október okt,november nov,december dec",
		"vasárnap,hétfő,kedd,szerda,csütörtök,péntek,szombat"},
	{"ro", "ianuarie ian,februarie feb,martie mar,aprilie apr,mai,iunie iun,iulie iul,august aug,septembrie sept,octombrie oct,noiembrie noi,decembrie dec",
		"duminică dum,luni lun,marți mar,miercuri mie,joi,vineri vin,sâmbătă sâm"},
	{"sk", "január januára,február februára,marec marca,apríl apríla,máj mája,jún júna,júl júla,august augusta,september septembra,október októbra,november novembra,december decembra",
		"nedeľa,pondelok,utorok,streda,štvrtok,piatok,sobota"},
	{"sl", "januar januarja,februar februarja,marec marca,april aprila,maj maja,junij junija,julij julija,avgust avgusta,september septembra,oktober oktobra,november novembra,december decembra",
		"nedelja,ponedeljek,torek,sreda,četrtek,petek,sobota"},
	{"bg", "януари,февруари,март,април,май,юни,юли,август,септември,октомври,ноември,декември",
		"неделя,понеделник,вторник,сряда,четвъртък,петък,събота"},
	{"ca", "gener gen,febrer febr,març,abril abr,maig,juny,juliol jul,agost ag,setembre set,octubre oct,novembre nov,desembre des",
		"diumenge dg,dilluns dl,dimarts dt,dimecres dc,dijous dj,divendres dv,dissabte ds"},
	{"et", "jaanuar,veebruar,märts,aprill,mai,juuni,juuli,august,september,oktoober,november,detsember",
		"pühapäev,esmaspäev,teisipäev,kolmapäev,neljapäev,reede,laupäev"},
	{"lv", "janvāris janvārī,februāris februārī,marts martā,aprīlis aprīlī,maijs maijā,jūnijs jūnijā,jūlijs jūlijā,augusts augustā,septembris septembrī,oktobris oktobrī,novembris novembrī,decembris decembrī",
		"svētdiena,pirmdiena,otrdiena,trešdiena,ceturtdiena,piektdiena,sestdiena"},
	{"lt", "sausis sausio,vasaris vasario,kovas kovo,balandis balandžio,gegužė gegužės,birželis birželio,liepa liepos,rugpjūtis rugpjūčio,rugsėjis rugsėjo,spalis spalio,lapkritis lapkričio,gruodis gruodžio",
		"sekmadienis,pirmadienis,antradienis,trečiadienis,ketvirtadienis,penktadienis,šeštadienis"},
	{"is", "janúar,febrúar,mars,apríl,maí,júní,júlí,ágúst,september,október,nóvember,desember",
		"sunnudagur,mánudagur,þriðjudagur,miðvikudagur,fimmtudagur,föstudagur,laugardagur"},
	{"id", "januari,februari,maret,april,mei,juni,juli,agustus,september,oktober,november,desember",
		"minggu,senin,selasa,rabu,kamis,jumat,sabtu"},
	{"he", "ינואר בינואר,פברואר בפברואר,מרץ במרץ,אפריל באפריל,מאי במאי,יוני ביוני,יולי ביולי,אוגוסט באוגוסט,ספטמבר בספטמבר,אוקטובר באוקטובר,נובמבר בנובמבר,דצמבר בדצמבר",
		"ראשון,שני,שלישי,רביעי,חמישי,שישי,שבת"},
	{"ar", "يناير,فبراير,مارس,أبريل ابريل إبريل,مايو,يونيو يونيه,يوليو يوليه,أغسطس اغسطس,سبتمبر,أكتوبر اكتوبر,نوفمبر,ديسمبر",
		"الأحد,الاثنين الإثنين,الثلاثاء,الأربعاء,الخميس,الجمعة,السبت"},
	{"hi", "जनवरी,फ़रवरी फरवरी,मार्च,अप्रैल,मई,जून,जुलाई,अगस्त,सितंबर सितम्बर,अक्टूबर अक्तूबर,नवंबर नवम्बर,दिसंबर दिसम्बर",
		"रविवार,सोमवार,मंगलवार,बुधवार,गुरुवार,शुक्रवार,शनिवार"},
}

var months, weekdays = index()

// index maps each folded name to the months and the weekdays that it names: a
// name may mean different ones in different languages.
func index() (months map[string][]time.Month, weekdays map[string][]time.Weekday) {
	months, weekdays = map[string][]time.Month{}, map[string][]time.Weekday{}
	for _, l := range languages {
		for i, forms := range strings.Split(l.months, ",") {
			for name := range strings.FieldsSeq(forms) {
				months[fold(name)] = append(months[fold(name)], time.Month(i+1))
			}
		}
		for i, forms := range strings.Split(l.weekdays, ",") {
			for name := range strings.FieldsSeq(forms) {
				weekdays[fold(name)] = append(weekdays[fold(name)], time.Weekday(i))
			}
		}
	}
	return months, weekdays
}

// fold returns a name in lower case and without accents.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ı':
			return 'i'
		case r == 'ø':
			return 'o'
		case r == 'ł':
			return 'l'
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(strings.ToLower(name)))
}
