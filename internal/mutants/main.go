// Command mutants measures what the tests of a package notice. It makes small
// changes to the package's code, one at a time, and runs the tests on each:
// a change with which they still pass has survived.
//
// All changes of a package are compiled into one test binary and chosen by an
// environment variable, so that each costs a run of the tests and no build.
// Each test is first run alone, which shows the changes that it reaches. Only
// these tests are run on a change, the quickest first.
package main

import (
	"flag"
	"log"
	"regexp"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("mutants: ")
	tests := flag.String("tests", "", "packages whose tests to run, separated by commas; the package's own by default")
	pattern := flag.String("run", "", "run only tests that match, as go test -run does")
	short := flag.Bool("short", false, "leave out what the tests leave out with go test -short")
	files := flag.String("files", "", "change only these files of the package, separated by commas")
	match := flag.String("match", "", "try only changes whose line in the report matches this regular expression")
	limit := flag.Int("n", 0, "try at most so many of the changes that are reached, spread evenly; 0 tries all")
	keep := flag.String("keep", "", "keep the measurement in this folder, and continue the one found there")
	most := flag.Duration("for", 0, "stop after this time; -keep continues from there")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: mutants [flags] PACKAGE")
	}
	matching, err := regexp.Compile(*match)
	if err != nil {
		log.Fatal(err)
	}
	m := &measurement{pattern: *pattern, short: *short, limit: *limit, match: matching, dir: *keep, most: *most}
	if err := m.run(flag.Arg(0), split(*tests), split(*files)); err != nil {
		log.Fatal(err)
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}
