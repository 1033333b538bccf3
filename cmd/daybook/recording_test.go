package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/internal/llm/llmtest"
)

// speaker is a person who records notes.
type speaker struct {
	*person
	url  string
	fake *llmtest.Server
}

func speaks(t *testing.T, notes map[string]string, play func(llmtest.Request) llmtest.Script) *speaker {
	s := &speaker{person: newPerson(t)}
	s.journal(notes)
	if play != nil {
		s.fake = llmtest.Start(t, play)
		s.env["OPENAI_API_KEY"], s.env["OPENAI_BASE_URL"] = llmtest.Key, s.fake.BaseURL("openai")
		s.env["DAYBOOK_MODEL_SPEECH"] = "openai/whisper-1"
	}
	s.url, _, _ = s.serves("--model-embedding", "none")
	return s
}

type recorded struct {
	Entry, Name, Date string
	Reads             bool
}

// sound is a recording as browsers make them.
var sound = append([]byte("\x1a\x45\xdf\xa3"), bytes.Repeat([]byte("sound"), 500)...)

func (s *speaker) records(query string, data []byte) (status int, r recorded) {
	s.t.Helper()
	resp, err := http.Post(s.url+"/recordings?"+query, "application/octet-stream", bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	_ = json.Unmarshal(body, &r)
	return resp.StatusCode, r
}

func (s *speaker) transcribes(r recorded) int {
	s.t.Helper()
	return s.call(http.MethodPost, s.url+"/entries/"+r.Entry+"/recordings/transcribe", object{"name": r.Name}, &object{})
}

func (s *speaker) note(name string) string {
	data, _ := os.ReadFile(filepath.Join(s.dir, "journal", name))
	return string(data)
}

// A recording is kept beside the note, and its words are written behind it once
// they are asked for.
func TestRecordingBecomesWords(t *testing.T) {
	failing := true
	s := speaks(t, map[string]string{"06-04-2024.md": "Typed in the morning.\n"}, func(r llmtest.Request) llmtest.Script {
		if r.Model != "whisper-1" || !bytes.Equal(r.Sound, sound) {
			t.Errorf("asked %s with %d bytes", r.Model, len(r.Sound))
		}
		if failing {
			return llmtest.Script{Status: http.StatusBadRequest, Code: "invalid_request_error"}
		}
		return llmtest.Script{Deltas: []string{"We saw a xylophone in the harbour."}}
	})
	status, r := s.records("at=2024-06-04T18:05:00", sound)
	const embed = "![[Recording 2024-06-04 18.05.00.webm]]"
	if status != http.StatusCreated || !r.Reads || r.Date != "2024-06-04" {
		t.Fatalf("%d %+v", status, r)
	}
	if got := s.note("06-04-2024.md"); got != "Typed in the morning.\n\n18:05\n\n"+embed+"\n" {
		t.Errorf("the note:\n%s", got)
	}
	if data, err := os.ReadFile(filepath.Join(s.dir, "journal", "attachments", r.Name)); err != nil || !bytes.Equal(data, sound) {
		t.Errorf("the recording: %d bytes, %v", len(data), err)
	}
	if status, again := s.records("at=2024-06-04T18:05:00", sound); status != http.StatusCreated || again != r || strings.Count(s.note("06-04-2024.md"), "![[") != 1 {
		t.Errorf("the same again: %d %+v\n%s", status, again, s.note("06-04-2024.md"))
	}
	if status := s.transcribes(r); status < 400 || strings.Contains(s.note("06-04-2024.md"), "xylophone") {
		t.Errorf("a failing provider: %d", status)
	}
	failing = false
	for range 2 {
		if status := s.transcribes(r); status != http.StatusOK {
			t.Fatalf("transcribe: %d", status)
		}
	}
	if got := s.note("06-04-2024.md"); got != "Typed in the morning.\n\n18:05\n\n"+embed+"\n\nWe saw a xylophone in the harbour.\n" {
		t.Errorf("the note:\n%s", got)
	}
	eventually(t, func() bool { return len(s.finds(s.url, "xylophone")) == 1 })
	if body := s.get(s.url + "/ledger?task=speech"); !strings.Contains(body, "whisper-1") {
		t.Errorf("the ledger: %s", body)
	}
	if status, body, header := s.visits("", http.MethodGet, s.url+"/entries/"+r.Entry+"/file?name="+strings.ReplaceAll(r.Name, " ", "%20"), ""); status != http.StatusOK || body != string(sound) {
		t.Errorf("it does not play: %d %v", status, header)
	}
	if status := s.transcribes(recorded{Entry: r.Entry, Name: "../06-04-2024.md"}); status != http.StatusNotFound {
		t.Errorf("a file that the note does not have: %d", status)
	}
}

// Private recordings are in a private note, and sent to nobody: also where the
// note becomes private later.
func TestPrivateRecordingIsNotSent(t *testing.T) {
	s := speaks(t, map[string]string{"06-04-2024.md": "A public note.\n", "06-05-2024.md": "---\nprivate: true\n---\n\nA private note.\n"}, func(llmtest.Request) llmtest.Script {
		t.Error("something is sent")
		return llmtest.Script{Deltas: []string{"no"}}
	})
	for day, note := range map[string]string{"2024-06-04": "06-04-2024 Private.md", "2024-06-05": "06-05-2024.md", "2024-06-06": "06-06-2024.md"} {
		status, r := s.records("private=true&at="+day+"T18:05:00", sound)
		if status != http.StatusCreated || r.Reads {
			t.Fatalf("%s: %d %+v", day, status, r)
		}
		if text := s.note(note); !strings.HasPrefix(text, "---\nprivate: true\n---\n") || strings.Count(text, "![[") != 1 {
			t.Errorf("%s:\n%s", note, text)
		}
		if status := s.transcribes(r); status != http.StatusConflict {
			t.Errorf("%s is transcribed: %d", day, status)
		}
	}
	if got := s.note("06-04-2024.md"); got != "A public note.\n" {
		t.Errorf("the public note:\n%s", got)
	}
	// A public recording does not go into a private note.
	if _, r := s.records("at=2024-06-05T19:00:00", sound); strings.Count(s.note("06-05-2024.md"), "![[") != 1 || !strings.Contains(s.note("06-05-2024 Recording.md"), r.Name) {
		t.Errorf("%+v\n%s", r, s.note("06-05-2024.md"))
	}
}

// A recording that a private note embeds too is sent to nobody, whatever other
// notes have it.
func TestRecordingOfTwoNotes(t *testing.T) {
	s := speaks(t, map[string]string{"06-07-2024.md": "A public note.\n"}, func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Deltas: []string{"what was said"}}
	})
	_, first := s.records("at=2024-06-04T18:05:00", sound)
	_, other := s.records("at=2024-06-05T18:05:00", append([]byte(nil), append(sound, 'x')...))
	s.journal(map[string]string{"06-08-2024.md": "---\nprivate: true\n---\n\nMine alone: ![so](attachments/" + strings.ReplaceAll(first.Name, " ", "%20") + ")\n"})
	eventually(t, func() bool { return len(s.finds(s.url, "alone")) == 1 })
	if status := s.transcribes(first); status != http.StatusConflict || len(s.fake.Requests()) != 0 {
		t.Errorf("transcribed: %d, %d sent", status, len(s.fake.Requests()))
	}
	if status := s.transcribes(other); status != http.StatusOK {
		t.Errorf("another recording: %d", status)
	}
}

// Without a model a recording is kept without words, and said to be.
func TestRecordingWithoutAModel(t *testing.T) {
	s := speaks(t, nil, nil)
	status, r := s.records("at=2024-06-04T18:05:00", sound)
	if status != http.StatusCreated || r.Reads || !strings.Contains(s.note("06-04-2024.md"), r.Name) {
		t.Errorf("%d %+v", status, r)
	}
	if status := s.transcribes(r); status != http.StatusConflict {
		t.Errorf("transcribe: %d", status)
	}
	for query, data := range map[string][]byte{
		"at=2024-06-04T18:05:00": []byte("Dear diary"), "at=yesterday": sound, "": sound, "at=2024-06-04T18:05:00&private=maybe": sound,
	} {
		if status, _ := s.records(query, data); status != http.StatusUnprocessableEntity {
			t.Errorf("%q with %d bytes: %d", query, len(data), status)
		}
	}
}
