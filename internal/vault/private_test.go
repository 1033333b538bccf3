package vault

import (
	"strings"
	"testing"

	"daybook"
)

func vaultWith(t testing.TB, tags ...string) *Vault {
	v, err := New(Options{Journal: t.TempDir(), PrivateTags: tags})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPrivateNote(t *testing.T) {
	v := vaultWith(t, "#private", "geheim/", "#Ärzte")
	front := func(lines ...string) string { return "---\n" + strings.Join(lines, "\n") + "\n---\nwords\n" }
	for note, want := range map[string]bool{
		"words":                                     false,
		"":                                          false,
		front("private: true"):                      true,
		front("private: True"):                      true,
		front("private: TRUE # of course"):          true,
		front("private: yes"):                       true,
		front("private: on"):                        true,
		front("private: y"):                         true,
		front("private: 1"):                         true,
		front(`private: "true"`):                    true,
		front(`private: 'Yes'`):                     true,
		front(`"private": true`):                    true,
		front("Private: true"):                      true,
		front("PRIVATE :   true"):                   true,
		front("private: !!bool true"):               true,
		front("private: [true]"):                    true,
		front("? private\n: true"):                  true,
		front("private:", "  true"):                 true,
		front("private: |", "  true"):               true,
		front("private: very"):                      true,
		front("{private: true, title: x}"):          true,
		front("title: x", "private: true", "tags:"): true,
		"\ufeff" + front("private: true"):           true,
		strings.ReplaceAll(front("private: true"), "\n", "\r\n"): true,
		front("private: false"):                                  false,
		front("private: False"):                                  false,
		front("private: no"):                                     false,
		front("private: off"):                                    false,
		front(`private: "false"`):                                false,
		front("private: 0"):                                      false,
		front("private:"):                                        false,
		front("private: null"):                                   false,
		front("private: ~"):                                      false,
		front("privately: true"):                                 false,
		front("title: private: true"):                            true, // it is not valid YAML, and visibly says so
		front("title: 'private: true'"):                          false,
		front("public: true"):                                    false,
		"private: true\nwords":                                   false,
		"words\n---\nprivate: true\n---\n":                       false,

		// Front matter that cannot be read.
		front("private: true", "tags: [a"):           true,
		front("private: yes", "\t- x: ["):            true,
		front("Private: \"True", "a: b"):             true,
		front("private:true"):                        true,
		front("private:: true", "a: ["):              true,
		front("private = true"):                      true,
		front("private:\u00a0true"):                  true,
		front("pri\u200bvate: true", "a: ["):         true,
		front("private: false", "tags: [a"):          false,
		front("title: [a"):                           false,
		front("tags: [private", "a: b"):              true,
		front("tags: [", "  a,", "  Private/x,"):     true,
		front("title: [private thoughts"):            false,
		front("a: &x [1]", "private: true", "b: *x"): true,
		"---\nprivate: true\nwords":                  true, // it is never closed
		"---\nNothing private here: no.\n":           false,
		"\n\n---\nprivate: true\n---\nwords":         true,
		" ---\nprivate: true\n---\nwords":            true,
		front("private: true") + "\x00":              true,
		front("private: true") + "\xff":              true,
		utf16("---\nprivate: true\n---\nwords"):      true,

		// Below another key.
		front("params:", "  private: true"):           true,
		front("meta: {private: yes, a: b}"):           true,
		front("meta:", "  - a: b", "    Private: on"): true,
		front("meta:", "  private: false"):            false,
		front("meta: {title: 'private: true'}"):       false,
		front("more: !x", "  private: true"):          true,

		// Front matter of other kinds.
		"+++\nprivate = true\n+++\nwords":                true,
		"+++\ntitle = 'x'\n[extra]\nprivate=true\n+++\n": true,
		"+++\ntags = [\"a\", \"private\"]\n+++\nwords":   true,
		"+++\nprivate = false\n+++\nprivate = true":      false,
		"+++\ntitle = 'x'\n+++\nwords":                   false,
		"{\n  \"private\": true\n}\nwords":               true,
		"{\"private\": true, \"a\": 1}\nwords":           true,
		"{\n  \"tags\": [\"private\"]\n}\nwords":         true,
		"{\n  \"private\": false\n}\n\"private\": true":  false,
		"{words} and private things: many":               false,

		// Logseq's properties and tags.
		"private:: true\n\nwords":             true,
		"- private:: yes\n- words":            true,
		"title:: x\ntags:: a, private\nwords": true,
		"tags:: [[Private]]\n- words":         true,
		"tags:: #private/health\n- words":     true,
		"private:: false\n- words":            false,
		"words\nprivate:: true":               false,
		"- words #[[private]]":                true,
		"- words #[[Private/health]] more":    true,
		"- words #[[private life]]":           false,
		"- words [[private]]":                 false,
		"std::private: 1":                     false,

		// Tags.
		"words #private":                         true,
		"words #Private/health and more":         true,
		"#PRIVATE\n":                             true,
		"(#private)":                             true,
		"[#private]":                             true,
		"|#private|":                             true,
		"今天。#private":                            true,
		"[[#private]]":                           false,
		"[a](#private)":                          false,
		"words #privateer":                       false,
		"words #not/private":                     false,
		"words `#private`":                       false,
		"```\n#private\n```\n":                   false,
		"https://example.org/#private":           false,
		"#geheim":                                true,
		"#geheim/x":                              true,
		"#a\u0308rzte":                           true,
		front("tags: private"):                   true,
		front("tags: '#private'"):                true,
		front("tags:", "  - a", "  - Private/x"): true,
		front("Tags: [a, private]"):              true,
		front("tag: private, b"):                 true,
		front("aliases: private"):                false,
	} {
		if got := v.PrivateNote(File{Kind: daybook.Daily, Title: "05-03-2024"}, []byte(note)); got != want {
			t.Errorf("%q: %t, want %t", note, got, want)
		}
	}
	if vaultWith(t).PrivateNote(File{Kind: daybook.Daily}, []byte("#private")) {
		t.Error("a tag that is none of the settings makes a note private")
	}
}

// utf16 returns text in UTF-16, little-endian.
func utf16(text string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, r := range text {
		b.WriteByte(byte(r))
		b.WriteByte(0)
	}
	return b.String()
}

// No note that reads "private: true" on a line of its front matter is open,
// whatever is around it.
func FuzzPrivateIsSeen(f *testing.F) {
	v := vaultWith(f, "#private")
	f.Add("a: b", "c: [", "\n")
	f.Add("a: &x y", "b: *x", "\r\n")
	f.Fuzz(func(t *testing.T, before, after, newline string) {
		if newline != "\r\n" {
			newline = "\n"
		}
		for _, text := range []string{before, after} {
			for line := range strings.SplitSeq(strings.NewReplacer("\r", "\n", "\u2028", "\n", "\u0085", "\n").Replace(text), "\n") {
				if strings.Contains(line, "---") || strings.ContainsAny(line, "|>'\"#") {
					return // it may end the front matter, or be in a text of several lines or a comment
				}
			}
		}
		if len(before) > 1000 || strings.Contains(before, "\x00") {
			return
		}
		note := strings.Join([]string{"---", before, "private: true", after, "---", "words"}, newline)
		if !v.PrivateNote(File{Kind: daybook.Daily, Title: "05-03-2024"}, []byte(note)) {
			t.Errorf("%q is open", note)
		}
	})
}
