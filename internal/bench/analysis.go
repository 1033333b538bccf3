package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// analysis analyses the whole journal for a question, in small steps, 16 at a
// time, and then again, which needs no model calls.
func (b *bench) analysis() error {
	config := filepath.Join(b.work, "analysis.toml")
	if err := os.WriteFile(config, []byte("[context_windows]\nopenai = 6000\n"), 0o600); err != nil {
		return err
	}
	run := func() (took time.Duration, calls int, err error) {
		cmd := exec.CommandContext(b.ctx, b.binary, "analyze", "--yes", "--json", "--journal", b.journal, "How did my relation to work change?")
		cmd.Env = b.environment("analysis", "DAYBOOK_CONFIG="+config, "DAYBOOK_MODEL_CHAT=openai/"+analyst)
		out, err := cmd.Output()
		if err != nil {
			return 0, 0, fmt.Errorf("analyse the journal: %w", err)
		}
		var done struct {
			Status  string
			Usage   struct{ Calls int }
			Created time.Time `json:"created_at"`
			Updated time.Time `json:"updated_at"`
		}
		if err := json.Unmarshal(out, &done); err != nil || done.Status != "complete" {
			return 0, 0, fmt.Errorf("the analysis is %q (%v)", done.Status, err)
		}
		return done.Updated.Sub(done.Created), done.Usage.Calls, nil
	}
	took, calls, err := run()
	if err != nil {
		return err
	}
	again, none, err := run()
	if err != nil {
		return err
	}
	ideal := stepTakes.Seconds() * float64(calls) / 16
	b.add("1,810 entries analysed, 1 s a step, 16 at a time", "≤ 1.3 × the ideal",
		fmt.Sprintf("%d calls, ideally in %.0f s, from its beginning to its end; asked again, %d calls in %.1f s", calls, ideal, none, again.Seconds()),
		"%.0f s, %.2f ×", took.Seconds(), took.Seconds()/ideal)
	return nil
}
