package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipped writes a zip file.
func (p *person) zipped(name string, files map[string]string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	f, err := os.Create(path)
	if err != nil {
		p.t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		p.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// file writes a file beside the journal and returns its path.
func (p *person) file(name, text string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func TestImportOfOtherApps(t *testing.T) {
	for name, c := range map[string]struct {
		source func(p *person) string
		notes  map[string]string // what the notes contain then
		files  []string
	}{
		"Day One": {func(p *person) string {
			return p.zipped("export.zip", map[string]string{
				"Journal.json": `{"metadata":{"version":"1.0"},"entries":[
					{"uuid":"A","creationDate":"2024-06-03T22:30:00Z","timeZone":"Europe/Berlin","text":"Swam to the buoy\\. ![](dayone-moment:\/\/0AB1)\n\nHome\\!","tags":["sea","two words"],"photos":[{"identifier":"0AB1","md5":"abc","type":"jpeg"}]},
					{"uuid":"B","creationDate":"2024-06-04T16:00:00Z","timeZone":"Europe/Berlin","text":"Baked bread.","audios":[{"identifier":"0AB2","md5":"def","format":"aac"}]},
					{"uuid":"C","creationDate":"2024-06-05T10:00:00Z","timeZone":"UTC","text":""}]}`,
				"photos/abc.jpeg": "a picture", "audios/def.m4a": "a recording",
			})
		}, map[string]string{"2024-06-04.md": "## 00:30\n\nSwam to the buoy. ![[abc.jpeg]]\n\nHome!\n\n#sea #two-words\n\n## 18:00\n\nBaked bread.\n\n![[def.m4a]]\n"}, []string{"attachments/abc.jpeg", "attachments/def.m4a"}},
		"jrnl": {func(p *person) string {
			return p.file("jrnl.json", `{"tags":{"@ilse":1},"entries":[{"title":"Swam.","body":"With @ilse to the buoy.","date":"2024-06-04","time":"09:00","tags":["@ilse"],"starred":false}]}`)
		}, map[string]string{"2024-06-04.md": "Swam.\nWith @ilse to the buoy.\n\n#ilse\n"}, nil},
		"headings": {func(p *person) string {
			return p.file("journal.md", "# 2024-06-04\nSwam.\n\n## Later\nHome.\n# Wednesday, June 5, 2024\nBread.\n```\n# 2024-06-06\n```\n")
		}, map[string]string{"2024-06-04.md": "Swam.\n\n## Later\nHome.\n", "2024-06-05.md": "Bread.\n```\n# 2024-06-06\n```\n"}, nil},
		"jrnl's text": {func(p *person) string {
			return p.file("journal.txt", "[2024-06-04 09:00] Swam.\nTo the buoy.\n\n[2024-06-05 10:15 PM] Bread.\n")
		}, map[string]string{"2024-06-04.md": "## 09:00 Swam.\n\nTo the buoy.\n", "2024-06-05.md": "## 22:15 Bread.\n"}, nil},
		"org": {func(p *person) string {
			return p.file("journal.org", "* <2024-06-04 Tue>\nSwam.\n** Later\nHome.\n* 2024-06-05\nBread.\n")
		}, map[string]string{"2024-06-04.md": "Swam.\n** Later\nHome.\n", "2024-06-05.md": "Bread.\n"}, nil},
		"folder": {func(p *person) string {
			p.file("old/06-04-2024.txt", "Schwamm, gr\xfc\xdfe\r\nzwei\r\n")
			p.file("old/2024/06/05 Bread.markdown", "Rye.")
			p.file("old/list.txt", "milk")
			return filepath.Join(p.dir, "old")
		}, map[string]string{"2024-06-04.md": "Schwamm, grüße\nzwei\n", "2024-06-05.md": "## Bread\n\nRye.\n"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.journal(map[string]string{"2024-01-01.md": "The year begins.\n"})
			source := c.source(p)
			out, errs, code := p.types("import", "--dry-run", source)
			if code != exitOK || !strings.Contains(errs, "2024-06-04") || !strings.Contains(out, "Nothing was written") {
				t.Errorf("code %d\n%s%s", code, out, errs)
			}
			for range 2 { // the second time nothing is new
				if out, errs, code = p.types("import", source); code != exitOK {
					t.Fatalf("code %d\n%s%s", code, out, errs)
				}
			}
			if !strings.Contains(out, "imported       0 notes") || !strings.Contains(out, "already there") {
				t.Errorf("imported twice:\n%s", out)
			}
			for note, want := range c.notes {
				if got, err := os.ReadFile(filepath.Join(p.dir, "journal", note)); err != nil || string(got) != want {
					t.Errorf("%s is %q, want %q (%v)", note, got, want, err)
				}
			}
			for _, file := range c.files {
				if _, err := os.Stat(filepath.Join(p.dir, "journal", file)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A later export of a day has more entries, and a zip several journals: what is
// there already does not come twice.
func TestLaterExports(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"2024-01-01.md": "The year begins.\n"})
	const first = `{"uuid":"A","creationDate":"2024-06-04T08:00:00Z","timeZone":"UTC","text":"In the morning we rowed to the island and found the heron's nest empty."}`
	const second = `{"uuid":"B","creationDate":"2024-06-04T18:00:00Z","timeZone":"UTC","text":"Baked bread."}`
	one := p.zipped("one.zip", map[string]string{"Journal.json": `{"metadata":{},"entries":[` + first + `]}`})
	two := p.zipped("two.zip", map[string]string{
		"Journal.json": `{"metadata":{},"entries":[` + first + `,` + second + `]}`, "Copy.json": `{"metadata":{},"entries":[` + first + `]}`, "other.json": `{"entries":[{"a":1}]}`, "__MACOSX/._Journal.json": "x",
	})
	for _, source := range []string{one, two, two} {
		if out, errs, code := p.types("import", source); code != exitOK {
			t.Fatalf("code %d\n%s%s", code, out, errs)
		}
	}
	const want = "In the morning we rowed to the island and found the heron's nest empty.\n\n## 18:00\n\nBaked bread.\n"
	if got, err := os.ReadFile(filepath.Join(p.dir, "journal", "2024-06-04.md")); err != nil || string(got) != want {
		t.Errorf("%q, want %q (%v)", got, want, err)
	}
}

// What the person changed in an imported entry stays, and the entry does not come
// again; one whose note is gone does.
func TestImportAfterChanges(t *testing.T) {
	for name, source := range map[string]func(p *person) string{
		"Day One": func(p *person) string {
			return p.zipped("export.zip", map[string]string{"Journal.json": `{"metadata":{},"entries":[
				{"uuid":"A","creationDate":"2024-06-04T08:00:00Z","timeZone":"UTC","text":"Rowed to the island."},
				{"uuid":"B","creationDate":"2024-06-05T08:00:00Z","timeZone":"UTC","text":"Baked bread."}]}`})
		},
		"jrnl": func(p *person) string {
			return p.file("jrnl.json", `{"tags":{},"entries":[{"title":"Rowed to the island.","body":"","date":"2024-06-04","time":"08:00"},{"title":"Baked bread.","body":"","date":"2024-06-05","time":"08:00"}]}`)
		},
		"folder": func(p *person) string {
			p.file("old/2024-06-05.txt", "Baked bread.")
			return filepath.Dir(p.file("old/2024-06-04.txt", "Rowed to the island."))
		},
	} {
		p := newPerson(t)
		p.journal(map[string]string{"2024-01-01.md": "The year begins.\n"})
		from := source(p)
		if out, errs, code := p.types("import", from); code != exitOK {
			t.Fatalf("%s: code %d\n%s%s", name, code, out, errs)
		}
		p.file("journal/2024-06-04.md", "Rowed to the far island, with Ilse.\n")
		if err := os.Remove(filepath.Join(p.dir, "journal", "2024-06-05.md")); err != nil {
			t.Fatal(err)
		}
		out, errs, code := p.types("import", from)
		if code != exitOK || !strings.Contains(out, "1 entry was imported before and changed since") {
			t.Errorf("%s: code %d\n%s%s", name, code, out, errs)
		}
		for note, want := range map[string]string{"2024-06-04.md": "Rowed to the far island, with Ilse.\n", "2024-06-05.md": "Baked bread.\n"} {
			if got, err := os.ReadFile(filepath.Join(p.dir, "journal", note)); err != nil || string(got) != want {
				t.Errorf("%s: %s is %q, want %q (%v)", name, note, got, want, err)
			}
		}
	}
}

// What a source knows besides the words becomes properties of a new note, or a line in
// one that is there already.
func TestImportKeepsProperties(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"2024-06-06.md": "Mine.\n"})
	source := p.zipped("export.zip", map[string]string{"Journal.json": `{"metadata":{},"entries":[
		{"uuid":"A","creationDate":"2024-06-04T08:00:00Z","timeZone":"Europe/Ljubljana","text":"Rowed.","starred":true,"creationDevice":"Phone: mine",
		 "location":{"placeName":"The \"Pier\"","localityName":"Bled","country":"Slovenia","latitude":46.36,"longitude":14.09},"weather":{"conditionsDescription":"Clear","temperatureCelsius":11.6}},
		{"uuid":"B","creationDate":"2024-06-05T08:00:00Z","timeZone":"UTC","text":"Baked.","location":{"localityName":"Bled"}},
		{"uuid":"C","creationDate":"2024-06-05T18:00:00Z","timeZone":"UTC","text":"Walked.","location":{"localityName":"Kranj"},"weather":"odd"},
		{"uuid":"D","creationDate":"2024-06-06T08:00:00Z","timeZone":"UTC","text":"Slept.","starred":true,"location":{"localityName":"Bled"}}]}`})
	p.file("old/2024-06-06.txt", "---\nmood: \"so so\"\ntags: [sea]\n---\nRowed at night.\n")
	folder := filepath.Dir(p.file("old/2024-06-07.txt", "---\nmood: fine\ntags: [sea]\n---\nSailed.\n"))
	for range 2 {
		for _, from := range []string{source, folder} {
			if out, errs, code := p.types("import", from); code != exitOK || strings.Contains(out, "changed since") {
				t.Fatalf("code %d\n%s%s", code, out, errs)
			}
		}
	}
	for note, want := range map[string]string{
		"2024-06-04.md": "---\nlocation: \"The \\\"Pier\\\", Bled, Slovenia\"\ncoordinates: \"46.36, 14.09\"\nweather: \"12 °C, Clear\"\ndevice: \"Phone: mine\"\nstarred: true\ntime_zone: \"Europe/Ljubljana\"\n---\nRowed.\n",
		"2024-06-05.md": "---\nlocation: [\"Bled\", \"Kranj\"]\ntime_zone: \"UTC\"\n---\n## 08:00\n\nBaked.\n\n## 18:00\n\nWalked.\n",
		"2024-06-06.md": "Mine.\n\nSlept.\n\nLocation: Bled · Starred · Time zone: UTC\n\nRowed at night.\n\n#sea\n\nMood: so so\n",
		"2024-06-07.md": "---\nmood: fine\ntags: [sea]\n---\nSailed.\n",
	} {
		if got, err := os.ReadFile(filepath.Join(p.dir, "journal", note)); err != nil || string(got) != want {
			t.Errorf("%s is\n%s\nwant\n%s (%v)", note, got, want, err)
		}
	}
}

// A short entry whose words are a part of a sentence of the note comes in, once.
func TestShortEntry(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"2024-06-04.md": "We rowed Home. Then bread.\n"})
	source := filepath.Dir(p.file("old/2024-06-04.txt", "Home."))
	for range 2 {
		if out, errs, code := p.types("import", source); code != exitOK {
			t.Fatalf("code %d\n%s%s", code, out, errs)
		}
	}
	const want = "We rowed Home. Then bread.\n\nHome.\n"
	if got, err := os.ReadFile(filepath.Join(p.dir, "journal", "2024-06-04.md")); err != nil || string(got) != want {
		t.Errorf("%q, want %q (%v)", got, want, err)
	}
}

// Entries with the same words on a day are all imported, also again into a journal that
// has none of them.
func TestImportOfSameWords(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"2024-01-01.md": "The year begins.\n"})
	source := p.file("jrnl.json", `{"tags":{},"entries":[{"title":"Slept badly.","body":"","date":"2024-06-04","time":"08:00"},{"title":"Slept badly.","body":"","date":"2024-06-04","time":"22:00"},
		{"title":"Bread.","body":"","date":"2024-06-04","time":"23:00"}]}`)
	note := filepath.Join(p.dir, "journal", "2024-06-04.md")
	const want = "## 08:00\n\nSlept badly.\n\n## 22:00\n\nSlept badly.\n\n## 23:00\n\nBread.\n"
	for range 2 {
		for range 2 {
			if out, errs, code := p.types("import", source); code != exitOK {
				t.Fatalf("code %d\n%s%s", code, out, errs)
			}
			if got, err := os.ReadFile(note); err != nil || string(got) != want {
				t.Errorf("%q, want %q (%v)", got, want, err)
			}
		}
		if err := os.Remove(note); err != nil {
			t.Fatal(err)
		}
	}
}

// What is not known is an error, and nothing is written.
func TestImportOfSomethingElse(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"2024-01-01.md": "The year begins.\n"})
	for _, source := range []string{
		p.file("shopping.txt", "milk\nbread\n"), p.file("x.json", `{"a": 1}`), p.file("cut.json", `{"entries": [`), p.zipped("x.zip", map[string]string{"a.txt": "x"}),
		p.file("x.zip.txt", ""), p.file("photo.jpg", "\xff\xd8"), filepath.Join(p.dir, "nowhere"), filepath.Dir(p.file("empty/x.csv", "1")), p.file("empty.json", `{"entries": []}`),
	} {
		out, errs, code := p.types("import", source)
		if code == exitOK {
			t.Errorf("%s: code %d\n%s%s", filepath.Base(source), code, out, errs)
		}
	}
	if files, err := os.ReadDir(filepath.Join(p.dir, "journal")); err != nil || len(files) != 1 {
		t.Errorf("the journal has %v, %v", files, err)
	}
}
