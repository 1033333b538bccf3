package transcribe

// Key returns the cache key of a page's text.
func (p *Pipeline) Key(scan [32]byte, page int) string {
	return key(p.Ref, p.Picture, scan, page)
}
