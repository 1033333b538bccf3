package vault

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Decode returns a note's bytes as UTF-8 text without NUL, with line feeds as
// line ends if it has none. Flaw says in a few words what was not plain UTF-8;
// it may be empty. A note with a flaw is read, but never written.
func Decode(data []byte) (text, flaw string) {
	switch name, e := wideEncoding(data); {
	case e != nil:
		text, flaw = decoded(data, e), "is "+name+", not UTF-8"
	case utf8.Valid(data):
		text = string(data)
	default:
		text, flaw = narrow(data)
	}
	if strings.ContainsRune(text, 0) {
		text = strings.ReplaceAll(text, "\x00", " ")
		if flaw == "" {
			flaw = "holds NUL bytes"
		}
	}
	if strings.Contains(text, "\r") && !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
		if flaw == "" {
			flaw = "has the line ends of an old Mac"
		}
	}
	return text, flaw
}

// decoded decodes data. Bytes that the encoding does not have become U+FFFD.
func decoded(data []byte, e encoding.Encoding) string {
	text, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\ufffd")
	}
	return string(text)
}

// wideEncoding returns the encoding of data if it has two or four bytes a
// character: by the byte order mark, or by where the NULs are.
func wideEncoding(data []byte) (string, encoding.Encoding) {
	has := func(mark string) bool { return strings.HasPrefix(string(data[:min(len(data), 4)]), mark) }
	switch {
	case has("\xff\xfe\x00\x00"):
		return "UTF-32", utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case has("\x00\x00\xfe\xff"):
		return "UTF-32", utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case has("\xff\xfe"):
		return "UTF-16", utf.UTF16(utf.LittleEndian, utf.UseBOM)
	case has("\xfe\xff"):
		return "UTF-16", utf.UTF16(utf.BigEndian, utf.UseBOM)
	}
	if name, e := unmarked(data); e != nil {
		return name, e
	}
	if e := unmarkedAsian(data); e != nil {
		return "UTF-16", e
	}
	return "", nil
}

// unmarked returns the wide encoding of data without a byte order mark. At
// least one in two bytes of such text is nearly always small, and zero for
// spaces and line ends.
func unmarked(data []byte) (string, encoding.Encoding) {
	var nul, small, all [4]int
	for i, b := range data {
		all[i%4]++
		if b == 0 {
			nul[i%4]++
		}
		if b < 0x10 {
			small[i%4]++
		}
	}
	mostly := func(i int) bool { return all[i] > 0 && small[i] >= all[i]*9/10 }
	seldom := func(i int) bool { return small[i] <= all[i]*3/10 }
	zero := func(i int) bool { return all[i] > 0 && nul[i] == all[i] }
	switch {
	case len(data) < 4:
	case len(data)%4 == 0 && zero(3) && mostly(2) && mostly(1):
		return "UTF-32", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case len(data)%4 == 0 && zero(0) && mostly(1) && mostly(2):
		return "UTF-32", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case nul[1]+nul[3] > 0 && mostly(1) && mostly(3) && seldom(0) && seldom(2):
		return "UTF-16", utf.UTF16(utf.LittleEndian, utf.IgnoreBOM)
	case nul[0]+nul[2] > 0 && mostly(0) && mostly(2) && seldom(1) && seldom(3):
		return "UTF-16", utf.UTF16(utf.BigEndian, utf.IgnoreBOM)
	}
	return "", nil
}

// narrow decodes bytes that are not UTF-8. UTF-8 sequences among them are kept.
func narrow(data []byte) (text, flaw string) {
	if text := decoded(data, japanese.ShiftJIS); isJapanese(text) {
		return text, "is Shift-JIS, not UTF-8"
	}
	if text, name := asianText(data); name != "" {
		return text, "is " + name + ", not UTF-8"
	}
	if e, name := cyrillic(data); e != nil {
		return decoded(data, e), "is " + name + ", not UTF-8"
	}
	if e, name := latin(data); e != nil {
		return decoded(data, e), "is " + name + ", not UTF-8"
	}
	var b strings.Builder
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(data[0])
		}
		b.WriteRune(r)
		data = data[size:]
	}
	return b.String(), "is Windows-1252, not UTF-8"
}

// cyrillic returns the encoding of bytes whose letters are mostly not ASCII.
// In both encodings most of them are small ones.
func cyrillic(data []byte) (encoding.Encoding, string) {
	ascii, upper, lower := 0, 0, 0
	for _, b := range data {
		switch {
		case b >= 0xe0:
			lower++
		case b >= 0xc0:
			upper++
		case b < utf8.RuneSelf && unicode.IsLetter(rune(b)):
			ascii++
		}
	}
	switch {
	case upper+lower < 4 || upper+lower < 2*ascii:
		return nil, ""
	case lower >= upper:
		return charmap.Windows1251, "Windows-1251"
	}
	return charmap.KOI8R, "KOI8-R"
}
