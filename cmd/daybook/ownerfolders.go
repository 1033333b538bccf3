package main

import (
	"daybook"
	"daybook/internal/settings"
	"path/filepath"
)

// ownersFolder is where a server keeps what it keeps for its owners, below its
// data folder.
const ownersFolder = "owners"

// notKeepers refuses an owner's folders that are the keeper's own or what
// Daybook keeps of others, or lie within or around those.
func notKeepers(keeper settings.Settings, folders ...string) error {
	for _, folder := range folders {
		for _, own := range []string{keeper.Journal, keeper.Evergreen} {
			if own != "" && folder != "" && (isWithin(folder, own) || isWithin(own, folder)) {
				return daybook.Errorf(daybook.Conflict, "the folder is that of the server's own journal, or lies in it or around it")
			}
		}
		if folder != "" && (isWithin(keeper.Data, folder) || isWithin(folder, filepath.Join(keeper.Data, ownersFolder))) {
			return daybook.Errorf(daybook.Conflict, "the folder has what Daybook keeps of others in it")
		}
	}
	return nil
}

func isPostgres(s settings.Settings) bool {
	return settings.IsPostgres(s.Store.Reveal())
}
