package text

// Words that carry nothing when searching: articles, pronouns, prepositions,
// auxiliaries, and the words that make a sentence a question.
const (
	englishStop = `a an the this that these those
		i me my mine myself we us our ours ourselves you your yours yourself
		he him his himself she her hers herself it its itself they them their theirs themselves
		and or but nor if then than so as because while though although whether
		of at by for from in into on onto to with without about above below under over between
		through during before after since until till up down out off upon against among
		is am are was were be been being isn't aren't wasn't weren't
		have has had having haven't hasn't hadn't do does did doing done don't doesn't didn't
		will would shall should can could may might must won't wouldn't shan't shouldn't can't couldn't
		i'm you're he's she's it's we're they're i've you've we've they've i'd you'd he'd we'd they'd i'll you'll he'll we'll they'll
		not no yes only just very too also again there here now ever
		all any both each few more most much many other some such own same
		who whom whose what which when where why how what's who's where's when's how's`

	germanStop = `der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner
		ich mich mir mein meine meinen meinem meiner du dich dir dein deine er ihn ihm sein seine seinen seinem seiner
		sie ihr ihre ihren ihrem ihrer es wir uns unser unsere euch euer sich man
		und oder aber denn weil wenn als ob dass daß damit sondern sowie
		in im an am auf aus bei beim bis durch für gegen ohne hinter mit nach neben über um unter von vom vor zu zum zur zwischen
		bin bist ist sind seid war waren warst wäre gewesen habe hast hat haben hatte hatten gehabt
		werde wird werden wurde wurden worden kann können konnte muss müssen musste soll sollen sollte will wollen wollte
		nicht nichts nur noch auch sehr schon so da hier dort dann nun doch mal
		alle alles jede jeder jedes viel viele mehr andere anderen dieser diese dieses diesen diesem
		wer wen wem wessen was wann wo woher wohin warum weshalb wieso wie welche welcher welches welchen welchem`

	frenchStop = `le la les l un une des du de d au aux ce cet cette ces c
		je j me m moi mon ma mes tu te t toi ton ta tes il elle lui son sa ses s se soi nous notre nos vous votre vos ils elles leur leurs eux on y en n ne pas
		et ou mais donc or ni car que qu si comme quand lorsque puisque parce
		à dans par pour sur sous avec sans chez vers entre avant après depuis pendant contre
		suis es est sommes êtes sont étais était étions étaient été être fut ai as a avons avez ont avais avait avions avaient eu avoir
		fais fait font peut peux pouvait doit dois
		plus très aussi encore même tout tous toute toutes autre autres là ici
		qui quoi dont où pourquoi comment combien quel quelle quels quelles`

	spanishStop = `el la los las lo un una unos unas al del
		yo me mí mi mis tú te ti tu tus él ella ello su sus se nosotros nos nuestro nuestra nuestros nuestras vosotros vuestro vuestra ellos ellas les le usted ustedes
		y e o u pero sino ni si que porque aunque como
		a ante bajo con contra de desde durante en entre hacia hasta para por según sin sobre tras
		soy eres es somos son era eras éramos eran fui fue fueron sido ser estoy está están estaba estaban estar
		he has ha hemos han había habían haber hay hubo tengo tiene tenía
		no sí más muy ya también todo toda todos todas otro otra otros otras este esta estos estas ese esa eso esos esas aquel aquella
		qué quién quiénes cuál cuáles cuándo dónde adónde cómo cuánto cuánta cuántos cuántas cuando donde quien cual por`

	italianStop = `il lo la i gli le l un uno una del dello della dei degli delle dell al allo alla ai agli alle all dal dallo dalla dai dagli dalle dall nel nello nella nei negli nelle nell sul sullo sulla sui sugli sulle sull
		io me mi mio mia miei mie tu te ti tuo tua tuoi tue lui lei gli suo sua suoi sue noi ci nostro nostra nostri nostre voi vi vostro vostra loro si ne
		e ed o ma se che perché anche come mentre
		di a da in con su per tra fra d c
		sono sei è siamo siete era eri eravamo erano fui fu furono stato stata stati state essere ho hai ha abbiamo avete hanno avevo aveva avevano avuto avere
		non più molto già ancora tutto tutta tutti tutte altro altra altri altre questo questa questi queste quello quella quelli quelle quest quell
		chi cosa quale quali quando dove dov come perché quanto quanta quanti quante cui`

	dutchStop = `de het een der den des
		ik me mij mijn je jij jou jouw u uw hij hem zijn zij ze haar wij we ons onze jullie hun hen zich men
		en of maar want als dan dat omdat terwijl toen
		in op aan bij door met na naar om over onder te tegen tot uit van voor zonder tussen
		ben bent is was waren geweest heb hebt heeft hebben had hadden word wordt worden werd werden
		kan kunnen kon zal zullen zou zouden moet moeten moest wil willen wilde mag
		niet geen ook nog wel al zo er hier daar nu toch maar meer veel alle alles andere dit deze die
		wie wat waar wanneer waarom hoe welke welk wiens hoeveel`
)
