package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"daybook/internal/ingest"
)

// progress shows the progress of some work: a bar in a terminal, else a line every
// lineEvery.
type progress struct {
	env   env
	label string
	least int // show nothing for fewer pieces of work
	bar   *progressbar.ProgressBar
	last  time.Time // when the last line was printed, or the start
}

// lineEvery is the time between two lines.
const lineEvery = 5 * time.Second

func newProgress(w env, label string) *progress {
	return &progress{env: w, label: label, least: 50, last: time.Now()}
}

// update shows that done of total pieces are done.
func (p *progress) update(done, total int) {
	if total < p.least {
		return
	}
	if !p.env.progress {
		if now := time.Now(); now.Sub(p.last) >= lineEvery {
			p.last = now
			fmt.Fprintf(p.env.stderr, "%s: %d of %d\n", p.label, done, total)
		}
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.env.rawErr),
			progressbar.OptionSetDescription(p.label),
			progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionEnableColorCodes(newStyle(p.env).color),
		)
	}
	p.bar.ChangeMax(total)
	_ = p.bar.Set(done) // a bar that cannot be drawn is not an error
}

// describe changes the label.
func (p *progress) describe(label string) {
	const most = 40
	p.label = shortened(newStyle(p.env).plain(label), most)
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("%-*s", most, p.label))
	}
}

// ingest shows the progress of reading the journal.
func (p *progress) ingest(done ingest.Progress) { p.update(done.Done, done.Total) }

// done removes the bar.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}
