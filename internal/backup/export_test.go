package backup

// ContentOf is content for tests that forge a manifest.
func ContentOf(members []Member) string { return content(members) }
