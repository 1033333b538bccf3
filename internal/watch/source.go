package watch

import "github.com/fsnotify/fsnotify"

// source is where signs of changes come from, until close, which closes events.
type source struct {
	events <-chan fsnotify.Event
	errors <-chan error
	add    func(path string) error // watches what is in a folder
	close  func() error
}

func openSource() (*source, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &source{w.Events, w.Errors, w.Add, w.Close}, nil
}

// maxQueue bounds the events that wait to be looked at.
const maxQueue = 20_000

// batch is what came from a source, in order.
type batch struct {
	events []fsnotify.Event
	failed int // errors, most often of more events than the system or we keep
}

// pump takes signs from the source for as long as it is open, so that it
// never waits for who reads them: on Windows it would not watch another
// folder meanwhile.
func (s *source) pump() <-chan batch {
	out := make(chan batch)
	go func() {
		defer close(out)
		var b batch
		errors := s.errors
		for {
			var to chan<- batch
			if len(b.events)+b.failed > 0 {
				to = out
			}
			select {
			case ev, ok := <-s.events:
				if !ok {
					return
				}
				if b.events = append(b.events, ev); len(b.events) > maxQueue {
					b = batch{failed: b.failed + 1}
				}
			case _, ok := <-errors:
				if !ok {
					errors = nil
					continue
				}
				b.failed++
			case to <- b:
				b = batch{}
			}
		}
	}()
	return out
}
