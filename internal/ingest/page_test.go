package ingest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/vault"
)

// pageShows renders texts of entries as the page does and returns what a person
// reads of each.
func pageShows(t *testing.T, texts []string) []string {
	t.Helper()
	const web = "../../web"
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here: ", err)
	}
	if _, err := os.Stat(filepath.Join(web, "node_modules", "vite")); err != nil {
		t.Skip("the page's packages are not here (npm ci in web): ", err)
	}
	in, err := json.Marshal(texts)
	mustDo(t, err)
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), node, "scripts/text.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = web, bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%.2000s", err, errs.String())
	}
	var shown []string
	mustDo(t, json.Unmarshal(out.Bytes(), &shown))
	if len(shown) != len(texts) {
		t.Fatalf("%d texts for %d", len(shown), len(texts))
	}
	return shown
}

// read returns what is read of a note.
func (w *world) read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.journal, filepath.FromSlash(name)))
	if err != nil {
		w.t.Fatal(err)
	}
	file := vault.File{Kind: daybook.Daily, Path: name, Title: strings.TrimSuffix(filepath.Base(name), ".md"), Size: int64(len(data))}
	note := vault.Read(file, data)
	return note.Diary
}

// Each word of each note of each layout, and of the odd notes, is in the page's
// text.
func TestPageShowsEveryWord(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	w := newWorld(t)
	var names, texts []string
	words := map[string][]string{}
	for layout, l := range layouts {
		for i := range 40 {
			name := layout + "/" + l.name(time.Date(2023, 11, 9, 12, 0, 0, 0, time.UTC).AddDate(0, 0, i*7))
			text := "Swam to the buoy with Ilse. " + []string{"Größe ist alles", "L’été à Nice", "Σήμερα βρέχει"}[i%3] + ". We *rowed* home_again & <3 it."
			w.write(name, l.note(text))
			names, texts = append(names, name), append(texts, w.read(name))
			words[name] = wordsOf(text)
		}
	}
	for name, word := range oddVault(w, oddNotes()) {
		text := w.read(name)
		names, texts = append(names, name), append(texts, text)
		for _, word := range []string{"Swam", "buoy", word, "here"} {
			if slices.Contains(wordsOf(text), word) { // no oddity has hit it
				words[name] = append(words[name], word)
			}
		}
	}
	lost := 0
	for i, shown := range pageShows(t, texts) {
		read := wordsOf(shown)
		for _, word := range words[names[i]] {
			if !slices.Contains(read, word) {
				if lost++; lost < 10 {
					t.Errorf("%s: %q is not shown\n%.400q\n%.400q", names[i], word, texts[i], shown)
				}
			}
		}
	}
	t.Logf("%d notes, %d words lost", len(names), lost)
}

var aWord = regexp.MustCompile(`[\pL\pM\pN’]+`)

func wordsOf(text string) []string { return aWord.FindAllString(text, -1) }
