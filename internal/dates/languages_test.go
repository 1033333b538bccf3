package dates

import "testing"

func TestGerman(t *testing.T) {
	de := phrases
	de.Language = "german"
	ask(t, de, []asked{
		{"Was habe ich an Neujahr 2023 gemacht?", "2023-01-01"},
		{"Was war Ostern 2024?", "2024-03-31"},
		{"Was habe ich am 3. Oktober 2023 gemacht?", "2023-10-03"},
		{"Was war im Juli 2023 los?", "2023-07-01..2023-07-31"},
		{"Wie haben wir Silvester 2023 gefeiert?", "2023-12-31"},
		{"Was geschah im Frühling 2024?", "2024-03-01..2024-05-31"},
		{"Was habe ich gestern gemacht?", "2024-06-11"},
		{"vorgestern", "2024-06-10"},
		{"letzte Woche", "2024-06-03..2024-06-09"},
		{"Wo war ich letztes Jahr?", "2023-01-01..2023-12-31"},
		{"Was war im letzten Monat?", "2024-05-01..2024-05-31"},
		{"vor drei Tagen", "2024-06-09"},
		{"vor 2 Wochen", "2024-05-27..2024-06-02"},
		{"vor einem Jahr", "2023-01-01..2023-12-31"},
		{"heute vor einem Jahr", "2023-06-12"},
		{"in den letzten zehn Tagen", "2024-06-03..2024-06-12"},
		{"am letzten Montag", "2024-06-10"},
		{"vom 3. bis 9. Juni 2023", "2023-06-03..2023-06-09"},
		{"zwischen März und Mai 2023", "2023-03-01..2023-05-31"},
		{"seit Ostern", "2024-03-31.."},
		{"Anfang Juni 2023", "2023-06-01..2023-06-10"},
		{"Ende Mai 2023", "2023-05-21..2023-05-31"},
		{"Mitte 2023", "2023-05-01..2023-08-31"},
		{"in der Woche vor Weihnachten 2023", "2023-12-18..2023-12-24"},
		{"am Tag nach Pfingsten 2023", "2023-05-29"},
		{"am Karfreitag 2023", "2023-04-07"},
		{"an Christi Himmelfahrt 2023", "2023-05-18"},
		{"am Tag der Deutschen Einheit 2023", "2023-10-03"},
		{"an meinem Geburtstag 2023", "2023-02-23"},
		{"in KW 23 2024", "2024-06-03..2024-06-09"},
		{"im Sommer 2023", "2023-06-01..2023-08-31"},
		{"am Montag, dem 3. Juni 2024", "2024-06-03"},
		{"4.6.2024", "2024-06-04"},
		{"sonntags im Mai 2024", "2024-05-26 2024-05-19 2024-05-12 2024-05-05"},
		{"Was war in der ersten Jahreshälfte 2023?", "2023-01-01..2023-06-30"},
		{"zweite Jahreshälfte 2022", "2022-07-01..2022-12-31"},
		{"in der letzten Augustwoche 2023", "2023-08-25..2023-08-31"},
		{"am ersten Maiwochenende 2024", "2024-05-04..2024-05-05"},
		{"am letzten Freitag des Jahres 2023", "2023-12-29"},
		{"am Fünften des letzten Monats", "2024-05-05"},
		{"im Mai des letzten Jahres", "2023-05-01..2023-05-31"},
		{"Ende des letzten Jahres", "2023-11-01..2023-12-31"},
		{"Wann war ich beim Zahnarzt?", ""},
		{"Worüber hatte ich mit meinem Bruder Krach?", ""},
		{"Was macht Frau Mai?", ""},
	})
	for question, only := range map[string]bool{
		"Was habe ich am 3. Oktober 2023 gemacht?": true, "Was war im Juli 2023 los?": true, "Wo habe ich im Juli 2023 gezeltet?": false,
	} {
		if q := Read(question, de); q.DateOnly != only {
			t.Errorf("%s: date only is %v, rest %q", question, q.DateOnly, q.Rest)
		}
	}
}

func TestFrench(t *testing.T) {
	fr := phrases
	fr.Language = "french"
	ask(t, fr, []asked{
		{"Qu'ai-je fait le 14 juillet 2023 ?", "2023-07-14"},
		{"en mars 2023", "2023-03-01..2023-03-31"},
		{"hier", "2024-06-11"},
		{"avant-hier", "2024-06-10"},
		{"la semaine dernière", "2024-06-03..2024-06-09"},
		{"l'année dernière", "2023-01-01..2023-12-31"},
		{"il y a trois jours", "2024-06-09"},
		{"il y a deux mois", "2024-04-01..2024-04-30"},
		{"à Noël 2023", "2023-12-25"},
		{"le lundi de Pâques 2023", "2023-04-10"},
		{"depuis janvier 2024", "2024-01-01.."},
		{"entre mars et mai 2023", "2023-03-01..2023-05-31"},
		{"pendant l'été 2023", "2023-06-01..2023-08-31"},
		{"début juin 2023", "2023-06-01..2023-06-10"},
		{"tous les dimanches de mai 2024", "2024-05-26 2024-05-19 2024-05-12 2024-05-05"},
		{"le lundi en mars 2023", "2023-03-27 2023-03-20 2023-03-13 2023-03-06"},
		{"au début de l'été 2023", "2023-06-01..2023-06-30"},
		{"l'avant-dernier mois", "2024-04-01..2024-04-30"},
		{"le 5 du mois dernier", "2024-05-05"},
		{"le 3 juin de l'année dernière", "2023-06-03"},
		{"il y a un an jour pour jour", "2023-06-12"},
		{"il y a deux ans jour pour jour", "2022-06-12"},
		{"Quand ai-je vu la mer ?", ""},
	})
}
