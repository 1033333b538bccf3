package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"daybook"
)

// plainLog writes warnings and errors as lines for a person at a terminal. It
// is safe for concurrent use.
type plainLog struct {
	mu  sync.Mutex
	out io.Writer
}

// Enabled implements slog.Handler.
func (*plainLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (l *plainLog) Handle(_ context.Context, r slog.Record) error {
	line := "daybook: " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			line += ": " + daybook.PublicMessage(err)
		}
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintln(l.out, line)
	return err
}

// WithAttrs implements slog.Handler. A person does not need them.
func (l *plainLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *plainLog) WithGroup(string) slog.Handler { return l }
