package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"daybook"
)

// chatIndex describes the content of a file of chats. The texts of messages
// stay in the file until their thread is imported.
type chatIndex struct {
	threads []fileThread
	byID    map[string]int // of threads
	seen    map[uuid.UUID]bool
}

func newChatIndex() *chatIndex {
	return &chatIndex{byID: map[string]int{}, seen: map[uuid.UUID]bool{}}
}

// fileThread is a thread with the positions of its messages. A thread that the
// file lacks only has messages.
type fileThread struct {
	thread   daybook.Thread
	inFile   bool
	messages []place
}

// place is the position of a message in a file.
type place struct {
	time  int64 // Unix microseconds
	start int64
	size  int32
	index int32 // among the messages
}

// chats imports a file of chats. If the file ends early, what was read until
// then is imported.
func (im *Importer) chats(ctx context.Context, in input, r *Report) error {
	x := newChatIndex()
	readErr := x.read(ctx, in, r)
	if readErr != nil && !isSource(readErr) {
		return readErr
	}
	for i := range x.threads {
		im.Progress(Progress{"Importing the chats", i, len(x.threads)})
		if err := im.chat(ctx, in, &x.threads[i], r); err != nil {
			return err
		}
	}
	return readErr
}

// read reads the file once and records what is in it.
func (x *chatIndex) read(ctx context.Context, in input, r *Report) error {
	d := newDecoder(in.from(), maxRecord)
	if t, err := d.token(); err != nil || t != json.Delim('{') {
		return orElse(err, errForm())
	}
	for d.more() {
		key, err := d.token()
		if err != nil {
			return err
		}
		switch key {
		case "threads":
			err = eachRecord(ctx, d, func(raw json.RawMessage, i int) { r.met++; x.addThread(raw, i, r) })
		case "messages":
			err = eachRecord(ctx, d, func(raw json.RawMessage, i int) { r.met++; x.addMessage(raw, i, d.InputOffset(), r) })
		default:
			err = d.skip()
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return err
	}
	return d.end()
}

// eachRecord calls f for every element of the next list, which may be null.
func eachRecord(ctx context.Context, d *decoder, f func(raw json.RawMessage, i int)) error {
	switch t, err := d.token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return errForm()
	}
	for i := 0; d.more(); i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		raw, err := d.value()
		if err != nil {
			return err
		}
		f(raw, i)
	}
	_, err := d.token()
	return err
}

func (x *chatIndex) addThread(raw json.RawMessage, i int, r *Report) {
	t, fault := parseThread(raw)
	if fault == "" {
		f := x.thread(t.ID)
		if !f.inFile {
			f.thread, f.inFile = t, true
			return
		}
		fault = sameID
	}
	r.leave(Thread, fault, fmt.Sprintf("threads[%d]", i))
}

// thread returns the thread with an ID, creating it the first time.
func (x *chatIndex) thread(id string) *fileThread {
	i, ok := x.byID[id]
	if !ok {
		i = len(x.threads)
		x.byID[id] = i
		x.threads = append(x.threads, fileThread{thread: daybook.Thread{ID: id}})
	}
	return &x.threads[i]
}

// addMessage records a message that ends at byte end.
func (x *chatIndex) addMessage(raw json.RawMessage, i int, end int64, r *Report) {
	m, fault := parseMessage(raw)
	id, _ := uuid.Parse(m.ID) // valid, since parseMessage found no fault
	switch {
	case fault != "":
	case !isUUID(m.ThreadID):
		fault = noThread
	case x.seen[id]:
		fault = sameID
	}
	if fault != "" {
		r.leave(Message, fault, messagePlace(i))
		return
	}
	x.seen[id] = true
	t := x.thread(m.ThreadID)
	t.messages = append(t.messages, place{m.Time.UnixMicro(), end - int64(len(raw)), int32(len(raw)), int32(i)})
}

func messagePlace(i int) string { return fmt.Sprintf("messages[%d]", i) }

// chat imports a thread of a file.
func (im *Importer) chat(ctx context.Context, in input, f *fileThread, r *Report) error {
	fault := ""
	if !f.inFile {
		t, err := im.Threads.Thread(ctx, f.thread.ID)
		switch {
		case daybook.KindOf(err) == daybook.NotFound:
			fault = noThread
		case err != nil:
			return fmt.Errorf("load a thread: %w", err)
		}
		f.thread = t
	}
	var size int64
	for _, p := range f.messages {
		size += int64(p.size)
	}
	if size > im.maxThread {
		fault = fmt.Sprintf("of a thread larger than %d MB", im.maxThread>>20)
		if f.inFile {
			r.leave(Thread, fmt.Sprintf("larger than %d MB", im.maxThread>>20), "")
		}
	}
	if fault != "" {
		for _, p := range f.messages {
			r.leave(Message, fault, messagePlace(int(p.index)))
		}
		return nil
	}
	messages, err := f.load(in)
	if err != nil {
		return err
	}
	return im.merge(ctx, f.thread, messages, f.inFile, r)
}

// load reads a thread's messages.
func (f *fileThread) load(in input) ([]daybook.Message, error) {
	messages := make([]daybook.Message, 0, len(f.messages))
	for _, p := range f.messages {
		raw := make([]byte, p.size)
		if _, err := io.ReadFull(newFinite(io.NewSectionReader(in, p.start, int64(p.size))), raw); err != nil {
			return nil, changed(err)
		}
		m, fault := parseMessage(raw)
		if fault != "" || m.Time.UnixMicro() != p.time || m.ThreadID != f.thread.ID {
			return nil, changed(nil)
		}
		messages = append(messages, m)
	}
	return messages, nil
}

func changed(err error) error {
	return sourceError{&daybook.Error{Kind: daybook.Conflict, Message: "The file changed while it was read. Import it again.", Err: err}}
}

// merge stores a thread and its messages. The counts leave out threads that the
// source itself lacks.
func (im *Importer) merge(ctx context.Context, t daybook.Thread, messages []daybook.Message, inSource bool, r *Report) error {
	slices.SortStableFunc(messages, func(a, b daybook.Message) int { return cmp.Compare(a.Time.UnixMicro(), b.Time.UnixMicro()) })
	created, added, err := im.Threads.MergeThread(ctx, t, messages)
	if err != nil {
		return fmt.Errorf("store a thread: %w", err)
	}
	switch {
	case !inSource:
	case created:
		r.Threads.In++
	default:
		r.Threads.There++
	}
	r.Messages.In += added
	r.Messages.There += len(messages) - added
	return nil
}
