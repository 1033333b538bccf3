package transcribe

// Key names what the model reads of a page.
func (p *Pipeline) Key(scan [32]byte, page int) string {
	return key(p.Ref, p.Picture, scan, page)
}
