package vault

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	utf "golang.org/x/text/encoding/unicode"
)

// The encodings of Chinese, Japanese and Korean that do not say what they are. A text
// counts as one of them only if it is nothing but common characters in it: what is
// uncertain is read as something else, with a flaw, and never written.

// leastAsian is how many characters of a text must be Chinese, Japanese or Korean for
// its encoding to be recognized.
const leastAsian = 4

// unmarkedAsian returns the byte order of UTF-16 without a mark, if the bytes are
// Chinese, Japanese or Korean in it. Two bytes of any text are often a Chinese
// character, so there must also be what only UTF-16 has: a space or a line end in two
// bytes, or the punctuation and kana of these languages.
func unmarkedAsian(data []byte) encoding.Encoding {
	control := func(r rune) bool { return r < ' ' && !unicode.IsSpace(r) }
	if len(data)%2 != 0 || utf8.Valid(data) && bytes.IndexFunc(data, control) < 0 {
		return nil
	}
	for _, order := range []utf.Endianness{utf.LittleEndian, utf.BigEndian} {
		if e := utf.UTF16(order, utf.IgnoreBOM); isAsian(decoded(data, e)) {
			return e
		}
	}
	return nil
}

// isAsian reports whether a text is nothing but what is in texts of Chinese, Japanese
// or Korean, with at least one of the signs that words of other encodings don't make.
func isAsian(text string) bool {
	signs, asian, all := 0, 0, 0
	for _, r := range text {
		all++
		switch {
		case r == '\n' || r == ' ' || r == '\r' || r == '\t' || r >= 0x3001 && r <= 0x303f || unicode.In(r, unicode.Hiragana, unicode.Katakana):
			signs++
		case unicode.Is(unicode.Hangul, r) || r >= 0x4e00 && r <= 0x9fff:
			asian++
		case r > ' ' && r < 0x7f || r >= 0xff01 && r <= 0xff60 || strings.ContainsRune("“”‘’…—·", r):
		default:
			return false
		}
	}
	return signs > 0 && asian+signs >= leastAsian && 2*(asian+signs) >= all
}

// asianEncodings are tried in this order.
var asianEncodings = []struct {
	name   string
	e      encoding.Encoding
	common func(lead, trail byte, r rune) bool
}{
	{"EUC-JP", japanese.EUCJP, nil},
	{"EUC-KR", korean.EUCKR, func(lead, trail byte, r rune) bool {
		return trail >= 0xa1 && (lead == 0xa1 || unicode.Is(unicode.Hangul, r))
	}},
	{"GBK", simplifiedchinese.GBK, func(lead, trail byte, _ rune) bool {
		return trail >= 0xa1 && (lead == 0xa1 || lead == 0xa3 || lead >= 0xb0 && lead <= 0xd7)
	}},
	{"Big5", traditionalchinese.Big5, func(lead, _ byte, _ rune) bool { return lead >= 0xa1 && lead <= 0xc6 }},
}

// asianText decodes bytes that are Chinese, Japanese or Korean in an encoding of one
// and two bytes a character.
func asianText(data []byte) (text, name string) {
	for _, a := range asianEncodings {
		text := decoded(data, a.e)
		if a.common == nil {
			if isJapanese(text) {
				return text, a.name
			}
			continue
		}
		if isCommon(data, text, a.common) {
			return text, a.name
		}
	}
	return "", ""
}

// isCommon reports whether nearly all characters of two bytes are common ones. Letters
// of one byte, as of Cyrillic, are taken for characters as well, but are all in a
// narrow range.
func isCommon(data []byte, text string, common func(lead, trail byte, r rune) bool) bool {
	at, asian, good, low := 0, 0, 0, 0
	joined, behind := 0, -1 // characters beside another: a lone byte before a letter is a Western one
	for _, r := range text {
		switch {
		case r == utf8.RuneError || at >= len(data):
			return false
		case data[at] < utf8.RuneSelf:
			at++
			continue
		case at+1 == len(data):
			return false
		}
		lead, trail := data[at], data[at+1]
		if at == behind {
			joined++
		}
		at += 2
		behind = at
		asian++
		if trail < 0xc0 {
			low++
		}
		if common(lead, trail, r) {
			good++
		}
	}
	return asian >= leastAsian && 2*joined >= asian && 10*good >= 9*asian && 10*low >= asian
}

// isJapanese reports whether a text has the kana of Japanese.
func isJapanese(text string) bool {
	kana, other := 0, 0
	for _, r := range text {
		switch {
		case r == utf8.RuneError:
			return false
		case unicode.In(r, unicode.Hiragana, unicode.Katakana) && (r < 0xff61 || r > 0xff9f): // half-width ones are any bytes
			kana++
		case r >= utf8.RuneSelf:
			other++
		}
	}
	return kana >= 3 && 3*kana >= other
}
