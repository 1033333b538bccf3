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

// hashOf names a text.
func hashOf(text string) vector.Key {
	sum := sha256.Sum256([]byte(text))
	return vector.Key(sum[:16])
}

// fingerprint is what the hash column of a note holds: its hash in hexadecimal
// and, behind a space, its change time, for which tables that were made before
// have no column.
func fingerprint(s store.NoteState) string {
	return hex.EncodeToString(s.Hash[:]) + " " + strconv.FormatInt(s.ChangeTime, 10)
}

// readFingerprint reads what fingerprint wrote.
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

// privateMark is among the tags in the row of a private entry. Tags begin
// with "#", so it is none of them; tables that are there have no column for it.
const privateMark = "private"

func withMark(tags []string, private bool) []string {
	if !private {
		return tags
	}
	return append(slices.Clip(tags), privateMark)
}

// withoutMark takes the mark out of what a row has as tags.
func withoutMark(list []string) (tags []string, private bool) {
	if i := slices.Index(list, privateMark); i >= 0 {
		if list = slices.Delete(list, i, i+1); len(list) == 0 {
			list = nil
		}
		return list, true
	}
	return list, false
}
