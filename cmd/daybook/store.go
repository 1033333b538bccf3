package main

import (
	"context"
	"strings"

	"daybook"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/store/postgres"
	"daybook/internal/store/sqlite"
)

// openStore opens the store at an address that the settings have checked; ""
// is the file in the data folder.
func openStore(ctx context.Context, s settings.Settings, address string) (store.Store, error) {
	scheme, _, _ := strings.Cut(address, ":")
	switch scheme {
	case "":
		return sqlite.Open(ctx, s.Database())
	case "postgres", "postgresql":
		return postgres.OpenOwner(ctx, address, s.Owner)
	}
	return nil, daybook.Errorf(daybook.Invalid, "store: this Daybook has no store for %s: addresses", scheme)
}
