package rank

import (
	"context"
	"iter"
	"sync"
	"time"

	"daybook/internal/llm"
)

// Expected tokens of a call to order passages.
const (
	likelyInput  = 4500
	likelyOutput = 30
)

// leastInput is the shortest prompt, in tokens, that measures how fast a model
// reads; leastOutput is the same for how fast it writes.
const (
	leastInput  = 300
	leastOutput = 20
)

// slowWriting is assumed for a model that has written little, in tokens a second.
const slowWriting = 30

// A model that was too slow is not asked for a while, longer each time.
const (
	firstPause = 2 * time.Minute
	lastPause  = 24 * time.Hour
)

// bytesPerToken is a cautious estimate if a provider does not report usage.
const bytesPerToken = 4

// Pace measures how fast models are, from calls that are made anyway. It is
// safe for concurrent use.
type Pace struct {
	mu     sync.Mutex
	models map[llm.Ref]*pace
}

type pace struct {
	reads, writes float64 // tokens a second; 0 is unknown
	pause         time.Duration
	until         time.Time // when the model may be asked for help again
}

// NewPace returns a Pace without measurements.
func NewPace() *Pace { return &Pace{models: map[llm.Ref]*pace{}} }

func (p *Pace) of(ref llm.Ref) *pace {
	m, ok := p.models[ref]
	if !ok {
		m = &pace{}
		p.models[ref] = m
	}
	return m
}

// Fast reports whether a model is likely to order passages in time. If
// measured, a model of unknown speed is not fast. A model that was too slow lately
// is not fast either.
func (p *Pace) Fast(ref llm.Ref, within time.Duration, measured bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.of(ref)
	if time.Now().Before(m.until) {
		return false
	}
	if m.reads == 0 {
		return !measured
	}
	writes := m.writes
	if writes == 0 {
		writes = slowWriting
	}
	return likelyInput/m.reads+likelyOutput/writes <= within.Seconds()
}

// paused reports whether a model was too slow lately.
func (p *Pace) paused(ref llm.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.of(ref).until)
}

// noteCall records a call for help, and whether it was too slow.
func (p *Pace) noteCall(ref llm.Ref, late bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.of(ref)
	if !late {
		m.pause = 0
		return
	}
	m.pause = min(max(2*m.pause, firstPause), lastPause)
	m.until = time.Now().Add(m.pause)
}

// noteStream records the time to the first token, and from then to the end.
func (p *Pace) noteStream(ref llm.Ref, used llm.Usage, begin, rest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.of(ref)
	if used.InputTokens >= leastInput && begin > 0 {
		m.reads = average(m.reads, float64(used.InputTokens)/begin.Seconds())
	}
	if used.OutputTokens >= leastOutput && rest > 0 {
		m.writes = average(m.writes, float64(used.OutputTokens)/rest.Seconds())
	}
}

// average gives the latest value the same weight as all earlier ones together.
func average(before, now float64) float64 {
	if before == 0 {
		return now
	}
	return (before + now) / 2
}

// Watch returns m with its calls measured by p.
func (p *Pace) Watch(ref llm.Ref, m llm.ChatModel) llm.ChatModel { return watched{m, ref, p} }

type watched struct {
	llm.ChatModel
	ref  llm.Ref
	pace *Pace
}

// Stream implements llm.ChatModel.
func (w watched) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		started := time.Now()
		var first time.Time
		used := llm.Usage{InputTokens: sizeOf(req) / bytesPerToken}
		said := 0
		for chunk, err := range w.ChatModel.Stream(ctx, req) {
			output := chunk.Text != "" || chunk.Call != nil
			if output && first.IsZero() {
				first = time.Now()
			}
			said += len(chunk.Text)
			if chunk.Usage != (llm.Usage{}) {
				used = chunk.Usage
			}
			if !yield(chunk, err) || err != nil {
				return
			}
		}
		if used.OutputTokens == 0 {
			used.OutputTokens = said / bytesPerToken
		}
		if !first.IsZero() {
			w.pace.noteStream(w.ref, used, first.Sub(started), time.Since(first))
		}
	}
}

func sizeOf(req llm.Request) int {
	n := len(req.System)
	for _, m := range req.Messages {
		n += len(m.Text)
	}
	return n
}
