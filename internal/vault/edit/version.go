package edit

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"daybook"
)

// Cause says what created a version of a note.
type Cause string

// The causes. Their values are part of the API.
const (
	Page          Cause = "page"          // typed in the page
	API           Cause = "api"           // written by another client of the API
	Transcription Cause = "transcription" // transcribed from a scan
	Merge         Cause = "merge"         // two versions merged
	Restored      Cause = "restore"       // an earlier version restored
	Undone        Cause = "undo"          // an edit undone
	Deleted       Cause = "delete"        // the note was deleted here
	Other         Cause = "other program" // found in the file; Daybook did not write it
	Unknown       Cause = "unknown"       // by Daybook, before causes were kept
)

// causes returns every cause.
func causes() []Cause {
	return []Cause{Page, API, Transcription, Merge, Restored, Undone, Deleted, Other, Unknown}
}

// saved reports whether a person saved such a version here and got a
// confirmation.
func (c Cause) saved() bool {
	switch c {
	case Page, API, Merge, Restored, Undone:
		return true
	}
	return false
}

// Version is a state of a note that was kept.
type Version struct {
	// ID identifies the version among those of its note.
	ID    string
	Time  time.Time
	Size  int // of the note, in bytes
	Cause Cause
	// Hash is the hash of the note's bytes, zero if there was no note.
	Hash Hash

	number int // counts a note's versions from 1; 0 for a record of an older Daybook
	// rewrote is set if much of the version before was replaced or deleted.
	rewrote bool
	file    string // in the note's folder; "" if the bytes were not kept
	record  string // an older Daybook's file
}

// Gone reports whether the note did not exist.
func (v Version) Gone() bool { return v.Hash == Hash{} }

// kept reports whether the version's bytes can be read.
func (v Version) kept() bool { return v.file != "" || v.record != "" }

// stamp is the layout of times in file names.
const stamp = "20060102T150405.000000000Z"

var versionFile = regexp.MustCompile(`^(\d{8,})-(\d{8}T\d{6}\.\d{9}Z)-([a-z]+)(\+?)-(\d+)-([0-9a-f]{64})\.gz$`)

// newVersion returns a note's next version, whose file is not written yet.
func newVersion(number int, at time.Time, cause Cause, note []byte, rewrote bool) Version {
	v := Version{Time: at.UTC(), Size: len(note), Cause: cause, number: number, rewrote: rewrote}
	if note != nil {
		v.Hash = Sum(note)
	}
	return v.numbered(number)
}

// numbered returns v with another number.
func (v Version) numbered(number int) Version {
	short, _, _ := strings.Cut(string(v.Cause), " ")
	if v.rewrote {
		short += "+"
	}
	v.number = number
	v.file = fmt.Sprintf("%08d-%s-%s-%d-%s.gz", number, v.Time.Format(stamp), short, v.Size, v.Hash)
	v.ID = versionID(number, v.Hash)
	return v
}

func versionID(number int, h Hash) string { return fmt.Sprintf("%d-%.8s", number, h) }

// parseVersion reads the name of a version's file.
func parseVersion(name string) (v Version, ok bool) {
	m := versionFile.FindStringSubmatch(name)
	if m == nil {
		return v, false
	}
	number, err := strconv.Atoi(m[1])
	at, err2 := time.Parse(stamp, m[2])
	size, err3 := strconv.Atoi(m[5])
	sum, err4 := hex.DecodeString(m[6])
	if err != nil || err2 != nil || err3 != nil || err4 != nil {
		return v, false
	}
	v = Version{ID: versionID(number, Hash(sum)), Time: at, Size: size, Hash: Hash(sum), Cause: Unknown, number: number, rewrote: m[4] != "", file: name}
	for _, c := range causes() {
		if short, _, _ := strings.Cut(string(c), " "); short == m[3] {
			v.Cause = c
		}
	}
	return v, true
}

// named reports whether id is the version's ID, its number, or the hash of its
// bytes.
func (v Version) named(id string) bool {
	switch id {
	case "":
		return false
	case v.ID:
		return true
	case strconv.Itoa(v.number):
		return v.number > 0
	case v.Hash.String():
		return !v.Gone()
	}
	return false
}

// find returns the latest version that id names.
func find(list []Version, id string) (Version, error) {
	for _, v := range backwards(list) {
		if v.named(id) {
			return v, nil
		}
	}
	return Version{}, daybook.Errorf(daybook.NotFound, "There is no such version of this note.")
}
