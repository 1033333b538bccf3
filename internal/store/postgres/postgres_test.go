package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook"

	"daybook/internal/store"
	"daybook/internal/store/postgres"
	"daybook/internal/store/postgres/pgtest"
	"daybook/internal/store/storetest"
	"daybook/internal/threads"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }

func open(t *testing.T) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), pgtest.Shared(t).Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// unbound is a database whose user no row-level security holds, as that of
// somebody who was careless may be.
func unbound(t *testing.T) (db *postgres.DB, address string) {
	t.Helper()
	given := pgtest.Shared(t).Database(t)
	tables, err := postgres.Open(t.Context(), given) // which are the usual user's
	ok(t, err)
	ok(t, tables.Close())
	address = strings.Replace(given, "//"+pgtest.Role+"@", "//postgres@", 1)
	db, err = postgres.Open(t.Context(), address)
	ok(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db, address
}

func owner(t *testing.T, db *postgres.DB, name string) *postgres.Store {
	t.Helper()
	s, err := db.Owner(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The owners of all tests live in one database, as those of an installation do.
func TestStore(t *testing.T) { testStore(t, open(t)) }

// Every query names its owner: they are apart without row-level security too.
func TestStoreWithoutRowLevelSecurity(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	db, _ := unbound(t)
	testStore(t, db)
}

func testStore(t *testing.T, db *postgres.DB) {
	var owners atomic.Int64
	storetest.Run(t, func(t *testing.T) store.Store { return owner(t, db, fmt.Sprint("owner ", owners.Add(1))) })
	storetest.RunAnalyses(t, func(t *testing.T) storetest.Keeper { return owner(t, db, fmt.Sprint("owner ", owners.Add(1))) })
}

func note(id, text string) store.Note {
	n := store.Note{Entry: daybook.Entry{ID: id, Kind: daybook.Daily, Path: id + ".md", Title: id, Text: text, TextLine: 1,
		Dates: []daybook.Date{{Year: 2024, Month: 1, Day: 2}}, Tags: []string{"#x"}}}
	n.State = store.NoteState{Kind: daybook.Daily, Path: n.Entry.Path, EntryID: id}
	n.Passages = []store.IndexedPassage{{Passage: daybook.Passage{EntryID: id, End: len(text), Line: 1, Text: text}, Terms: strings.ToLower(text)}}
	return n
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// full gives an owner a row in every table.
func full(t *testing.T, s *postgres.Store) {
	t.Helper()
	ctx, at := t.Context(), time.Unix(1, 0).UTC()
	ok(t, s.Apply(ctx, store.Batch{Put: []store.Note{note("n", "tea and toast")}}))
	passages, err := s.Passages(ctx, "n")
	ok(t, err)
	ok(t, s.PutVectors(ctx, store.Space{Model: "p/m", Dim: 2}, []store.PassageVector{{ID: passages[0].ID, Vector: []float32{3, 4}}}))
	ok(t, s.Apply(ctx, store.SetMeta("k", "v")))
	ok(t, threads.In(s).CreateThread(ctx, daybook.Thread{ID: "t", CreatedAt: at, UpdatedAt: at}))
	_, _, err = threads.In(s).BeginTurn(ctx, daybook.Turn{ThreadID: "t", Key: "k", Beat: at,
		Question: daybook.Message{ID: "q", ThreadID: "t", Time: at}, Answer: daybook.Message{ID: "a", ThreadID: "t", Time: at, Status: daybook.Pending}})
	ok(t, err)
	ok(t, s.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "p", Updated: at}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "k", Scan: [32]byte{}, Text: "x"}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{"n.md": {Text: "x"}}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "a", Head: &store.Analysis{ID: "a", Created: at, Updated: at}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "a", Steps: []store.AnalysisStep{{ID: "s"}}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "a", Step: &store.AnalysisStep{ID: "s", Key: "k"}, Results: []store.StepResult{{Key: "k", Entries: []string{"n"}}}}))
	ok(t, s.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{{Day: "2024-01-01"}}}))
	ok(t, s.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{store.LedgerLine{ID: "l", At: at, Body: []byte("{}")}}}))
	lease, err := s.Lease(ctx, "l")
	ok(t, err)
	t.Cleanup(lease.Release)
}

// Row-level security holds back what a query that forgot its owner asks for,
// and what names another: in every table that has an owner.
func TestRowLevelSecurity(t *testing.T) {
	address := pgtest.Shared(t).Database(t)
	db, err := postgres.Open(t.Context(), address)
	ok(t, err)
	defer db.Close()
	one, two := owner(t, db, "one"), owner(t, db, "two")
	full(t, one)
	full(t, two)
	for _, name := range []string{"one", "two"} { // owners that are there become accounts
		_, err = db.AddAccount(t.Context(), name, "/journals/"+name, "")
		ok(t, err)
		_, err = db.NewToken(t.Context(), name, false)
		ok(t, err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	ok(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'owner' AND c.relname <> 'tokens'`) // which say who is who
	ok(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	ok(t, err)
	if len(tables) < 15 {
		t.Fatalf("only %d tables have an owner", len(tables))
	}
	seen := func(table, who, where string) (n int) {
		ok(t, pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), "SELECT set_config('daybook.owner', $1, true)", who); err != nil {
				return err
			}
			return tx.QueryRow(t.Context(), "SELECT count(*) FROM "+table+where).Scan(&n)
		}))
		return n
	}
	for _, table := range tables {
		if n := seen(table, "", ""); n != 0 {
			t.Errorf("%s shows %d rows to nobody", table, n)
		}
		if n := seen(table, "1", " WHERE owner = 2"); n != 0 {
			t.Errorf("%s shows %d rows of another", table, n)
		}
		if n := seen(table, "1", ""); n == 0 {
			t.Errorf("%s shows an owner nothing: the test proves nothing", table)
		}
		for _, change := range []string{"UPDATE " + table + " SET owner = 2", "INSERT INTO " + table + " SELECT (jsonb_populate_record(t, '{\"owner\": 2}')).* FROM " + table + " t"} {
			if table == "spaces" && change[0] == 'I' {
				continue // its numbers are the database's to give
			}
			err := as(t, conn, "1", change)
			if pg := (*pgconn.PgError)(nil); !errors.As(err, &pg) || pg.Code != "42501" {
				t.Errorf("%s gives a row to another: %v", change, err)
			}
		}
		ok(t, as(t, conn, "1", "DELETE FROM "+table+" WHERE owner = 2"))
		if n := seen(table, "2", ""); n == 0 {
			t.Errorf("%s lost what is another's", table)
		}
	}
	// Nothing runs with more rights than who asks.
	var n int
	ok(t, conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace)
		+ (SELECT count(*) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace)`).Scan(&n))
	if n != 0 {
		t.Errorf("%d functions or views see what others own", n)
	}
}

// as changes something as an owner.
func as(t *testing.T, conn *pgx.Conn, who, change string) error {
	return pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "SELECT set_config('daybook.owner', $1, true)", who); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), change)
		return err
	})
}

// A connection that goes back to the others is nobody's, also after a query
// that failed and one whose asker went away.
func TestConnectionsLoseTheirOwner(t *testing.T) {
	db := open(t)
	one := owner(t, db, "one")
	full(t, one)
	if err := one.Apply(t.Context(), store.Batch{Put: []store.Note{note("x", "a"), note("x", "b")}}); err == nil {
		t.Error("a note was there twice")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.EntryOf(ctx, one, "n"); err == nil {
		t.Error("an answer to nobody")
	}
	if _, err := store.EntryOf(t.Context(), one, "n"); err != nil {
		t.Error(err)
	}
	idle := db.Pool().AcquireAllIdle(t.Context())
	if len(idle) == 0 {
		t.Fatal("no connection was given back")
	}
	for _, conn := range idle {
		var who string
		var n int
		if err := conn.QueryRow(t.Context(), "SELECT coalesce(current_setting('daybook.owner', true), ''), (SELECT count(*) FROM entries)").Scan(&who, &n); err != nil || who != "" || n != 0 {
			t.Errorf("it is %q's and shows %d entries, %v", who, n, err)
		}
		conn.Release()
	}
}

// What cannot be a token is not asked for.
func TestWhatIsNoTokenIsNotLookedUp(t *testing.T) {
	db := open(t)
	ok(t, db.Close())
	for _, token := range []string{"", "x", "the-token-of-the-house", "daybook_" + strings.Repeat("A", 60_000)} {
		if _, err := db.Bearer(t.Context(), token); daybook.KindOf(err) != daybook.NotFound {
			t.Errorf("%.20q: %v", token, err)
		}
	}
}

// Nothing is left of an owner who is removed, in any table, nor is anything of
// another's gone.
func TestRemovedOwnerLeavesNoRow(t *testing.T) {
	db, address := unbound(t)
	full(t, owner(t, db, "one"))
	full(t, owner(t, db, "two"))
	for _, name := range []string{"one", "two"} {
		_, err := db.AddAccount(t.Context(), name, "/journals/"+name, "")
		ok(t, err)
		_, err = db.NewToken(t.Context(), name, false)
		ok(t, err)
	}
	bound, err := postgres.Open(t.Context(), strings.Replace(address, "//postgres@", "//"+pgtest.Role+"@", 1))
	ok(t, err)
	defer bound.Close()
	ok(t, bound.RemoveAccount(t.Context(), "one"))
	conn, err := pgx.Connect(t.Context(), address) // who sees everything
	ok(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'owner'`)
	ok(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	ok(t, err)
	for _, table := range tables {
		var ones, twos int
		ok(t, conn.QueryRow(t.Context(), "SELECT count(*) FILTER (WHERE owner = 1), count(*) FILTER (WHERE owner = 2) FROM "+table).Scan(&ones, &twos))
		if ones != 0 || twos == 0 {
			t.Errorf("%s has %d rows of who was removed, and %d of another", table, ones, twos)
		}
	}
}

// A user whom row-level security does not hold is known.
func TestUserIsKnownToBeBound(t *testing.T) {
	careless, _ := unbound(t)
	for db, want := range map[*postgres.DB]bool{open(t): true, careless: false} {
		if bound, err := db.Bound(t.Context()); err != nil || bound != want {
			t.Errorf("%v, %v; want %v", bound, err, want)
		}
	}
}

// Two owners have the same ids, and neither sees nor changes the other's.
func TestOwnersAreApart(t *testing.T) {
	db := open(t)
	one, two := owner(t, db, "one"), owner(t, db, "two")
	full(t, one)
	full(t, two)
	ok(t, two.Apply(t.Context(), store.Batch{Put: []store.Note{note("n", "coffee")}}))
	ok(t, two.WriteThread(t.Context(), store.ThreadChange{ID: "t", Delete: true}))
	ok(t, two.WriteScans(t.Context(), store.ScanBatch{ForgetPages: []string{"k"}}))
	hits, err := one.SearchWords(t.Context(), store.WordQuery{Any: []string{"tea", "coffee"}}, store.Filter{}, 9)
	if err != nil || len(hits) != 1 {
		t.Errorf("%d hits, %v", len(hits), err)
	}
	if messages, err := one.Messages(t.Context(), "t"); err != nil || len(messages) != 2 {
		t.Errorf("%d messages, %v", len(messages), err)
	}
	if _, known, err := store.PageTextOf(t.Context(), one, "k"); !known || err != nil {
		t.Errorf("a page is known: %v, %v", known, err)
	}
	if again := owner(t, db, "one"); second(again.Generation(t.Context())) != nil {
		t.Error("an owner cannot be opened again")
	}
}

// Terms of every length are found; those that begin alike are not mixed up.
func TestLongTerms(t *testing.T) {
	s := owner(t, open(t), "one")
	long := strings.Repeat("x", 20_000)
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", long+"y"), note("b", long+"z")}}))
	hits, err := s.SearchWords(t.Context(), store.WordQuery{Any: []string{long + "z"}}, store.Filter{}, 9)
	if err != nil || len(hits) != 1 || hits[0].Passage.EntryID != "b" {
		t.Errorf("%+v, %v", hits, err)
	}
	v, err := s.Vocabulary(t.Context(), false)
	if err != nil || v.Count(long+"y") != 1 || v.Count(long+"z") != 1 || len(v.Terms) != 2 {
		t.Errorf("%d terms, %v", len(v.Terms), err)
	}
}

// A server that goes away and comes back is no reason to start again: what is
// asked meanwhile fails by its kind, and what was kept is there.
func TestServerGoesAwayAndComesBack(t *testing.T) {
	server := pgtest.New(t)
	db, err := postgres.Open(t.Context(), server.Database(t))
	ok(t, err)
	defer db.Close()
	s := owner(t, db, "one")
	full(t, s)
	for range 2 {
		server.Kill()
		for name, err := range map[string]error{
			"Generation": second(s.Generation(t.Context())),
			"Apply":      s.Apply(t.Context(), store.Batch{Put: []store.Note{note("m", "x")}}),
			"Entry":      second(store.EntryOf(t.Context(), s, "n")),
			"Words":      second(s.SearchWords(t.Context(), store.WordQuery{Any: []string{"tea"}}, store.Filter{}, 1)),
		} {
			if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(daybook.PublicMessage(err), "database") {
				t.Errorf("%s while the server is away: %v", name, err)
			}
		}
		ok(t, server.Start())
		if e, err := store.EntryOf(t.Context(), s, "n"); err != nil || e.Text != "tea and toast" {
			t.Errorf("%+v, %v", e, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// What a server refuses is not quoted: it is somebody's diary.
func TestErrorsAreDiscreet(t *testing.T) {
	s := owner(t, open(t), "one")
	secret := note("a", "my secret")
	clash := note("b", "my secret")
	clash.Entry.Path = secret.Entry.Path
	err := s.Apply(t.Context(), store.Batch{Put: []store.Note{secret, clash}})
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(fmt.Sprintf("%+v", err), "a.md") {
		t.Errorf("error %v", err)
	}
	_, err = postgres.Open(t.Context(), "postgres://me:hunter2@localhost:notaport/x")
	if daybook.KindOf(err) != daybook.Invalid || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
	_, err = postgres.Open(t.Context(), "postgres://me:hunter2@127.0.0.1:1/x")
	if daybook.KindOf(err) != daybook.Unavailable || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}
