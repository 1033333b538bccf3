package partialjson

import "bytes"

// maxTries is the most objects to try.
const maxTries = 64

// Finder reads a string field of the first object that has it. The text comes in chunks
// and may contain prose, code fences, arrays and other objects. The field's text is
// returned once the object is known to have it.
type Finder struct {
	name  string
	field *stringField // of the object that is tried; nil between objects
	held  []byte       // the text so far, until the field has begun
	from  int          // where in held the next object is looked for
	tries int
}

// NewFinder returns a reader of the field with the given name.
func NewFinder(name string) *Finder { return &Finder{name: name} }

// seen reports whether the field's value has begun.
func (f *Finder) seen() bool { return f.field != nil && f.field.hasBegun() }

// Feed reads the next chunk and returns what it added to the field.
func (f *Finder) Feed(chunk string) (added string) {
	if f.seen() {
		added, _ = f.field.feed(chunk) // inside the value nothing fails
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
		added, err := f.field.feed(chunk)
		switch {
		case f.field.hasBegun():
			f.held = nil
			return added
		case err == nil && !f.field.done():
			return ""
		}
		f.field = nil
	}
	return ""
}
