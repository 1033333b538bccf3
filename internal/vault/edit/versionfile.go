package edit

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"

	"daybook/internal/vault"
)

// readVersion reads a version's file.
func readVersion(r io.Reader) (path string, note []byte, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return "", nil, err
	}
	path, err = pathOf(z.Extra)
	if err != nil {
		return "", nil, err
	}
	note, err = io.ReadAll(io.LimitReader(z, vault.MaxNote+1))
	if err == nil && len(note) > vault.MaxNote {
		err = errors.New("it is larger than a note")
	}
	return path, note, err
}

// The note's path is in the field "DB" of the gzip header.
func pathField(path string) []byte {
	field := []byte{'D', 'B', 0, 0}
	binary.LittleEndian.PutUint16(field[2:], uint16(min(len(path), maxPath)))
	return append(field, path[:min(len(path), maxPath)]...)
}

const maxPath = 16 << 10 // bytes

func pathOf(extra []byte) (string, error) {
	if len(extra) < 4 || string(extra[:2]) != "DB" || int(binary.LittleEndian.Uint16(extra[2:])) != len(extra)-4 {
		return "", errors.New("it is not a version of a note")
	}
	return string(extra[4:]), nil
}

// pathIn returns the path of the note whose versions are in dir. If none of them has
// it, the error is fs.ErrNotExist.
func pathIn(dir *os.Root, list []Version) (string, error) {
	for _, v := range backwards(list) {
		path, err := pathInFile(dir, v.file)
		if failed := (*fs.PathError)(nil); err == nil || errors.As(err, &failed) {
			return path, err // an older version may have the path before a renaming
		}
	}
	return "", fs.ErrNotExist
}

func pathInFile(dir *os.Root, name string) (string, error) {
	f, err := dir.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", err
	}
	return pathOf(z.Extra)
}
