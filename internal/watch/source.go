package watch

import "github.com/fsnotify/fsnotify"

// source delivers events until close, which closes events.
type source struct {
	events <-chan fsnotify.Event
	errors <-chan error
	add    func(path string) error // watches the content of a folder
	close  func() error
}

func openSource() (*source, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &source{w.Events, w.Errors, w.Add, w.Close}, nil
}

// maxQueue bounds the queued events.
const maxQueue = 20_000

// batch has the events of a source, in order.
type batch struct {
	events []fsnotify.Event
	failed int // number of errors, mostly overflows of a queue
}

// pump reads events from the source while it is open, so that the source never
// blocks: on Windows, it could not add a watch meanwhile.
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
