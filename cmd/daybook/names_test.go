package main

import (
	"strings"
	"testing"
)

func TestNamesAreDetected(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{
		"2024-06-04 Beach day.md": "Swam with Oda in the lake.", "5 juin 2024.md": "Rain.", "Ideas.md": "A boat.", "2024-W24.md": "The week.",
	})
	out, errs, code := p.types("ask", "Who swam with me?")
	if code != exitOK || !strings.Contains(out, "Oda") || !strings.Contains(out, "2024-06-04") || errs != "" {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	out, _, code = p.types("check")
	if code != exitOK || !strings.Contains(out, "2 notes, 2 skipped") || !strings.Contains(out, "All is well, but 1 file of the journal is not read") {
		t.Errorf("code %d\n%s", code, out)
	}
	_, log, stop := p.serves()
	stop()
	if !strings.Contains(log.String(), "1 file is not read, such as Ideas.md") {
		t.Errorf("the start does not say so:\n%s", log)
	}
}

func TestNothingIsReadIsSaid(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"Ideas.md": "A boat.", "Boats.md": "Another."})
	if _, errs, _ := p.types("ask", "Which boat?"); !strings.Contains(errs, "2 files are not read, such as") {
		t.Errorf("it says %q", errs)
	}
}
