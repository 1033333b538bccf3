package transcribe

// Key names what the model reads of a page.
func (p *Pipeline) Key(scan [32]byte, page int) string { return p.key(scan, page) }
