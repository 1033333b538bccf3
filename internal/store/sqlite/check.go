package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Finding is damage that was found in the data.
type Finding struct {
	File   string // its path
	What   string
	Advice string // what to do
}

// findingsOfAFile is how many findings of a kind are listed per file.
const findingsOfAFile = 5

// Check looks for all damage in the store with the records in path. It changes
// nothing. A missing file is a finding only if there was something in it.
func Check(ctx context.Context, path string) ([]Finding, error) {
	findings, err := CheckRecords(ctx, path)
	if err != nil {
		return nil, err
	}
	index := &checking{path: indexPath(path), folder: "index"}
	index.advice = fmt.Sprintf("It can be rebuilt from the journal: stop Daybook, delete %s, and start it again.", index.path)
	if err := index.run(ctx); err != nil {
		return nil, err
	}
	return append(findings, index.findings...), nil
}

// CheckRecords is [Check] for records without an index.
func CheckRecords(ctx context.Context, path string) ([]Finding, error) {
	if err := register(); err != nil {
		return nil, fmt.Errorf("register the checksum with SQLite: %w", err)
	}
	c := &checking{path: path, folder: "records", advice: restoreAdvice(path)}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	if len(c.findings) == 0 {
		if err := c.missing(ctx); err != nil {
			return nil, err
		}
	}
	return c.findings, nil
}

// checking is the check of one file.
type checking struct {
	path, folder, advice string

	exists   bool
	sound    bool // its tables match its version
	summed   bool // they have checksums
	findings []Finding
	db       *sql.DB
}

func (c *checking) found(format string, args ...any) {
	c.findings = append(c.findings, Finding{File: c.path, What: fmt.Sprintf(format, args...), Advice: c.advice})
}

// run checks the file. Unreadable parts count as damage. An error means that the
// file could not be checked.
func (c *checking) run(ctx context.Context) error {
	info, err := os.Stat(c.path)
	if missingOrEmpty(info, err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at %s: %w", c.path, err)
	}
	c.exists = true
	if c.db, err = inspect(c.path); err != nil {
		return err
	}
	for _, look := range []func(context.Context) error{c.structure, c.version, c.references, c.sums, c.fullText} {
		if err := look(ctx); err != nil {
			if ctx.Err() != nil || !isDamage(err) {
				return errors.Join(wrap("check "+c.path, err), c.db.Close())
			}
			c.found("it cannot be read: %v", err)
			break
		}
	}
	return c.db.Close()
}

// inspect opens a file to be read. A file that no process has open is read without
// the files that SQLite would make beside it.
func inspect(path string) (*sql.DB, error) {
	options := "?mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(10000)&_pragma=cache_size(-64000)&_pragma=mmap_size(0)"
	_, err := os.Stat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		options += "&immutable=1"
	}
	db, err := sql.Open("sqlite", uri(path)+options)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// structure runs SQLite's own check.
func (c *checking) structure(ctx context.Context) error {
	n := 0
	return each(ctx, c.db, func(rows *sql.Rows) error {
		var what string
		if err := rows.Scan(&what); err != nil || what == "ok" {
			return err
		}
		if n++; n <= findingsOfAFile {
			c.found("%s", strings.TrimSpace(what))
		}
		return nil
	}, fmt.Sprintf("PRAGMA integrity_check(%d)", 2*findingsOfAFile))
}

// version checks the version of the tables, and that the tables match it.
func (c *checking) version(ctx context.Context) error {
	files, err := migrations{folder: c.folder}.files()
	if err != nil {
		return err
	}
	before := len(c.findings)
	var version int
	if err := c.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version < 0 {
		c.found("its tables have version %d", version)
		return nil
	}
	if version > len(files) {
		c.found("its tables have version %d, and this Daybook knows %d: it was written by a newer Daybook, or is damaged", version, len(files))
		return nil
	}
	want, err := schemaOf(ctx, c.folder, version)
	if err != nil {
		return err
	}
	have, err := schema(ctx, c.db)
	if err != nil {
		return err
	}
	for name, text := range want {
		if have[name] != text {
			c.found("%s is not as Daybook made it", name)
		}
		delete(have, name)
	}
	for name := range have {
		c.found("%s was not made by Daybook", name)
	}
	c.sound = len(c.findings) == before
	beforeSums := c.folder == "records" && version <= unsplit
	c.summed = c.sound && !beforeSums
	return nil
}

// schema returns the definitions in a database, by kind and name.
func schema(ctx context.Context, db *sql.DB) (map[string]string, error) {
	all := map[string]string{}
	return all, each(ctx, db, func(rows *sql.Rows) error {
		var name, text string
		err := rows.Scan(&name, &text)
		all[name] = text
		return err
	}, "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
}

// schemaOf returns the schema that the scripts of a folder produce up to a
// version.
func schemaOf(ctx context.Context, folder string, version int) (all map[string]string, err error) {
	files, err := migrations{folder: folder}.files()
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each would have a database of its own
	for _, file := range files[:version] {
		script, err := scripts.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if _, err := db.ExecContext(ctx, string(script)); err != nil {
			return nil, err
		}
	}
	return schema(ctx, db)
}

// references looks for rows that refer to others that are missing.
func (c *checking) references(ctx context.Context) error {
	broken := map[string]int{}
	err := each(ctx, c.db, func(rows *sql.Rows) error {
		var table, parent string
		var row, key any
		err := rows.Scan(&table, &row, &parent, &key)
		broken[table+" refer to missing rows of "+parent]++
		return err
	}, "PRAGMA foreign_key_check")
	for what, n := range broken {
		c.found("%d rows of %s", n, what)
	}
	if err != nil || c.folder != "index" {
		return err
	}
	var misplaced int
	err = c.db.QueryRowContext(ctx, `SELECT count(*) FROM passages p JOIN entries e ON e.n = p.entry
		WHERE p.start < 0 OR p.end < p.start OR p.end > octet_length(e.text)`).Scan(&misplaced)
	if misplaced > 0 {
		c.found("%d passages do not fit the text of their entries", misplaced)
	}
	return err
}

// sums compares every row with its checksum.
func (c *checking) sums(ctx context.Context) error {
	if !c.summed {
		return nil
	}
	tables, err := summed(ctx, c.db)
	if err != nil {
		return err
	}
	for table, columns := range tables {
		var n int
		query := fmt.Sprintf("SELECT count(*) FROM %s NOT INDEXED WHERE sum IS NOT daybook_sum(%s)", table, columns)
		if err := c.db.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			c.found("%d rows of %s do not fit their checksums", n, table)
		}
	}
	return nil
}

// summed returns the tables with checksums, and the columns that these cover.
func summed(ctx context.Context, db querier) (map[string]string, error) {
	columns := map[string]string{}
	tables := map[string]string{}
	return tables, each(ctx, db, func(rows *sql.Rows) error {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return err
		}
		if column == "sum" {
			tables[table] = strings.TrimPrefix(columns[table], ", ")
		}
		columns[table] += ", " + column
		return nil
	}, `SELECT t.name, x.name FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) x
		WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY t.name, x.cid`)
}

// fullText compares the full-text index with the passages, in a copy: FTS5
// writes to say what it finds.
func (c *checking) fullText(ctx context.Context) error {
	if c.folder != "index" || !c.sound {
		return nil
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var words string
	if err := c.db.QueryRowContext(ctx, "SELECT sql FROM sqlite_schema WHERE name = 'words'").Scan(&words); err != nil {
		return err
	}
	statements := []string{"CREATE TABLE passages (id INTEGER PRIMARY KEY, terms TEXT NOT NULL)", words, "INSERT INTO passages (id, terms) SELECT id, terms FROM old.passages"}
	for _, shadow := range []string{"words_data (id, block)", "words_idx (segid, term, pgno)", "words_docsize (id, sz)", "words_config (k, v)"} {
		table, columns, _ := strings.Cut(shadow, " ")
		columns = strings.Trim(columns, "()")
		statements = append(statements, "DELETE FROM main."+table, fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %[2]s FROM old.%[1]s", table, columns))
	}
	options := "?mode=ro"
	if _, err := os.Stat(c.path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		options += "&immutable=1"
	}
	if _, err := db.ExecContext(ctx, "ATTACH ? AS old", uri(c.path)+options); err != nil {
		return err
	}
	for _, s := range append(statements, "INSERT INTO main.words (words, rank) VALUES ('integrity-check', 1)") {
		if _, err := db.ExecContext(ctx, s); err != nil {
			if isDamage(err) {
				c.found("the full-text index does not fit the passages")
				return nil
			}
			return err
		}
	}
	return nil
}

// missing compares the records with the counts in the witness file.
func (c *checking) missing(ctx context.Context) error {
	was, err := (&witness{path: witnessPath(c.path)}).read()
	if err != nil {
		return err
	}
	var is counts
	var number int64
	if c.exists {
		if !c.summed {
			return nil
		}
		db, err := inspect(c.path)
		if err != nil {
			return err
		}
		defer db.Close()
		err = db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM threads), (SELECT count(*) FROM analyses), (SELECT value FROM meta WHERE key = 'sequence')").
			Scan(&is.Threads, &is.Analyses, &number)
		if err != nil {
			return wrap("count the conversations", err)
		}
	}
	was.Lost += max(0, keptSequence(c.path)-number)
	for _, what := range missingOf(c.path, was, is) {
		c.findings = append(c.findings, Finding{File: filepath.Clean(c.path), What: what})
	}
	return nil
}
