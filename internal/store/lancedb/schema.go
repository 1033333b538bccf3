package lancedb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"daybook/internal/store"
)

// The tables of the older service, which are read and written as they are.
const (
	journalTable  = "journal"
	threadsTable  = "threads"
	messagesTable = "messages"
)

// Our own tables.
const (
	entriesTable  = "daybook_entries"  // what is in the index: a row an entry
	textsTable    = "daybook_texts"    // the texts of entries, in parts
	passagesTable = "daybook_passages" // the places of the passages, and their terms
	extrasTable   = "daybook_messages" // what messages has no column for
	metaTable     = "daybook_meta"
	vectorsPrefix = "daybook_vectors_" // a table a space
)

func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// fields returns a schema of text and number columns, and more.
func fields(texts, numbers []string, more ...arrow.Field) *arrow.Schema {
	var all []arrow.Field
	for _, name := range texts {
		all = append(all, field(name, arrow.BinaryTypes.String))
	}
	for _, name := range numbers {
		all = append(all, field(name, arrow.PrimitiveTypes.Int64))
	}
	return arrow.NewSchema(append(all, more...), nil)
}

var (
	texts = arrow.ListOf(arrow.BinaryTypes.String)

	// rev numbers a version of an entry: its texts and passages have the same.
	// Dates and tags are JSON.
	entriesSchema = fields([]string{"entry_id", "kind", "path", "title", "dates", "tags", "hash"},
		[]string{"rev", "text_line", "passages", "size", "mtime", "inode"}, field("deleted", arrow.FixedWidthTypes.Boolean))
	textsSchema    = fields([]string{"text"}, []string{"rev", "part"})
	passagesSchema = fields([]string{"hash", "terms"}, []string{"id", "rev", "idx", "first", "last", "line"})
	extrasSchema   = fields([]string{"message_id", "thread_id", "status", "citations", "batch"}, []string{"seq"})
	metaSchema     = fields([]string{"key", "value"}, nil)

	threadsSchema  = fields([]string{"thread_id", "title", "created_at", "updated_at"}, nil, field("tags", texts))
	messagesSchema = fields([]string{"message_id", "thread_id", "timestamp", "role", "content"}, nil)
)

// ours are our tables, with their schemas.
var ours = map[string]*arrow.Schema{
	entriesTable: entriesSchema, textsTable: textsSchema, passagesTable: passagesSchema, extrasTable: extrasSchema, metaTable: metaSchema,
}

// shared are the tables that the older service also reads and writes. If they
// are missing they are made with these schemas.
var shared = map[string]*arrow.Schema{threadsTable: threadsSchema, messagesTable: messagesSchema}

func vectorsSchema(dim int) *arrow.Schema {
	return fields([]string{"entry_id", "kind", "first_day", "last_day"}, []string{"id", "rev"}, field("tags", texts),
		field("vector", arrow.FixedSizeListOf(int32(dim), arrow.PrimitiveTypes.Float32)))
}

// vectorsTable returns the name of a space's table.
func vectorsTable(sp store.Space) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d", sp.Model, sp.Dim))
	return vectorsPrefix + hex.EncodeToString(sum[:8])
}
