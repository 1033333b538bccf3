// Package backup writes everything of a journal that cannot be rebuilt from the
// notes into one file, and restores it: conversations, analyses and their
// results, usage, the ledger, transcriptions, the history of the notes, the
// settings without their secrets and, on request, the notes and scans
// themselves.
// secrets and, on request, the notes and scans themselves.
//
// A backup is a ZIP file, so that it can be read without Daybook, in ten years
// too: JSON Lines for the records, plain files for the rest, and a manifest
// that lists every member with its size and SHA-256. The ZIP comment, which
// ends the file, has the SHA-256 of all bytes before it. So any change by
// accident is found, down to a single bit. It is not a signature: a person who
// changes the file on purpose can compute new hashes. Only an encrypted backup
// (age) is safe from that.
//
// The records are the same whatever store they come from, and can be restored
// to any other.
package backup

import (
	"context"
	"time"

	"daybook"
	"daybook/internal/store"
)

// formatName and formatVersion are in every manifest. A change that an older
// Daybook could not restore completely, including a new member, requires a new
// version.
const (
	formatName    = "daybook-backup"
	formatVersion = 1
)

// The members of a backup. Trees are folders: the names of their members begin
// with the name of the tree and a slash.
const (
	readmeName        = "README.txt"
	manifestName      = "manifest.json"
	settingsName      = "settings.toml"
	conversationsName = "conversations.jsonl"
	analysesName      = "analyses.jsonl"
	usageName         = "usage.jsonl"
	scansName         = "scans.jsonl"
	pagesName         = "page-texts.jsonl"
	writtenName       = "written-notes.jsonl"
	ledgerName        = "ledger.jsonl"

	// History is the tree with the versions of the notes. Journal and Evergreen
	// are the notes themselves.
	History   = "history"
	Undo      = "undo"
	Journal   = "journal"
	Evergreen = "evergreen"
)

// Source is the part of a store that is backed up; see package store. It should
// be a snapshot, so that the records are consistent.
type Source = store.RecordReader

// Target is a store to restore to.
type Target interface {
	Source
	EachMessage(ctx context.Context, ids []string, f func(daybook.Message) error) error
	WriteThread(ctx context.Context, c store.ThreadChange) error
	WriteAnalysis(ctx context.Context, c store.AnalysisChange) error
	WriteLedger(ctx context.Context, b store.LedgerBatch) error
	WriteScans(ctx context.Context, b store.ScanBatch) error
}

// Counts counts the records in a backup by kind.
type Counts struct {
	Threads  int `json:"threads"`
	Messages int `json:"messages"`
	Turns    int `json:"turns"`
	Analyses int `json:"analyses"`
	Usage    int `json:"usage"`
	Scans    int `json:"scans"`
	Pages    int `json:"page_texts"`
	Written  int `json:"written_notes"`
	Ledger   int `json:"ledger"`
	Versions int `json:"history_files"`
	Notes    int `json:"journal_files"` // of the journal and the evergreen notes
	// Damaged counts the threads and messages that are damaged in the store and
	// therefore missing from the backup.
	Damaged int `json:"damaged,omitempty"`
}

// Manifest lists the members of a backup except itself.
type Manifest struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Created time.Time `json:"created"`
	Daybook string    `json:"daybook"` // the version of the program that made it
	Counts  Counts    `json:"counts"`
	// Content is a SHA-256 of the backup's content, which does not depend on
	// when the backup was made.
	Content string   `json:"content"`
	Members []Member `json:"members"`
}

// The types of a member.
const (
	typeFile   = "file"
	typeFolder = "folder"
	typeLink   = "link" // a symbolic link; its bytes are where it leads
)

// Member is a file of a backup.
type Member struct {
	Name   string `json:"name"` // in the ZIP file
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	// Mode (permissions, in octal) and Modified belong to files of trees. Path
	// is the path below the tree's folder, in base64, if it could not be used
	// in the name.
	Mode     string     `json:"mode,omitempty"`
	Modified *time.Time `json:"modified,omitempty"`
	Path     []byte     `json:"path_base64,omitempty"`
	// Changed means that the file kept changing while it was read.
	Changed bool `json:"changed_while_read,omitempty"`
}

// Progress is the progress of a backup or a restore.
type Progress struct {
	Doing       string
	Done, Total int // Total is 0 if unknown
}

// LeftOut is a file of a tree that is missing from the backup or not stored as
// it should be.
type LeftOut struct {
	Path   string // begins with the name of the tree
	Reason string
	Failed bool // it should have been in the backup
}

const readme = `This is a backup of a Daybook journal. "daybook restore FILE" puts it back.
It can also be read without Daybook:

  conversations.jsonl   a line for each thread, then one for each of its messages
                        and turns (a turn is a question and its answer)
  analyses.jsonl        analyses with their steps and what those said
  usage.jsonl           what models were used for, by day
  ledger.jsonl          each call to a provider, and which programs read the journal
  scans.jsonl           how far each scan was read
  page-texts.jsonl      what the pages of scans say
  written-notes.jsonl   what Daybook wrote into notes
  settings.toml         the settings, without keys, tokens and passwords
  history/, undo/       versions of notes from before they were changed
  journal/, evergreen/  the notes and scans, if the backup was made with them
  manifest.json         every file in here, with its size and SHA-256

Text that is not valid UTF-8 is written as {"base64": "…"}. Times are in UTC.

The comment of the ZIP file, its last 81 bytes, begins with "daybook-sha256:" and
has the SHA-256 of all bytes before it:

  tail -c 81 FILE
  head -c -81 FILE | sha256sum
`
