package importer

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/threads"
)

// iso is how the older service writes a time: UTC, without saying so.
const iso = "2006-01-02T15:04:05.000000"

func threadID(i int) string { return fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012x", i) }

func messageID(thread, i int) string {
	return fmt.Sprintf("bbbbbbbb-0000-4000-8000-%06x%06x", thread, i)
}

type object = map[string]any

func threadRecord(i int) object {
	return object{
		"thread_id": threadID(i), "title": fmt.Sprintf("Title %d", i), "tags": []string{"#a", "b"},
		"created_at": day.Add(time.Duration(i) * time.Hour).Format(iso), "updated_at": day.Add(time.Duration(i+1) * time.Hour).Format(iso),
	}
}

func messageRecord(thread, i int) object {
	return object{
		"message_id": messageID(thread, i), "thread_id": threadID(thread), "role": []string{"user", "assistant"}[i%2],
		"timestamp": day.Add(time.Duration(thread)*time.Hour + time.Duration(i)*time.Minute).Format(iso),
		"content":   fmt.Sprintf("SECRET words %d of %d, “ü” \\ \"NaN\"", i, thread),
	}
}

// with returns a record with a field changed, or gone for nil.
func (w *world) with(record object, field string, value any) object {
	if record[field] = value; value == nil {
		delete(record, field)
	}
	return record
}

// chatsOf is a chats.json of records.
func chatsOf(threads, messages []object) string {
	data, err := json.Marshal(object{"threads": threads, "messages": messages})
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return string(data)
}

// chatsJSON is one of so many threads, of so many messages each.
func chatsJSON(threads, each int) string {
	var t, m []object
	for i := range threads {
		t = append(t, threadRecord(i))
		for j := range each {
			m = append(m, messageRecord(i, j))
		}
	}
	return chatsOf(t, m)
}

// wantThread checks that a thread and its messages are as the records say.
func (w *world) wantThread(i int, messages ...int) {
	w.t.Helper()
	got, err := threads.In(w.store).Thread(w.t.Context(), threadID(i))
	if err != nil {
		w.t.Error(err)
		return
	}
	wanted := daybook.Thread{
		ID: threadID(i), Title: fmt.Sprintf("Title %d", i), Tags: []string{"#a", "b"},
		CreatedAt: day.Add(time.Duration(i) * time.Hour), UpdatedAt: day.Add(time.Duration(i+1) * time.Hour),
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", wanted) {
		w.t.Errorf("came in as\n%+v\nwent out as\n%+v", got, wanted)
	}
	list, err := w.store.Messages(w.t.Context(), threadID(i))
	if err != nil || len(list) != len(messages) {
		w.t.Errorf("thread %d has %d messages, %v; want %d", i, len(list), err, len(messages))
		return
	}
	for n, j := range messages {
		r := messageRecord(i, j)
		m := list[n]
		if m.ID != r["message_id"] || m.Text != r["content"] || string(m.Role) != r["role"] || m.Time.Format(iso) != r["timestamp"] || m.Status != "" {
			w.t.Errorf("message %d of thread %d is %+v, want %v", n, i, m, r)
		}
	}
}

func TestImportChats(t *testing.T) {
	plain := chatsJSON(3, 4)
	var v object
	if err := json.Unmarshal([]byte(plain), &v); err != nil {
		t.Fatal(err)
	}
	indented, err := json.MarshalIndent(v, "", "\t") // messages come first then
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain": plain, "messages first": string(indented), "mark and CRLF": "\ufeff" + strings.ReplaceAll(string(indented), "\n", "\r\n"),
		"more keys": `{"version": 2, "journal": {"deep": [[{"x": null}]]}, "threads": null,` + plain[1:],
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			path := w.write("chats.json", text)
			r := w.imports(path)
			if r.Kind != Chats || r.Threads != (Count{In: 3}) || r.Messages != (Count{In: 12}) || len(r.Left) > 0 {
				t.Errorf("%+v %s", r, left(r))
			}
			for i := range 3 {
				w.wantThread(i, 0, 1, 2, 3)
			}
			before := dump(t, w.store)
			r = w.imports(path)
			if r.Threads != (Count{There: 3}) || r.Messages != (Count{There: 12}) {
				t.Errorf("once more: %+v", r)
			}
			want(t, "the store after the second time", dump(t, w.store), before)
		})
	}
}

func TestImportMissingMessages(t *testing.T) {
	w := newWorld(t)
	at := func(list ...int) (records []object) {
		for _, j := range list {
			records = append(records, messageRecord(0, j))
		}
		return records
	}
	w.imports(w.write("some.json", chatsOf([]object{threadRecord(0)}, at(3, 1, 5))))
	w.wantThread(0, 1, 3, 5)
	// What somebody did to the thread here since stays.
	if err := threads.In(w.store).RenameThread(t.Context(), threadID(0), "Renamed", day.Add(100*time.Hour)); err != nil {
		t.Fatal(err)
	}
	r := w.imports(w.write("all.json", chatsOf([]object{threadRecord(0)}, at(0, 1, 2, 3, 4, 5, 6))))
	if r.Threads != (Count{There: 1}) || r.Messages != (Count{In: 4, There: 3}) {
		t.Errorf("%+v", r)
	}
	th, err := threads.In(w.store).Thread(t.Context(), threadID(0))
	if err != nil || th.Title != "Renamed" || !th.UpdatedAt.Equal(day.Add(100*time.Hour)) {
		t.Errorf("%+v, %v", th, err)
	}
	if err := threads.In(w.store).RenameThread(t.Context(), threadID(0), "Title 0", day.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.wantThread(0, 0, 1, 2, 3, 4, 5, 6)
	// A file of messages alone finds the thread that is here.
	r = w.imports(w.write("alone.json", chatsOf(nil, at(7))))
	if r.Threads != (Count{}) || r.Messages != (Count{In: 1}) {
		t.Errorf("%+v", r)
	}
	w.wantThread(0, 0, 1, 2, 3, 4, 5, 6, 7)
}

func TestSkippedRecords(t *testing.T) {
	w := newWorld(t)
	threads := []object{
		threadRecord(0),
		w.with(threadRecord(1), "thread_id", "not-a-uuid"),
		w.with(threadRecord(2), "thread_id", strings.ToUpper("{"+threadID(2)+"}")),
		w.with(threadRecord(3), "created_at", "yesterday"),
		w.with(threadRecord(4), "updated_at", nil),
		w.with(threadRecord(5), "created_at", 1709294400),
		w.with(threadRecord(6), "tags", "#a"),
		threadRecord(0),
		w.with(threadRecord(7), "created_at", "0001-01-01T00:00:00"),
		nil,
	}
	messages := []object{
		messageRecord(0, 0),
		w.with(messageRecord(0, 1), "role", "system"),
		w.with(messageRecord(0, 2), "message_id", "' OR 1=1 --"),
		w.with(messageRecord(0, 3), "timestamp", "2024-02-30T12:00:00"),
		w.with(messageRecord(0, 4), "content", nil),
		w.with(messageRecord(0, 5), "content", object{"text": "SECRET"}),
		messageRecord(0, 0),
		messageRecord(9, 0), // of no thread
		messageRecord(3, 0), // of one that was left out
		w.with(messageRecord(0, 6), "thread_id", nil),
		w.with(messageRecord(0, 7), "status", "pending"),
		nil,
		messageRecord(0, 8),
	}
	r := w.imports(w.write("chats.json", chatsOf(threads, messages)))
	if r.Threads != (Count{In: 1}) || r.Messages != (Count{In: 2}) {
		t.Errorf("%+v", r)
	}
	want(t, "left out", left(r), `1 message still being written there messages[10]
1 message with a role other than user or assistant messages[1]
1 message with an id that came before messages[6]
1 message with an invalid time messages[3]
1 thread with an id that came before threads[7]
2 message in an unknown form messages[4] messages[5]
2 message with an id that is not a UUID messages[2] messages[11]
2 thread in an unknown form threads[5] threads[6]
3 message of a thread that neither the source nor this journal has messages[9] messages[7] messages[8]
3 thread with an id that is not a UUID threads[1] threads[2] threads[9]
3 thread with an invalid time threads[3] threads[4] threads[8]`)
	w.wantThread(0, 0, 8)
	if data, err := json.Marshal(r); err != nil || strings.Contains(string(data), "SECRET") {
		t.Errorf("the report shows what was said: %s, %v", data, err)
	}
}

func TestThreadWithoutATitle(t *testing.T) {
	w := newWorld(t)
	bare := w.with(w.with(threadRecord(0), "title", nil), "tags", nil)
	w.imports(w.write("chats.json", chatsOf([]object{bare}, nil)))
	th, err := threads.In(w.store).Thread(t.Context(), threadID(0))
	if err != nil || th.Title != "Chat 2024-03-01 12:00" || th.Tags != nil {
		t.Errorf("%+v, %v", th, err)
	}
}

func TestTimes(t *testing.T) {
	for text, wanted := range map[string]string{
		"2024-03-01T12:34:56.123456":       "2024-03-01T12:34:56.123456",
		"2024-03-01T12:34:56.123456789":    "2024-03-01T12:34:56.123456",
		"2024-03-01T12:34:56":              "2024-03-01T12:34:56.000000",
		"2024-03-01 12:34:56.5":            "2024-03-01T12:34:56.500000",
		"2024-03-01T12:34":                 "2024-03-01T12:34:00.000000",
		"2024-03-01T12:34:56Z":             "2024-03-01T12:34:56.000000",
		"2024-03-01T01:34:56+02:00":        "2024-02-29T23:34:56.000000",
		"2024-03-01T12:34:56.123456+00:00": "2024-03-01T12:34:56.123456",
		"2024-03-01":                       "", "": "", "12:34": "", "2024-13-01T00:00:00": "", "1969-12-31T23:59:59": "", "99999-01-01T00:00:00": "",
		"2024-03-01T12:34:56 CET": "",
	} {
		got, ok := parseTime(text)
		if ok != (wanted != "") || ok && got.Format(iso) != wanted {
			t.Errorf("%q is read as %v, %v; want %s", text, got, ok, wanted)
		}
	}
}

// If a file is cut off anywhere, everything before the cut is imported.
// Importing the whole file afterwards gives the same result as importing it at
// once.
func TestChatsCutAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	w := newWorld(t)
	text := chatsOf([]object{threadRecord(0)}, []object{messageRecord(0, 0), messageRecord(0, 1)})
	w.imports(w.write("chats.json", text))
	wanted := dump(t, w.store)
	kept := map[int]bool{}
	for n := range len(text) {
		if err := threads.In(w.store).DeleteThread(t.Context(), threadID(0)); err != nil {
			t.Fatal(err)
		}
		r, err := New(w.c).Import(t.Context(), w.write("chats.json", text[:n]))
		if err != nil || r.Err == nil {
			t.Fatalf("cut at %d: %v, %+v", n, err, r)
		}
		kept[r.Threads.In+r.Messages.In] = true
		w.imports(w.write("chats.json", text))
		if got := dump(t, w.store); got != wanted {
			t.Fatalf("cut at %d and then whole:\n%s\nwant:\n%s", n, got, wanted)
		}
	}
	// The messages come first in this file, and have no thread without it.
	if len(kept) != 2 || !kept[0] || !kept[3] {
		t.Errorf("so many came in of the parts: %v", kept)
	}
	turned := `{"threads": ` + text[strings.Index(text, `"threads":`)+len(`"threads":`):len(text)-1] + `, "messages": ` + text[len(`{"messages":`):strings.Index(text, `,"threads":`)]
	if err := threads.In(w.store).DeleteThread(t.Context(), threadID(0)); err != nil {
		t.Fatal(err)
	}
	r, err := New(w.c).Import(t.Context(), w.write("chats.json", turned[:len(turned)-20]))
	if err != nil || r.Err == nil || r.Threads.In != 1 || r.Messages.In != 1 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestTruncatedChats(t *testing.T) {
	whole := chatsJSON(2, 2)
	deep := strings.Repeat("[", 5000)
	for name, text := range map[string]string{
		"something behind it": whole + "x",
		"another one":         whole + whole,
		"no JSON in a list":   strings.TrimSuffix(whole, "}") + `, "more": [nul}`,
		"deep":                strings.TrimSuffix(whole, "}") + `, "more": ` + deep,
		"deep in a list":      strings.TrimSuffix(whole, "]}") + "," + strings.Repeat(deep, 3),
		"no list":             strings.TrimSuffix(whole, "}") + `, "threads": 7}`,
	} {
		w := newWorld(t)
		r, err := New(w.c).Import(t.Context(), w.write("chats.json", text))
		if err != nil || r.Err == nil || r.Unread() {
			t.Errorf("%s: %v, %v", name, err, r.Err)
		}
		// encoding/json sorts the keys: messages came first, so all was read.
		if name != "deep in a list" && (r.Threads.In != 2 || r.Messages.In != 4) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestHugeThread(t *testing.T) {
	w := newWorld(t)
	var messages []object
	for j := range 5 {
		messages = append(messages, w.with(messageRecord(0, j), "content", strings.Repeat("x", 300<<10)))
	}
	messages = append(messages, messageRecord(1, 0))
	im := New(w.c)
	im.maxThread = 1 << 20
	r, err := im.Import(t.Context(), w.write("chats.json", chatsOf([]object{threadRecord(0), threadRecord(1)}, messages)))
	if err != nil || r.Err != nil || r.Threads.In != 1 || r.Messages.In != 1 {
		t.Errorf("%v, %+v", err, r)
	}
	want(t, "left out", left(r), "1 thread larger than 1 MB \n5 message of a thread larger than 1 MB messages[0] messages[1] messages[2] messages[3] messages[4]")
	w.wantThread(1, 0)
	if _, err := threads.In(w.store).Thread(t.Context(), threadID(0)); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("half a thread came in: %v", err)
	}
	if filepath.Base(r.Source) != "chats.json" {
		t.Errorf("source %s", r.Source)
	}
}
