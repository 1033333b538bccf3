package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/store/postgres/pgtest"
)

// allRow is the last line of what "daybook eval" prints.
var allRow = regexp.MustCompile(`(?m)^ *all +\d+ +(\S+) +(\S+) +(\S+) +(.*)$`)

// questions measures how well each store finds the days of the questions in
// ../shared, with the built-in model. The journal is embedded once and kept;
// the other stores get everything by "daybook migrate".
func (b *bench) questions() error {
	questions := filepath.Join(filepath.Dir(filepath.Dir(b.journal)), "eval", filepath.Base(b.journal)+".jsonl")
	if _, err := os.Stat(questions); err != nil {
		return fmt.Errorf("%w: there are no questions: %s", errLeftOut, questions)
	}
	model, err := b.builtin()
	if err != nil {
		return err
	}
	data, err := filepath.Abs(filepath.Join(kept, "questions"))
	if err != nil {
		return err
	}
	run := func(store string, args ...string) (string, error) {
		cmd := exec.CommandContext(b.ctx, b.binary, append(args, "--journal", b.journal)...)
		cmd.Env = append(b.environment("questions", model...), "DAYBOOK_DATA="+data, "DAYBOOK_STORE="+store)
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%s: %w: %s", args[0], err, out)
		}
		return string(out), err
	}
	if _, err := run("", "index"); err != nil {
		return err
	}
	stores, end, err := b.serverStores()
	defer end()
	if err != nil {
		return err
	}
	var found []string
	for _, store := range append([][2]string{{"SQLite", ""}}, stores...) {
		if store[1] != "" {
			if _, err := run(store[1], "migrate"); err != nil {
				return err
			}
		}
		out, err := run(store[1], "eval", questions)
		if err != nil {
			return err
		}
		row := allRow.FindStringSubmatch(out)
		if row == nil {
			return fmt.Errorf("eval says something else: %s", out)
		}
		found = append(found, fmt.Sprintf("%s hit@1 %s, hit@5 %s, MRR %s", store[0], row[1], row[2], row[3]))
	}
	b.add("30 questions whose days are known, in each store", "they differ by one hit at most", "the built-in model's vectors, copied by “daybook migrate”", "%s", strings.Join(found, "; "))
	return nil
}

// serverStores starts an empty store of each server type that is available
// here, and returns their names and addresses.
func (b *bench) serverStores() (stores [][2]string, end func(), err error) {
	var ends []func()
	end = func() {
		for _, f := range ends {
			f()
		}
	}
	if python, err := lancetest.Python(); err == nil {
		server, err := lancetest.Start(python)
		if err != nil {
			return nil, end, err
		}
		ends = append(ends, server.Kill)
		address, err := server.Serve(filepath.Join(b.work, "questions-lance"))
		if err != nil {
			return nil, end, err
		}
		stores = append(stores, [2]string{"LanceDB", "lancedb+" + address})
	}
	if server, err := pgtest.Launch(pgtest.Options{}); err == nil {
		ends = append(ends, server.End)
		address, err := server.NewDatabase()
		if err != nil {
			return nil, end, err
		}
		stores = append(stores, [2]string{"PostgreSQL", address})
	}
	return stores, end, nil
}
