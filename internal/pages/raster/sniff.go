package raster

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// SniffLen is how many bytes of a file Sniff looks at.
const SniffLen = 1024

// Sniff detects the type of a scan from its first bytes. For other files the
// type is "", and like describes the detected format in a word or two, or is
// "".
func Sniff(head []byte) (t Type, like string) {
	head = head[:min(len(head), SniffLen)]
	for _, s := range signatures {
		if s.matches(head) {
			return s.is, s.like
		}
	}
	// PDF readers accept other bytes before the header.
	if bytes.Contains(head, []byte("%PDF-")) {
		return PDF, ""
	}
	return "", sniffText(head)
}

type signature struct {
	at   int
	says string
	is   Type
	like string
}

func (s signature) matches(head []byte) bool {
	return len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.says))
}

var signatures = []signature{
	{0, "\x89PNG\r\n\x1a\n", PNG, ""},
	{0, "\xff\xd8\xff", JPEG, ""},
	{8, "WEBPVP8", WebP, ""},
	{0, "II*\x00", TIFF, ""},
	{0, "MM\x00*", TIFF, ""},
	{4, "ftyphei", HEIC, ""},
	{4, "ftyphevc", HEIC, ""},
	{4, "ftypmif1", HEIC, ""},
	{4, "ftypmsf1", HEIC, ""},
	{4, "ftypavif", "", "AVIF"},
	{4, "ftyp", "", "a film"},
	{0, "GIF8", "", "GIF"},
	{0, "BM", "", "BMP"},
	{0, "PK\x03\x04", "", "a ZIP archive"},
	{0, "\x1f\x8b", "", "a compressed archive"},
	{0, "\x7fELF", "", "a program"},
	{0, "MZ", "", "a program"},
}

// sniffText returns the kind of text that head is, or "".
func sniffText(head []byte) string {
	if len(head) == 0 {
		return ""
	}
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff")))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<script"} {
		if strings.HasPrefix(text, tag) {
			return "HTML"
		}
	}
	isXML := strings.HasPrefix(text, "<?xml")
	switch {
	case strings.HasPrefix(text, "<svg"), isXML && strings.Contains(text, "<svg"):
		return "SVG"
	case isXML:
		return "XML"
	}
	// The last character may have been cut.
	for cut := 0; cut < utf8.UTFMax && cut < len(head); cut++ {
		if part := head[:len(head)-cut]; utf8.Valid(part) && !bytes.ContainsRune(part, 0) {
			return "text"
		}
	}
	return ""
}
