package main

import "testing"

// A word whose reading is in doubt is found as any other, and by words that it may
// be; a word that is sure is not.
func TestUncertainWordsAreFound(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{
		"06-04-2024.md": "Sailed with [Ursula?] to the [harbour?] and the [vvinnock?] on.\n",
		"06-05-2024.md": "Knocked at the cloor.\n",
	})
	url, _, _ := p.serves("--model-embedding", "none")
	for _, word := range []string{"Ursula", "ursula", "harbours", "[Ursula?]", `"[Ursula?]"`, "Ursola", "Unsula", "horbour", "winnock"} {
		if files := p.finds(url, word); len(files) != 1 || files[0] != "06-04-2024.md" {
			t.Errorf("%s finds %q", word, files)
		}
	}
	if files := p.finds(url, "door"); len(files) != 0 {
		t.Errorf("door finds %q", files)
	}
}
