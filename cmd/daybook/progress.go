package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"daybook/internal/ingest"
)

// progress shows how far some work is: a bar in a terminal, and elsewhere a line
// now and then, behind which those follow that say what was done.
type progress struct {
	env   env
	label string
	least int // pieces of work; fewer are over before anybody could read the bar
	bar   *progressbar.ProgressBar
	said  time.Time // when it began, or the last line was written
}

// lineEvery is how often a line says how far it is.
const lineEvery = 5 * time.Second

func newProgress(w env, label string) *progress {
	return &progress{env: w, label: label, least: 50, said: time.Now()}
}

// update shows that done of total are done.
func (p *progress) update(done, total int) {
	if total < p.least {
		return
	}
	if !p.env.progress {
		if now := time.Now(); now.Sub(p.said) >= lineEvery {
			p.said = now
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
			progressbar.OptionEnableColorCodes(newStyle(p.env).colour),
		)
	}
	p.bar.ChangeMax(total)
	_ = p.bar.Set(done) // a bar that cannot be drawn stops no work
}

// describe labels the bar, once there is one.
func (p *progress) describe(label string) {
	const most = 40
	p.label = shortened(newStyle(p.env).plain(label), most)
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("%-*s", most, p.label))
	}
}

// ingest shows how far reading the journal is.
func (p *progress) ingest(done ingest.Progress) { p.update(done.Done, done.Total) }

// done takes the bar away.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}
