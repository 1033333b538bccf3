package terminal

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func written(t *testing.T, w func(*Writer), parts ...string) string {
	t.Helper()
	var out strings.Builder
	writer := NewWriter(&out, false)
	if w != nil {
		w(writer)
	}
	for _, p := range parts {
		if n, err := writer.Write([]byte(p)); err != nil || n != len(p) {
			t.Fatalf("wrote %d of %d bytes: %v", n, len(p), err)
		}
	}
	return out.String()
}

func TestTextIsClean(t *testing.T) {
	for in, want := range map[string]string{
		"two\nlines\tand a tab":         "two\nlines\tand a tab",
		"\x1b[2J\x1b]0;owned\x07text":   "[2J]0;ownedtext",
		"over\rwritten\b\b":             "overwritten",
		"C1 \u009b31m and DEL\x7f":      "C1 31m and DEL",
		"in Latin-1 \x9b31m":            "in Latin-1 \ufffd31m",
		"photo\u202egpj.exe":            "photogpj.exe",
		"\u2066iso\u2069 \u200f\u061c":  "iso ",
		"zero\u200bwidth\ufeff":         "zerowidth",
		"a\u2028line\u2029break":        "a line break",
		"tag \U000e0041\U000e0042":      "tag ",
		"👩\u200d👧 می\u200cخواهم":        "👩\u200d👧 می\u200cخواهم",
		"\u0600١٢٣ שלום Käse":           "\u0600١٢٣ שלום Käse",
		string(Bold) + "not ours":       "not ours",
		strings.Repeat("ж", 3) + "\xd0": "жжж",
	} {
		if got := written(t, nil, in); got != want {
			t.Errorf("%q is written as %q, want %q", in, got, want)
		}
		if in == strings.ToValidUTF8(in, "") {
			if got := Clean(in); got != want {
				t.Errorf("Clean(%q) = %q, want %q", in, got, want)
			}
		}
	}
}

func TestRunesAcrossWrites(t *testing.T) {
	const text = "Käse 👩 \u202e\u009b."
	var parts []string
	for i := range len(text) {
		parts = append(parts, text[i:i+1])
	}
	if got := written(t, nil, parts...); got != "Käse 👩 ." {
		t.Errorf("byte by byte it is written as %q", got)
	}
	if got := written(t, nil, "\xe2\x80", "\x1b[0m"); strings.ContainsRune(got, 0x1b) {
		t.Errorf("a rune that was cut off lets an escape through: %q", got)
	}
}

func TestStyles(t *testing.T) {
	var out strings.Builder
	if _, err := NewWriter(&out, true).Write([]byte(Bold.Wrap("a") + Dim.Wrap("b") + Red.Wrap("c") + Clean(string(Red)+"d"))); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[1ma\x1b[0m\x1b[2mb\x1b[0m\x1b[31mc\x1b[0md"; out.String() != want {
		t.Errorf("styled as %q, want %q", out.String(), want)
	}
	if got := written(t, nil, Bold.Wrap("a")); got != "a" {
		t.Errorf("without colours it is written as %q", got)
	}
}

// Every rune comes back from JSON as it was, and none that a terminal acts on
// is in it.
func TestJSON(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || r > 0x3000 && r < 0xe000 || r > 0x11000 && r < 0xe0000 || r > 0xe1000 {
			continue
		}
		in := "a" + string(r) + "b"
		data, err := json.Marshal(map[string]string{in: in})
		if err != nil {
			t.Fatal(err)
		}
		got := written(t, (*Writer).JSON, string(data))
		var back map[string]string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back[in] != in {
			t.Fatalf("%U: %s is read as %q: %v", r, got, back, err)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%U: %q has what a terminal acts on", r, got)
		}
	}
	if got := written(t, (*Writer).JSON, "{\n\t\"a\": \"\u202e\U000e0041\"\n}\n"); got != "{\n\t\"a\": \"\\u202e\\udb40\\udc41\"\n}\n" {
		t.Errorf("indented JSON is written as %q", got)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestFailedWrite(t *testing.T) {
	full := errors.New("disk full")
	if n, err := NewWriter(failing{full}, false).Write([]byte("text")); n != 0 || !errors.Is(err, full) {
		t.Errorf("wrote %d bytes: %v", n, err)
	}
}

func FuzzWriter(f *testing.F) {
	f.Add([]byte("a\x1b[0m"), 1)
	f.Add([]byte("\xe2\x80\xae"), 2)
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		at = min(max(at, 0), len(data))
		got := written(t, nil, string(data[:at]), string(data[at:]))
		if whole := written(t, nil, string(data)); got != whole {
			t.Errorf("cut at %d, %q is written as %q, and whole as %q", at, data, got, whole)
		}
		for _, r := range got {
			if shown(r) != r {
				t.Errorf("%q has %U", got, r)
			}
		}
	})
}
