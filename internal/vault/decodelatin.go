package vault

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// western has, for each language, the letters that are not ASCII and that its
// texts in Windows-1252 have. Capitals are left out.
var western = []string{
	"äöüß",               // German
	"éèàùâêîôûëïüÿçœæ",   // French
	"éëïóöüèêáíúàç",      // Dutch, with its loanwords
	"áéíóúüñ",            // Spanish
	"áâãàçéêíóôõúü",      // Portuguese
	"àèéìíîòóùú",         // Italian
	"àçèéíïòóúü",         // Catalan
	"åäöéàüæøôóò",        // Swedish, Danish, Norwegian
	"áéíóúýöæðþ",         // Icelandic
	"äöåšžõü",            // Finnish, Estonian
	"ëç", "àâéêëîïôûùŵŷ", // Albanian, Welsh
}

// elsewhere has the same for other encodings.
var elsewhere = []struct {
	encoding encoding.Encoding
	name     string
	letters  string
}{
	{charmap.Windows1250, "Windows-1250", "ąćęłńóśźż"},         // Polish
	{charmap.Windows1250, "Windows-1250", "áčďéěíňóřšťúůýž"},   // Czech
	{charmap.Windows1250, "Windows-1250", "áäčďéíĺľňóôŕšťúýž"}, // Slovak
	{charmap.Windows1250, "Windows-1250", "áéíóöőúüű"},         // Hungarian
	{charmap.Windows1250, "Windows-1250", "čćžšđ"},             // Croatian, Slovenian
	{charmap.Windows1250, "Windows-1250", "ăâîşţ"},             // Romanian
	{charmap.Windows1254, "Windows-1254", "çğıöşüâîû"},         // Turkish
	{charmap.Windows1257, "Windows-1257", "ąčęėįšųūžāēģīķļņŗ"}, // Lithuanian, Latvian
}

// latin returns an encoding other than Windows-1252 in which the text is in one
// language, if in Windows-1252 it is in none. It returns nil otherwise: a note
// has too few letters to tell more.
func latin(data []byte) (encoding.Encoding, string) {
	found := lettersIn(data, charmap.Windows1252)
	for _, letters := range western {
		if consists(found, letters) {
			return nil, ""
		}
	}
	for _, e := range elsewhere {
		if found := lettersIn(data, e.encoding); found != "" && consists(found, e.letters) {
			return e.encoding, e.name
		}
	}
	return nil, ""
}

// lettersIn returns the small letters of a text that are not ASCII. A sign
// between two letters counts as one: it is a letter in another encoding.
func lettersIn(data []byte, e encoding.Encoding) string {
	text := []rune(decoded(data, e))
	isLetter := func(i int) bool { return i >= 0 && i < len(text) && unicode.IsLetter(text[i]) }
	var b strings.Builder
	for i, r := range text {
		within := isLetter(i-1) && isLetter(i+1) && !strings.ContainsRune("’‘–—…\u00ad\u00a0", r)
		if r > unicode.MaxASCII && !strings.ContainsRune("ªºµ", r) && (isLetter(i) || within) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// consists reports whether a text has no other letters than these.
func consists(text, letters string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(letters, r) })
}
