package main

import (
	"fmt"

	"github.com/schollz/progressbar/v3"

	"daybook/internal/ingest"
)

// progress shows how far some work is: a bar in a terminal, and nothing
// elsewhere, where the lines that follow say what was done.
type progress struct {
	world world
	label string
	least int // pieces of work; fewer are over before anybody could read the bar
	bar   *progressbar.ProgressBar
}

func newProgress(w world, label string) *progress {
	return &progress{world: w, label: label, least: 50}
}

// update shows that done of total are done.
func (p *progress) update(done, total int) {
	if !p.world.progress || total < p.least {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.world.stderr),
			progressbar.OptionSetDescription(p.label),
			progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionEnableColorCodes(newStyle(p.world).colour),
		)
	}
	p.bar.ChangeMax(total)
	_ = p.bar.Set(done) // a bar that cannot be drawn stops no work
}

// describe labels the bar, once there is one.
func (p *progress) describe(label string) {
	const most = 40
	p.label = shortened(newStyle(p.world).plain(label), most)
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

// counted writes "1 note" or "3 notes".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
