package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"daybook/internal/migrate"
	"daybook/internal/store"
	"daybook/internal/store/lancedb"
	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/store/postgres"
	"daybook/internal/store/postgres/pgtest"
	"daybook/internal/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }

// where names a store: its kind, its folder, and its server's address.
type where struct{ kind, dir, address string }

func (w where) open(ctx context.Context) (store.Store, error) {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return nil, err
	}
	switch w.kind {
	case "postgres":
		return postgres.OpenOwner(ctx, w.address, "me")
	case "lance":
		local, err := sqlite.Open(ctx, filepath.Join(w.dir, "local.db"))
		if err != nil {
			return nil, err
		}
		return lancedb.Open(ctx, lancedb.Config{Address: w.address, Local: local, Lock: filepath.Join(w.dir, "lock")})
	}
	return sqlite.Open(ctx, filepath.Join(w.dir, "daybook.db"))
}

func (w where) String() string { return w.kind + "\n" + w.dir + "\n" + w.address }

func place(t testing.TB, kind string) where {
	w := where{kind: kind, dir: t.TempDir()}
	switch kind {
	case "postgres":
		w.address = pgtest.Shared(t).Database(t)
	case "lance":
		_, w.address = lancetest.Run(t, filepath.Join(w.dir, "lance"))
	}
	return w
}

// copying is set in a process that copies until it is killed.
const copying = "DAYBOOK_TEST_COPYING"

// TestCopying is that process.
func TestCopying(t *testing.T) {
	said := strings.Split(os.Getenv(copying), "\n")
	if len(said) != 6 {
		t.Skip("this is a process of TestKilledWhileCopying")
	}
	ctx := context.Background()
	from := must(where{said[0], said[1], said[2]}.open(ctx))(t)
	to := must(where{said[3], said[4], said[5]}.open(ctx))(t)
	fmt.Fprintln(os.Stderr, "copies")
	_, err := migrate.Run(ctx, from, to, nil)
	ok(t, errors.Join(err, from.Close(), to.Close()))
}

// TestKilledWhileCopying kills a copy at random moments, in every direction,
// and begins it again: in the end everything is there, and once. DAYBOOK_KILLS
// says how often at least, all directions together.
func TestKilledWhileCopying(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	kinds := []string{"file", "lance", "postgres"}
	want, _ := strconv.Atoi(os.Getenv("DAYBOOK_KILLS"))
	each := want / (len(kinds) * (len(kinds) - 1))
	for _, from := range kinds {
		for _, to := range kinds {
			if from == to {
				continue
			}
			t.Run(from+" to "+to, func(t *testing.T) {
				kills := 0
				for {
					kills += killed(t, place(t, from), place(t, to))
					if kills >= each || t.Failed() {
						break
					}
				}
				t.Logf("killed %d times", kills)
			})
		}
	}
}

// killed kills a copy until it is done and returns how often.
func killed(t *testing.T, from, to where) (kills int) {
	source := must(from.open(t.Context()))(t)
	fill(t, source, 40)
	ok(t, source.Close())
	for pause := 20 * time.Millisecond; ; pause += time.Duration(40+rand.IntN(300)) * time.Millisecond {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCopying$", "-test.count=1")
		cmd.Env = append(os.Environ(), copying+"="+from.String()+"\n"+to.String())
		out := must(cmd.StderrPipe())(t)
		var said strings.Builder
		cmd.Stdout = &said
		ok(t, cmd.Start())
		if _, err := out.Read(make([]byte, 6)); err != nil {
			t.Fatalf("it does not copy: %v", err)
		}
		timer := time.AfterFunc(pause, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		if timer.Stop() && err != nil {
			t.Fatalf("after %d kills: %v\n%s", kills, err, said.String())
		}
		if err == nil {
			break
		}
		if kills++; kills > 40 {
			t.Fatal("it comes to no end")
		}
	}
	source, target := must(from.open(t.Context()))(t), must(to.open(t.Context()))(t)
	defer func() { ok(t, errors.Join(source.Close(), target.Close())) }()
	one, other := must(source.Stats(t.Context()))(t), must(target.Stats(t.Context()))(t)
	if fmt.Sprint(one) != fmt.Sprint(other) || one.Entries != 40 || one.Messages != 25 {
		t.Errorf("there are %+v, and were %+v", other, one)
	}
	if want, got := everythingOf(t, source), everythingOf(t, target); got != want {
		t.Errorf("there is\n%s\nand not\n%s", got, want)
	}
	if got := written(run(t, source, target)); strings.Contains(strings.ReplaceAll(got, " 0/", ""), "/") {
		t.Errorf("once more it copied %s", got)
	}
	return kills
}

// everythingOf says what a store holds, by other ways than a copy compares.
func everythingOf(t testing.TB, s store.Store) string {
	ctx := t.Context()
	var lines []string
	for _, e := range must(s.Newest(ctx, store.Filter{}, 0))(t) {
		lines = append(lines, fmt.Sprintf("%+v", e))
		for _, p := range must(s.Passages(ctx, e.ID))(t) {
			vectors := must(s.VectorsOf(ctx, store.Space{Model: "p/m", Dim: 16}, []int64{p.ID}))(t)
			p.ID = 0
			lines = append(lines, fmt.Sprintf("%+v", p))
			for _, v := range vectors {
				lines = append(lines, fmt.Sprint(v.Vector))
			}
		}
	}
	for _, th := range must(s.Threads(ctx))(t) {
		lines = append(lines, fmt.Sprintf("%+v", th))
		for _, m := range must(s.Messages(ctx, th.ID))(t) {
			lines = append(lines, fmt.Sprintf("%+v", m))
		}
		lines = append(lines, fmt.Sprintf("%+v", must(s.Turns(ctx, store.TurnQuery{ThreadID: th.ID}))(t)))
	}
	for _, scan := range must(s.Scans(ctx))(t) {
		lines = append(lines, fmt.Sprintf("%+v %+v", scan, must(store.WrittenIn(ctx, s, scan.Note))(t)))
	}
	lines = append(lines, fmt.Sprintf("%+v", must(s.UsedSince(ctx, ""))(t)), fmt.Sprintf("%+v", must(s.Lines(ctx, store.LedgerFilter{}))(t)), fmt.Sprintf("%+v", must(s.StepResults(ctx, []string{"k1"}))(t)))
	for _, a := range must(s.Analyses(ctx))(t) {
		lines = append(lines, fmt.Sprintf("%+v %+v", a, must(s.Steps(ctx, a.ID))(t)))
	}
	vocabulary := must(s.Vocabulary(ctx, false))(t)
	lines = append(lines, fmt.Sprint(vocabulary.Terms, vocabulary.Counts))
	if slices.Contains(lines, "") {
		t.Error("something says nothing")
	}
	return strings.Join(lines, "\n")
}
