package vault_test

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	utf "golang.org/x/text/encoding/unicode"

	"daybook/internal/vault"
)

// Days in languages that have encodings of their own.
const (
	simplified  = "今天早上下雨，我们没有去湖边。\n下午读书，晚上和妈妈一起做饭，很高兴。\n"
	traditional = "今天早上下雨，我們沒有去湖邊。\n下午讀書，晚上和媽媽一起做飯，很高興。\n"
	nihongo     = "今朝は雨が降ったので、湖には行かなかった。\n午後は本を読んで、夜は母と料理をした。\n"
	hangul      = "오늘 아침에는 비가 와서 호수에 가지 않았다.\n오후에는 책을 읽고 저녁에는 어머니와 요리를 했다.\n"
)

func TestEncodingsOfAsia(t *testing.T) {
	little, big := utf.UTF16(utf.LittleEndian, utf.IgnoreBOM), utf.UTF16(utf.BigEndian, utf.IgnoreBOM)
	for _, c := range []struct {
		text string
		e    encoding.Encoding
		flaw string
	}{
		{simplified, little, "is UTF-16, not UTF-8"}, {traditional, big, "is UTF-16, not UTF-8"},
		{nihongo, little, "is UTF-16, not UTF-8"}, {nihongo, big, "is UTF-16, not UTF-8"},
		{hangul, little, "is UTF-16, not UTF-8"}, {hangul, big, "is UTF-16, not UTF-8"},
		{"湖へ行く。", big, "is UTF-16, not UTF-8"}, {"去了湖边。", little, "is UTF-16, not UTF-8"}, {"Tag 3: 很高兴\n今天下雨\n", little, "is UTF-16, not UTF-8"},
		{simplified, simplifiedchinese.GBK, "is GBK, not UTF-8"}, {"# 日记\n\n- [ ] buy 牛奶\n" + simplified, simplifiedchinese.GBK, "is GBK, not UTF-8"},
		{traditional, traditionalchinese.Big5, "is Big5, not UTF-8"}, {"---\ntags: [湖]\n---\n" + traditional, traditionalchinese.Big5, "is Big5, not UTF-8"},
		{nihongo, japanese.ShiftJIS, "is Shift-JIS, not UTF-8"}, {nihongo, japanese.EUCJP, "is EUC-JP, not UTF-8"},
		{hangul, korean.EUCKR, "is EUC-KR, not UTF-8"}, {"Tea 후에 산책.\n", korean.EUCKR, "is EUC-KR, not UTF-8"},
		// Other encodings are not taken for these.
		{"Früh schön geschwommen, danach Käse für alle, größer als sonst.\n", charmap.Windows1252, "is Windows-1252, not UTF-8"},
		{"L’été à la mer – déjà très chaud, où était l’hôtel ?\n", charmap.Windows1252, "is Windows-1252, not UTF-8"},
		{"I don’t know. It’s late. We’re tired and I’m off.", charmap.Windows1252, "is Windows-1252, not UTF-8"},
		{"12°C in the morning, 4°C at night. 8°F? No: 6°C, then 3°C.", charmap.Windows1252, "is Windows-1252, not UTF-8"},
		{"«No», «Sí», «Ay»: a song—Sung by us—Twice.", charmap.Windows1252, "is Windows-1252, not UTF-8"},
		{"Änderung, Ärger, Ökonomie, Übung, Äpfel, Öl.", charmap.Windows1252, "is Windows-1252, not UTF-8"},
		{"Сегодня утром шёл дождь, и мы не пошли к озеру.\n", charmap.Windows1251, "is Windows-1251, not UTF-8"},
		{"Сегодня утром шёл дождь, и мы не пошли к озеру.\n", charmap.KOI8R, "is KOI8-R, not UTF-8"},
		{"ДОМА. МЫ НЕ ПОШЛИ К ОЗЕРУ\n", charmap.Windows1251, ""},
		{"Σήμερα το πρωί έβρεχε και δεν πήγαμε στη λίμνη.\n", charmap.ISO8859_7, ""},
		{"เช้านี้ฝนตกเราจึงไม่ได้ไปทะเลสาบ\n", charmap.Windows874, ""},
		{"הבוקר ירד גשם ולא הלכנו לאגם.\n", charmap.Windows1255, ""},
	} {
		data, err := c.e.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(c.text, err)
		}
		text, flaw := vault.Decode(data)
		if c.flaw == "" { // no encoding of Asia, at least
			if flaw == "is GBK, not UTF-8" || flaw == "is Big5, not UTF-8" || flaw == "is EUC-KR, not UTF-8" || flaw == "is EUC-JP, not UTF-8" || flaw == "is UTF-16, not UTF-8" {
				t.Errorf("%q %s", c.text, flaw)
			}
			continue
		}
		if flaw != c.flaw || text != c.text {
			t.Errorf("%q was read as %q, which %s; want %s", c.text, text, flaw, c.flaw)
		}
	}
}

func TestEncodingsOfEurope(t *testing.T) {
	for _, c := range []struct {
		text string
		e    encoding.Encoding
		name string
	}{
		{"Dzisiaj padał deszcz, więc zostaliśmy w domu. Mama upiekła ciasto, a ja czytałem książkę.", charmap.Windows1250, "Windows-1250"},
		{"Żółw i jeż.", charmap.Windows1250, "Windows-1250"},
		{"Dnes ráno pršelo, tak jsme k jezeru nešli. Večer přišla babička.", charmap.Windows1250, "Windows-1250"},
		{"Ma reggel esett az eső, ezért nem mentünk a tóhoz. Délután sütöttünk, és hűvös volt.", charmap.Windows1250, "Windows-1250"},
		{"Jutros je padala kiša pa nismo išli na more. Kuća, đak, večer.", charmap.Windows1250, "Windows-1250"},
		{"Bu sabah yağmur yağdı, göle gitmedik. Akşam kitap okudum, çok güzeldi.", charmap.Windows1254, "Windows-1254"},
		{"Šiandien lijo, todėl nėjome prie ežero. Vakare skaičiau knygą, o mama kepė pyragą.", charmap.Windows1257, "Windows-1257"},
		{"Früh am Fluß, größer als sonst.", charmap.Windows1252, "Windows-1252"},
		{"Déjà très tard ; où était l’hôtel, à Noël ?", charmap.Windows1252, "Windows-1252"},
		{"Mañana iré al médico: el 1º, a las 8. ¿Qué más?", charmap.Windows1252, "Windows-1252"},
		{"Amanhã não vou; você também não. Ação, pão, três.", charmap.Windows1252, "Windows-1252"},
		{"Però è già così: più caffè, perché no?", charmap.Windows1252, "Windows-1252"},
		{"I dag gik vi på stranden, det var køligt, æbler.", charmap.Windows1252, "Windows-1252"},
		{"Í dag fórum við út. Það var kalt, en þú varst góð.", charmap.Windows1252, "Windows-1252"},
		{"A naïve résumé from Señor Åberg: ½ cup, 20 m², 3 µg, £5 – “fine”.", charmap.Windows1252, "Windows-1252"},
	} {
		data, err := c.e.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(c.text, err)
		}
		if text, flaw := vault.Decode(data); text != c.text || flaw != "is "+c.name+", not UTF-8" {
			t.Errorf("%q was read as %q, which %s; want %s", c.text, text, flaw, c.name)
		}
	}
}

// A note that is plain text is never taken for UTF-16.
func TestPlainTextIsNotWide(t *testing.T) {
	for _, text := range []string{"this app can break", "Bush hid the facts", "湖", "今天早上下雨，我们没有去湖边。", "a\n", "ab cd ef\n"} {
		if got, flaw := vault.Decode([]byte(text)); got != text || flaw != "" {
			t.Errorf("%q was read as %q, which %s", text, got, flaw)
		}
	}
}
