package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// hard are words that a model reads wrong in this hand, unless it is told.
var hard = map[string]string{"Ursula": "Ursala", "Brightlingsea": "Brightling sea", "Oda": "Ada", "Holm": "Home", "Thessaly": "Thessalg"}

// misreader is a notebook whose pages have hard words, and a model that reads them
// wrong; wrong counts how often.
func misreader(t *testing.T, pages int) (b *paper, prompts *[]string, wrong *int) {
	texts := make([]string, pages)
	for i := range texts {
		texts[i] = fmt.Sprintf("%d June 2019\n\nUrsula and Oda sailed from Brightlingsea with Ida Holm and her dog Thessaly, trip %d.", i+1, i)
	}
	b = notebook(t, texts...)
	prompts, wrong = &[]string{}, new(int)
	b.says = func(system string, page int) string {
		*prompts = append(*prompts, system)
		text := b.texts[page]
		_, told, _ := strings.Cut(system, "Words that were misread")
		for word, misread := range hard {
			if !strings.Contains(told, word) {
				text = strings.ReplaceAll(text, word, misread)
				*wrong++
			}
		}
		return text
	}
	return b, prompts, wrong
}

// puts sends pages and puts them into the journal.
func (b *paper) puts(id string, from, to int) {
	b.t.Helper()
	b.id = id
	b.begins(false)
	for i := from; i < to; i++ {
		if status, body := b.sends(key(i), i, photograph(i)); status != http.StatusCreated {
			b.t.Fatalf("%d %s", status, body)
		}
	}
	l := b.waits()
	if _, status := b.confirms(l.Version); status != http.StatusOK {
		b.t.Fatalf("confirm: %d", status)
	}
	eventually(b.t, func() bool {
		for i := from; i < to; i++ {
			if !strings.Contains(b.note(fmt.Sprintf("06-%02d-2019.md", i+1)), fmt.Sprintf("trip %d", i)) {
				return false
			}
		}
		return true
	})
}

// corrects corrects the transcription of a day.
func (b *paper) corrects(day, text string) {
	b.t.Helper()
	var list []struct{ ID, Text string }
	eventually(b.t, func() bool {
		b.call(http.MethodGet, b.url+"/entries?date="+day, nil, &list)
		return len(list) == 1 && list[0].Text != ""
	})
	if status := b.call(http.MethodPut, b.url+"/entries/"+list[0].ID+"/transcription", object{"text": text}, nil, "If-Match", "*"); status != http.StatusOK {
		b.t.Fatalf("correct %s: %d", day, status)
	}
}

// What a person corrects once is read right on the pages that follow.
func TestCorrectionsTeach(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	b, prompts, wrong := misreader(t, 12)
	b.url, _, _ = b.serves("--model-embedding", "none")
	b.puts("notebook_1", 0, 6)
	before := *wrong
	b.corrects("2019-06-01", b.texts[0])
	var terms []struct {
		Word    string
		Misread []string
	}
	b.call(http.MethodGet, b.url+"/glossary", nil, &terms)
	if len(terms) != len(hard) {
		t.Errorf("the glossary has %+v", terms)
	}
	for _, term := range terms {
		if len(term.Misread) != 1 || hard[term.Word] != term.Misread[0] {
			t.Errorf("%+v", term)
		}
	}
	b.puts("notebook_2", 6, 12)
	after := *wrong - before
	t.Logf("%d words misread on 6 pages before one correction, %d on 6 after it", before, after)
	if before != 6*len(hard) || after != 0 {
		t.Errorf("misread: %d before, %d after", before, after)
	}
	for i := 6; i < 12; i++ {
		if note := b.note(fmt.Sprintf("06-%02d-2019.md", i+1)); !strings.Contains(note, b.texts[i][strings.Index(b.texts[i], "Ursula"):]) {
			t.Errorf("page %d:\n%s", i, note)
		}
	}
	// A word that is removed is no hint any more, and one that is typed is.
	if status := b.call(http.MethodDelete, b.url+"/glossary?word="+url.QueryEscape("Oda"), nil, &terms); status != http.StatusOK || len(terms) != len(hard)-1 {
		t.Errorf("remove: %d", status)
	}
	if status := b.call(http.MethodPut, b.url+"/glossary", object{"word": "Wivenhoe", "misread": []string{"Winehoe"}}, &terms); status != http.StatusOK {
		t.Errorf("add: %d", status)
	}
	if status := b.call(http.MethodPut, b.url+"/glossary", object{"word": ""}, &object{}); status != http.StatusUnprocessableEntity {
		t.Errorf("an empty word: %d", status)
	}
	b.id = "notebook_3"
	b.begins(false)
	b.texts = append(b.texts, "14 June 2019\n\nnothing more")
	b.sends(key(12), 12, photograph(12))
	b.waits()
	last := (*prompts)[len(*prompts)-1]
	if _, told, _ := strings.Cut(last, "Words that were misread"); strings.Contains(told, "Oda") || !strings.Contains(told, "Wivenhoe (misread as Winehoe)") {
		t.Errorf("told: %s", told)
	}
}

// What was corrected in a private note is in no prompt: not when the note is
// private at the time, and not when it becomes so.
func TestPrivateCorrectionsAreNotSent(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	b, prompts, _ := misreader(t, 3)
	b.url, _, _ = b.serves("--model-embedding", "none")
	b.puts("notebook_1", 0, 2)
	b.corrects("2019-06-01", strings.ReplaceAll(b.texts[0], "Ursula", "Quillworth"))
	path := b.dir + "/journal/06-01-2019.md"
	b.journal(map[string]string{"06-01-2019.md": regexp.MustCompile(`(?s)^---\n`).ReplaceAllString(b.note("06-01-2019.md"), "---\nprivate: true\n")})
	eventually(t, func() bool { return strings.Contains(b.get(b.url+"/entries?date=2019-06-01"), `"private":true`) })
	b.corrects("2019-06-01", strings.ReplaceAll(strings.ReplaceAll(b.texts[0], "Ursula", "Quillwort"), "Oda", "Odette"))
	sent := len(*prompts)
	b.puts("notebook_2", 2, 3)
	for _, prompt := range (*prompts)[sent:] {
		if strings.Contains(prompt, "Quillwor") || strings.Contains(prompt, "Odette") || strings.Contains(prompt, "Words that were misread") {
			t.Errorf("sent, with %s: %s", path, prompt)
		}
	}
	if len(*prompts) == sent {
		t.Error("nothing was read")
	}
	var terms []object
	if b.call(http.MethodGet, b.url+"/glossary", nil, &terms); len(terms) > 0 {
		t.Errorf("the glossary shows %v", terms)
	}
}
