package journal

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"

	"daybook"
	"daybook/internal/importer"
	"daybook/internal/ingest"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/store/lancedb"
	"daybook/internal/store/postgres"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
)

// OpenStore opens the store at an address that was validated by the settings. ""
// is the file in the data folder.
func OpenStore(ctx context.Context, s settings.Settings, address string, log *slog.Logger) (store.Store, error) {
	scheme, _, _ := strings.Cut(address, ":")
	switch scheme {
	case "":
		return sqlite.Open(ctx, s.Database())
	case "postgres", "postgresql":
		return postgres.OpenOwner(ctx, address, s.Owner)
	case "lancedb+http", "lancedb+https":
		return openLance(ctx, s, strings.TrimPrefix(address, "lancedb+"), log)
	}
	return nil, daybook.Errorf(daybook.Invalid, "store: this Daybook has no store for %s: addresses", scheme)
}

// openLance opens a store on a LanceDB server. What that cannot store is in a
// file in the data folder.
func openLance(ctx context.Context, s settings.Settings, address string, log *slog.Logger) (store.Store, error) {
	analyzer, err := text.New(s.Language)
	if err != nil {
		return nil, err
	}
	folder := filepath.Dir(s.Database())
	local, err := sqlite.OpenRecords(ctx, LanceFile(s))
	if err != nil {
		return nil, err
	}
	return lancedb.Open(ctx, lancedb.Config{
		Address: address, Key: s.StoreKey.Reveal(), Local: local, Lock: filepath.Join(folder, "lancedb.lock"),
		Read:  func(e daybook.Entry) []store.IndexedPassage { return ingest.Passages(e, analyzer) },
		Older: importer.Older.String(), Log: log,
	})
}

// LanceFile is the local file of a store on a LanceDB server.
func LanceFile(s settings.Settings) string {
	return filepath.Join(filepath.Dir(s.Database()), "lancedb.db")
}

// Warnings returns the current limitations of the store and of the embedding
// model.
func (j *Journal) Warnings(ctx context.Context) []string {
	warnings := j.storeWarnings(ctx)
	if w := j.ForeignModel(); w != "" {
		warnings = append(warnings, w)
	}
	return warnings
}

func (j *Journal) storeWarnings(ctx context.Context) []string {
	if warnings := j.Store.Capabilities().Warnings; warnings != nil {
		return warnings(ctx)
	}
	return nil
}

// Optimize updates the index of vectors, for stores that need that.
func (j *Journal) Optimize(ctx context.Context) error {
	if optimize := j.Store.Capabilities().Optimize; optimize != nil {
		return optimize(ctx)
	}
	return nil
}

// WatchLease is held by the server that watches the journal's folder.
const WatchLease = "watch"
