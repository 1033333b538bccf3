package lancedb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/gofrs/flock"

	"daybook"
	"daybook/internal/store"
)

// Config configures a Store.
type Config struct {
	// Address is the server's, such as http://host:port or, for one of several
	// databases, https://host/database. Key is sent to it unless it is empty.
	Address, Key string
	// Local stores what the server does not. The store closes it.
	Local Local
	// Lock is a file by which the processes on this machine take turns.
	Lock string
	// Read cuts an entry of the older service into passages with their terms.
	// It is called while there is no data of our own.
	Read func(daybook.Entry) []store.IndexedPassage
	// Older is the model of the older service's vectors.
	Older string
	// IndexFrom is the number of vectors above which they are indexed; 0 is
	// 50,000.
	IndexFrom int
	Log       *slog.Logger
}

// Local is a store on this machine for what the server does not keep.
type Local interface {
	work
	store.Threads
	// Meta and SetMeta keep what is still to be done on the server.
	Meta(ctx context.Context) (map[string]string, error)
	SetMeta(ctx context.Context, key, value string) error
	// Generation counts the changes to scans.
	Generation(ctx context.Context) (string, error)
	Purge(ctx context.Context) error
	Close() error
}

// work is what the local store does instead of the server: the progress of
// scans and analyses, and usage.
type work interface {
	store.Scans
	store.Analyses
	store.Usage
	store.Ledger
}

// Store is a store.Store on a LanceDB server.
type Store struct {
	work  // of local
	local Local

	c      *client
	config Config
	file   *flock.Flock

	schemas atomic.Pointer[map[string]*arrow.Schema] // of the shared tables, as they are

	writing sync.Mutex // one writer at a time in this process; file is for the others

	mu      sync.RWMutex
	memory  *memory // nil until needed
	checked time.Time
	spaces  map[store.Space]*space

	changing   atomic.Bool // this process is changing entries
	indexing   atomic.Bool // vectors are being indexed
	ready      atomic.Bool // the tables are there
	readying   sync.Mutex
	owing      atomic.Bool // the local store has answers that the server lacks
	background context.Context
	end        context.CancelFunc
	running    sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open opens the store on a server. Tables are made at first use, so that
// Daybook starts while the server is away.
func Open(_ context.Context, config Config) (*Store, error) {
	c, err := newClient(config.Address, config.Key)
	if err != nil {
		return nil, errors.Join(err, config.Local.Close())
	}
	if config.IndexFrom == 0 {
		config.IndexFrom = indexFrom
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{work: config.Local, local: config.Local, c: c, config: config, spaces: map[store.Space]*space{}}
	s.file = flock.New(config.Lock, flock.SetPermissions(0o600))
	c.missed = func() { s.ready.Store(false) }
	s.background, s.end = context.WithCancel(context.Background())
	s.owing.Store(true) // a killed process may have left an answer
	s.running.Go(s.settle)
	return s, nil
}

// Close stops background work and closes the local store.
func (s *Store) Close() error {
	s.end()
	s.running.Wait()
	s.c.http.CloseIdleConnections()
	return errors.Join(s.file.Close(), s.local.Close())
}

// purge removes deleted data from the disk of the local store. The server keeps
// it in older versions of its tables until those are cleaned up, for which its
// protocol has no call.
func (s *Store) purge(ctx context.Context) error { return s.local.Purge(ctx) }

// prepare makes missing tables, once; and again if one is missed, because the
// server may be back with another folder.
func (s *Store) prepare(ctx context.Context) error {
	if s.ready.Load() {
		return nil
	}
	s.readying.Lock()
	defer s.readying.Unlock()
	if s.ready.Load() {
		return nil
	}
	there, err := s.c.tables(ctx)
	if err != nil {
		return wrap("look for the tables", err)
	}
	schemas := map[string]*arrow.Schema{}
	for name, schema := range ours {
		if err := s.c.ensure(ctx, name, schema); err != nil {
			return wrap("make the tables", err)
		}
	}
	if err := s.checkFormat(ctx); err != nil {
		return err
	}
	for name, schema := range shared {
		if err := s.c.ensure(ctx, name, schema); err != nil {
			return wrap("make the tables", err)
		}
		if schemas[name], err = s.fits(ctx, name, schema); err != nil {
			return err
		}
	}
	if there[journalTable] {
		if schemas[journalTable], err = s.c.schema(ctx, journalTable); err != nil {
			return wrap("look at the older service's tables", err)
		}
	}
	s.schemas.Store(&schemas)
	s.ready.Store(true)
	return nil
}

// format is the version of our own tables, kept under formatKey.
const (
	format    = 1
	formatKey = "format"
)

// checkFormat refuses tables of a newer Daybook. It records the version of
// tables that have none: new ones, and those made before it was kept.
func (s *Store) checkFormat(ctx context.Context) error {
	found, err := s.c.query(ctx, metaTable, query{columns: []string{"key", "value"}, where: "key = " + quote(formatKey)})
	if err != nil {
		return wrap("read the version of the tables", err)
	}
	noted := false
	err = found.rows(func(v view) error {
		noted = true
		if version, err := strconv.Atoi(v.text("value")); err != nil || version > format {
			return daybook.Errorf(daybook.Invalid, "the tables of the LanceDB folder were made by a newer Daybook (version %s, this one knows %d); use that one", v.text("value"), format)
		}
		return nil
	})
	if err != nil || noted {
		return err
	}
	return wrap("note the version of the tables", s.setMeta(ctx, formatKey, strconv.Itoa(format)))
}

// schemaOf returns the schema of a shared table, nil if that is missing.
func (s *Store) schemaOf(table string) *arrow.Schema {
	if all := s.schemas.Load(); all != nil {
		return (*all)[table]
	}
	return nil
}

// fits returns the schema of a shared table, which must have our columns.
func (s *Store) fits(ctx context.Context, table string, want *arrow.Schema) (*arrow.Schema, error) {
	schema, err := s.c.schema(ctx, table)
	if err != nil {
		return nil, wrap("look at the older service's tables", err)
	}
	for _, f := range want.Fields() {
		if !schema.HasField(f.Name) {
			return nil, daybook.Errorf(daybook.Invalid, "The table %s of the LanceDB folder has no column %s: it is not the older service's, and was left as it is.", table, f.Name)
		}
	}
	return schema, nil
}

// schema returns a table's own schema.
func (c *client) schema(ctx context.Context, table string) (*arrow.Schema, error) {
	found, err := c.query(ctx, table, query{limit: 1, where: "false"})
	if err != nil {
		return nil, err
	}
	return found.schema, nil
}

// lock waits until no other goroutine, and no other process on this machine, writes.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	s.writing.Lock()
	if _, err := s.file.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		s.writing.Unlock()
		return nil, fmt.Errorf("wait for another process to write: %w", err)
	}
	return func() {
		_ = s.file.Unlock() // the end of the process unlocks it anyway
		s.writing.Unlock()
	}, nil
}

// wrap adds to err what was being done. An error without a kind is one of the
// server's, or a mistake of ours.
func wrap(doing string, err error) error {
	var known *daybook.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func notFound(what string) error {
	return daybook.Errorf(daybook.NotFound, "There is no such %s.", what)
}

func (s *Store) setMeta(ctx context.Context, key, value string) error {
	_, err := s.c.merge(ctx, metaTable, "key", metaSchema, []row{{"key": key, "value": value}}, true)
	return err
}

// Meta returns what the index was made with.
func (s *Store) Meta(ctx context.Context) (map[string]string, error) {
	all, err := s.metaWhere(ctx, "key >= 'user:' AND key < 'user;'")
	if err != nil {
		return nil, wrap("load the settings of the index", err)
	}
	out := make(map[string]string, len(all))
	for key, value := range all {
		out[key[len("user:"):]] = value
	}
	return out, nil
}

func (s *Store) metaWhere(ctx context.Context, where string) (map[string]string, error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	found, err := s.c.query(ctx, metaTable, query{columns: []string{"key", "value"}, where: where})
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	return all, found.rows(func(v view) error {
		all[v.text("key")] = v.text("value")
		return nil
	})
}
