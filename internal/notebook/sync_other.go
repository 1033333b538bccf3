//go:build !unix

package notebook

// syncFolder does nothing: folders cannot be synced here.
func syncFolder(string) error { return nil }
