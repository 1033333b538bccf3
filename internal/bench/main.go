// Command bench measures Daybook's performance targets against fake providers
// in a separate process, and prints a table. It needs the binary (make build)
// and, for most figures, the journal in ../shared.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
)

// bench is one run.
type bench struct {
	ctx     context.Context
	binary  string
	journal string
	model   string // the folder of the built-in model
	work    string // a folder of the run's own
	fake    *fakeProcess
	// passages are the store sizes to measure.
	passages []int
	rows     []row
}

// errLeftOut is wrapped by figures that can't be measured here.
var errLeftOut = errors.New("left out")

// row is a line of the table.
type row struct{ what, bar, figure, how string }

// figures lists all measurements by the name that -only takes.
var figures = []struct {
	name string
	run  func(*bench) error
}{
	{"index", (*bench).index},
	{"warm", (*bench).warmStart},
	{"vault", (*bench).largeVault},
	{"watch", (*bench).watch},
	{"first", (*bench).firstToken},
	{"chat", (*bench).chats},
	{"offline", (*bench).offlineChats},
	{"streams", (*bench).streams},
	{"leaving", (*bench).leaving},
	{"scan", (*bench).scan},
	{"document", (*bench).document},
	{"vectors", (*bench).vectors},
	{"search", (*bench).search},
	{"embedding", (*bench).embedding},
	{"analysis", (*bench).analysis},
	{"stores", (*bench).many},
	{"exact", (*bench).exact},
	{"owners", (*bench).owners},
	{"servers", (*bench).servers},
	{"questions", (*bench).questions},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	asFake := flag.Bool("fake", false, "be the fake of the providers")
	binary := flag.String("binary", "bin/daybook", "the program to measure")
	journal := flag.String("journal", "../shared/journals/pepys-1660-1664", "a journal of about 1,800 notes")
	model := flag.String("model", ".cache/model", "the folder of the built-in embedding model")
	passages := flag.String("passages", "100000", "how many passages the stores are measured with, separated by commas")
	only := flag.String("only", "", "measure these alone, by name, separated by commas")
	flag.StringVar(&storesAsked, "stores", storesAsked, "which stores are measured with them, separated by commas")
	flag.IntVar(&manyOwners, "owners", manyOwners, "how many owners PostgreSQL is measured with, of 3,400 entries each")
	flag.Parse()
	var err error
	if *asFake {
		err = serveFake(ctx)
	} else {
		err = run(ctx, *binary, *journal, *model, *only, *passages)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, journal, model, only, passages string) (err error) {
	b := &bench{ctx: ctx}
	for part := range strings.SplitSeq(passages, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1000 {
			return fmt.Errorf("-passages must be numbers from 1000 on, separated by commas")
		}
		b.passages = append(b.passages, n)
	}
	if b.binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	if b.journal, err = filepath.Abs(journal); err != nil {
		return err
	}
	if b.model, err = filepath.Abs(model); err != nil {
		return err
	}
	for _, needed := range []string{b.binary, b.journal} {
		if _, err := os.Stat(needed); err != nil {
			return fmt.Errorf("%s is missing (make build makes the binary; -journal names a journal)", needed)
		}
	}
	if b.work, err = os.MkdirTemp("", "daybook-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	if b.fake, err = startFake(ctx); err != nil {
		return err
	}
	defer b.fake.stop()
	for _, f := range figures {
		if only != "" && !strings.Contains(","+only+",", ","+f.name+",") {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring: %s\n", f.name)
		if err := f.run(b); errors.Is(err, errLeftOut) {
			fmt.Fprintf(os.Stderr, "%s: %v\n", f.name, err)
		} else if err != nil {
			return fmt.Errorf("measure %s: %w", f.name, err)
		}
	}
	b.print()
	return nil
}

func (b *bench) add(what, bar, how, figure string, args ...any) {
	b.rows = append(b.rows, row{what, bar, fmt.Sprintf(figure, args...), how})
	fmt.Fprintf(os.Stderr, "%s: %s\n", what, fmt.Sprintf(figure, args...))
}

func (b *bench) print() {
	fmt.Println("| what | bar | measured | how |\n| --- | --- | --- | --- |")
	for _, r := range b.rows {
		fmt.Printf("| %s | %s | %s | %s |\n", r.what, r.bar, r.figure, r.how)
	}
}
