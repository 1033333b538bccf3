package server

import (
	"path/filepath"

	"daybook"
	"daybook/internal/journal"
	"daybook/internal/settings"
)

// ownersFolder contains the data folders of the accounts. It is below the
// server's data folder.
const ownersFolder = "owners"

// CheckOwnerFolders refuses folders for an account that overlap the folders of the
// server's own settings or the data folders of accounts.
func CheckOwnerFolders(own settings.Settings, folders ...string) error {
	for _, folder := range folders {
		for _, used := range []string{own.Journal, own.Evergreen} {
			if journal.Overlap(folder, used) {
				return daybook.Errorf(daybook.Conflict, "the folder is the one of the server's own journal, or inside or around it")
			}
		}
		if folder == "" {
			continue
		}
		if journal.Within(own.Data, folder) || journal.Within(folder, filepath.Join(own.Data, ownersFolder)) {
			return daybook.Errorf(daybook.Conflict, "the folder contains the data of other accounts")
		}
	}
	return nil
}

func isPostgres(s settings.Settings) bool {
	return settings.IsPostgres(s.Store.Reveal())
}
