package llmtest

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"strings"
)

// soundPath is where OpenAI's protocol takes recordings.
const soundPath = "/audio/transcriptions"

// sounds are the extensions by which OpenAI knows the format of a recording.
const sounds = ".flac .mp3 .mp4 .mpeg .mpga .m4a .ogg .wav .webm"

// transcribe plays a script for a recording: its deltas are the words.
func (s *Server) transcribe(w http.ResponseWriter, r *http.Request, body []byte) {
	r.Body = io.NopCloser(bytes.NewReader(body))
	req, wrong := soundOf(r)
	if wrong != "" {
		s.violated("openai: " + wrong)
		fail(w, openai{}, Script{Status: http.StatusBadRequest, Code: "invalid_request_error"})
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	script := s.play(req)
	switch {
	case script.Mute:
		s.untilLeft(r)
	case script.Status != 0:
		fail(w, openai{}, script)
	case script.Body != "":
		s.body(w, r, script)
	case s.pause(r, script.First):
		answer(w, []byte(`{"text":`+quote(strings.Join(script.Deltas, ""))+`}`))
	}
}

// soundOf reads a call for the words of a recording, and says what is wrong with
// it.
func soundOf(r *http.Request) (Request, string) {
	req := Request{Provider: "openai"}
	if err := r.ParseMultipartForm(64 << 20); err != nil {
		return req, "a recording that is not sent as a form"
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return req, "a call for words without a recording"
	}
	defer file.Close()
	if req.Sound, err = io.ReadAll(file); err != nil || len(req.Sound) == 0 {
		return req, "an empty recording"
	}
	req.Model = r.FormValue("model")
	ext := path.Ext(header.Filename)
	switch {
	case req.Model == "":
		return req, "a recording without a model"
	case ext == "" || !strings.Contains(sounds, ext):
		return req, "a recording of an unknown format, " + ext
	case r.FormValue("response_format") != "json":
		return req, "a recording without response_format json"
	}
	return req, ""
}
