package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/ingest"
	"daybook/internal/journal"
	"daybook/internal/store"
	"daybook/internal/transcribe"
	"daybook/internal/vault"
)

// Status returns the state of the index and the running jobs.
func (u *upkeep) Status(ctx context.Context) (httpapi.IngestStatus, error) {
	var status httpapi.IngestStatus
	stats, err := u.journal.Store.Stats(ctx)
	if err != nil {
		return status, fmt.Errorf("count indexed entries: %w", err)
	}
	if status.Scans, err = u.journal.Store.Scans(ctx); err != nil {
		return status, err
	}
	status.Entries, status.Passages = stats.Entries, stats.Passages
	if err := u.addEmbedding(ctx, &status, stats); err != nil {
		return status, err
	}
	status.Warnings = u.journal.Warnings(ctx)
	answers, err := transcribe.Answers(ctx, u.journal.Store)
	if err != nil {
		return status, err
	}
	for _, k := range u.journal.Indexer.Missing() {
		status.Missing = append(status.Missing, httpapi.Missing{Kind: k.Kind, Missing: k.Notes, Known: k.Known, Error: daybook.PublicMessage(k.Err)})
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	calling := u.jobs["embedding"] || u.jobs["transcribing"]
	if calling && time.Now().Before(u.waiting.Until) {
		status.Waiting = u.waiting
	}
	status.Flawed = u.flawed
	status.Photographs = askedAndAnswered(u.photographs, answers)
	status.Skipped, status.SkippedSome = len(u.skipped), u.skipped[:min(len(u.skipped), skippedShown)]
	status.Unread, status.EmbeddingError, status.TranscriptionError = u.failedNotes, u.embeddingError, u.transcriptionError
	status.Reading, status.Embedding, status.Transcribing = u.jobs["reading"], u.jobs["embedding"], u.jobs["transcribing"]
	return status, nil
}

// addEmbedding adds how far the passages are embedded, if there is a model for that.
func (u *upkeep) addEmbedding(ctx context.Context, status *httpapi.IngestStatus, stats store.Stats) error {
	_, ref, ok := u.journal.Models.Embedder()
	if !ok {
		return nil
	}
	if !journal.IsBuiltin(ref) {
		status.Withheld = stats.PrivatePassages
	}
	space, err := ingest.SpaceOf(ctx, u.journal.Store, ref)
	if err != nil {
		return err
	}
	status.EmbeddingModel, status.Embedded, status.ServingModel = ref.String(), stats.Vectors[space], ref.String()
	b, building, err := ingest.BuildingOf(ctx, u.journal.Store, ref, stats)
	if err != nil || !building {
		return err
	}
	status.ServingModel = ""
	if _, before, ok := u.journal.Former(b.Serving, ref); ok {
		status.ServingModel = before.String()
	}
	return nil
}

// askedAndAnswered returns the folders that the owner is asked about, and behind
// them those that were answered for.
func askedAndAnswered(asked []vault.Photographs, answers transcribe.FolderAnswers) []httpapi.Photographs {
	var list []httpapi.Photographs
	for _, p := range asked {
		if _, known := answers[p.Folder]; !known {
			list = append(list, httpapi.Photographs{Photographs: p})
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(answers)) {
		pages := answers[folder]
		list = append(list, httpapi.Photographs{Photographs: vault.Photographs{Folder: folder}, Pages: &pages})
	}
	return list
}
