package raster

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Plausible reports whether a file may be a valid scan. It returns false for
// files that begin like a PDF or HEIC but lack the required structure, for
// which starting a decoder would be wasteful. It returns true for the other
// types, whose decoders refuse junk cheaply.
func Plausible(t Type, file io.ReaderAt, size int64) (bool, error) {
	switch t {
	case PDF:
		return hasRoot(file, size)
	case HEIC:
		return hasMeta(file, size)
	}
	return true, nil
}

// hasRoot reports whether a PDF names its catalog. Every trailer does, and so
// does every cross-reference stream, neither of which is compressed. The last
// one is close to the end, so it looks there first.
func hasRoot(file io.ReaderAt, size int64) (bool, error) {
	const block = 256 << 10
	name := []byte("/Root")
	buf := make([]byte, block+len(name)-1)
	for end := size; end > 0; end -= block {
		start := max(end-block, 0)
		part := buf[:min(end+int64(len(name))-1, size)-start]
		if n, err := file.ReadAt(part, start); n < len(part) {
			return false, err
		}
		if bytes.Contains(part, name) {
			return true, nil
		}
	}
	return false, nil
}

// hasMeta reports whether a HEIC has a box that describes its pictures among
// its first boxes and within the file.
func hasMeta(file io.ReaderAt, size int64) (bool, error) {
	const maxBoxes = 100
	at := int64(0)
	for range maxBoxes {
		var head [16]byte
		n, err := file.ReadAt(head[:], at)
		if n < 8 {
			if err == io.EOF {
				err = nil
			}
			return false, err
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		switch length {
		case 0: // to the end of the file
			length = size - at
		case 1: // 64 bits follow
			length = int64(binary.BigEndian.Uint64(head[8:]))
		}
		if length < 8 || length > size-at {
			return false, nil
		}
		if string(head[4:8]) == "meta" {
			return true, nil
		}
		at += length
	}
	return false, nil
}
