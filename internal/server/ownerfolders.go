package server

import (
	"path/filepath"

	"daybook"
	"daybook/internal/journal"
	"daybook/internal/settings"
)

// ownersFolder is where a server keeps what it keeps for its owners, below its
// data folder.
const ownersFolder = "owners"

// CheckOwnerFolders refuses an owner's folders that are the keeper's own or what
// Daybook keeps of others, or lie within or around those.
func CheckOwnerFolders(keeper settings.Settings, folders ...string) error {
	for _, folder := range folders {
		for _, own := range []string{keeper.Journal, keeper.Evergreen} {
			if own != "" && folder != "" && (journal.Within(folder, own) || journal.Within(own, folder)) {
				return daybook.Errorf(daybook.Conflict, "the folder is that of the server's own journal, or lies in it or around it")
			}
		}
		if folder != "" && (journal.Within(keeper.Data, folder) || journal.Within(folder, filepath.Join(keeper.Data, ownersFolder))) {
			return daybook.Errorf(daybook.Conflict, "the folder has what Daybook keeps of others in it")
		}
	}
	return nil
}

func isPostgres(s settings.Settings) bool {
	return settings.IsPostgres(s.Store.Reveal())
}
