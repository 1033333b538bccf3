package partialjson

import "bytes"

// maxTries bounds how many objects are tried.
const maxTries = 64

// Finder reads a string field of the first object that has it, in a text that
// comes in chunks and may have other things around: prose, code fences, an
// array, other objects. Text is reported once its object is known to have the
// field.
type Finder struct {
	name  string
	field *StringField // of the object that is tried; nil between objects
	held  []byte       // the text so far, until the field has begun
	from  int          // where in held the next object is looked for
	tries int
}

// NewFinder returns a reader of the field with the given name.
func NewFinder(name string) *Finder { return &Finder{name: name} }

// seen reports whether the field's value has begun.
func (f *Finder) seen() bool { return f.field != nil && f.field.Seen() }

// Feed reads the next chunk and returns what it added to the field.
func (f *Finder) Feed(chunk string) (added string) {
	if f.seen() {
		added, _ = f.field.Feed(chunk) // inside the value nothing fails
		return added
	}
	f.held = append(f.held, chunk...)
	for f.tries < maxTries {
		if f.field == nil {
			start := bytes.IndexByte(f.held[f.from:], '{')
			if start < 0 {
				f.from = len(f.held)
				return ""
			}
			f.from += start + 1
			f.tries++
			f.field = newStringField(f.name)
			chunk = string(f.held[f.from-1:])
		}
		added, err := f.field.Feed(chunk)
		switch {
		case f.field.Seen():
			f.held = nil
			return added
		case err == nil && !f.field.Done():
			return ""
		}
		f.field = nil
	}
	return ""
}
