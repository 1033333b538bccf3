package lancedb

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"daybook/internal/store"
	"daybook/internal/vector"
)

func names(schema *arrow.Schema) []string {
	var list []string
	for _, f := range schema.Fields() {
		list = append(list, f.Name)
	}
	return list
}

func lower(tag string) string { return strings.ToLower(tag) }

// hashOf returns the key of a text.
func hashOf(text string) vector.Key {
	sum := sha256.Sum256([]byte(text))
	return vector.Key(sum[:16])
}

// fingerprint is the content of a note's hash column: its hash in hexadecimal,
// a space, and its change time. Existing tables have no column for the latter.
func fingerprint(s store.NoteState) string {
	return hex.EncodeToString(s.Hash[:]) + " " + strconv.FormatInt(s.ChangeTime, 10)
}

// readFingerprint parses a fingerprint.
func readFingerprint(s *store.NoteState, text string) error {
	digits, changed, _ := strings.Cut(text, " ")
	hash, err := hex.DecodeString(digits)
	if err != nil || copy(s.Hash[:], hash) != len(s.Hash) {
		return fmt.Errorf("a note has a hash of %d bytes", len(hash))
	}
	if changed != "" {
		if s.ChangeTime, err = strconv.ParseInt(changed, 10, 64); err != nil {
			return fmt.Errorf("read the change time of a note: %w", err)
		}
	}
	return nil
}

func entryRow(e *entry) row {
	dates := make([]string, len(e.Dates))
	for i, d := range e.Dates {
		dates[i] = d.String()
	}
	datesJSON, _ := json.Marshal(dates) // strings always marshal
	tagsJSON, _ := json.Marshal(withMark(e.Tags, e.Private))
	return row{
		"entry_id": e.ID, "rev": e.rev, "kind": string(e.Kind), "path": e.Path, "title": e.Title, "dates": string(datesJSON), "tags": string(tagsJSON),
		"text_line": int64(e.TextLine), "passages": int64(e.count), "size": e.state.Size, "mtime": e.state.ModTime,
		"inode": int64(e.state.Inode), "hash": fingerprint(e.state), "deleted": false,
	}
}

// privateMark is stored among the tags of a private entry: existing tables have
// no column for it. Tags begin with "#", so it cannot be one.
const privateMark = "private"

func withMark(tags []string, private bool) []string {
	if !private {
		return tags
	}
	return append(slices.Clip(tags), privateMark)
}

// withoutMark removes the mark from the tags of a row.
func withoutMark(list []string) (tags []string, private bool) {
	if i := slices.Index(list, privateMark); i >= 0 {
		if list = slices.Delete(list, i, i+1); len(list) == 0 {
			list = nil
		}
		return list, true
	}
	return list, false
}
