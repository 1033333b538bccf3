package httpapi

import (
	"archive/zip"
	"encoding/json"
	"net/http"
	"time"

	"daybook"
	"daybook/internal/export"
)

// Export returns the exporter of the whole journal.
func Export(folders []export.Folder, chats Chat, threads Threads, analyses export.Analyses, now func() time.Time) export.Source {
	return export.Source{
		Folders: folders, Threads: threads.Threads, Messages: chats.Messages, Analyses: analyses, Now: now,
		Text: func(t daybook.Thread, messages []daybook.Message) string {
			return markdownOf(t, messages, now().Location())
		},
		JSON: marshalThreads,
	}
}

// marshalThreads encodes conversations in the format that the command import
// reads.
func marshalThreads(threads []daybook.Thread, messages []daybook.Message) ([]byte, error) {
	file := exportJSON{Threads: []threadJSON{}, Messages: []messageJSON{}}
	for _, t := range threads {
		file.Threads = append(file.Threads, threadJSONOf(t))
	}
	for _, m := range messages {
		file.Messages = append(file.Messages, messageJSONOf(m))
	}
	return json.MarshalIndent(file, "", "  ")
}

// exportAll streams the file. If it fails, it breaks the connection, so that an
// incomplete file is not mistaken for a whole one.
func (s *server) exportAll(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", attachment("Daybook "+s.Now().Format(time.DateOnly), ".zip"))
	z := zip.NewWriter(w)
	_, err := export.Write(r.Context(), Export(s.Folders, s.Chat, s.Threads, s.Analyses, s.Now), export.Zip(z))
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		return
	}
	if !left(r.Context()) {
		s.Log.Error("export everything", "err", err)
	}
	panic(http.ErrAbortHandler)
}
