// Package damagetest damages files of SQLite for tests.
package damagetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
)

// page is the size of a page of the files.
const page = 4096

// Kind is a way of damaging a file. Apply changes the file in place and
// describes what it did. The file must not be empty.
type Kind struct {
	Name  string
	Apply func(r *rand.Rand, path string) (string, error)
}

// Kinds returns all ways.
func Kinds() []Kind {
	return []Kind{
		{"a bit", rewriting(bit)},
		{"a byte of the header", rewriting(header)},
		{"some bytes", rewriting(noise)},
		{"a page of zeros", rewriting(zeros)},
		{"two pages exchanged", rewriting(exchanged)},
		{"cut", cutting(func(r *rand.Rand, size int) int { return r.IntN(size) })},
		{"cut at a page", cutting(func(r *rand.Rand, size int) int { return r.IntN(pages(size)) * page })},
		{"emptied", cutting(func(*rand.Rand, int) int { return 0 })},
		{"deleted", func(_ *rand.Rand, path string) (string, error) { return "", os.Remove(path) }},
	}
}

func pages(size int) int { return max(1, size/page) }

// rewriting writes what f does to a file into the same file.
func rewriting(f func(r *rand.Rand, data []byte) string) func(*rand.Rand, string) (string, error) {
	return func(r *rand.Rand, path string) (string, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		what := f(r, data)
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return "", err
		}
		defer file.Close()
		_, err = file.WriteAt(data, 0)
		return what, err
	}
}

func cutting(where func(r *rand.Rand, size int) int) func(*rand.Rand, string) (string, error) {
	return func(r *rand.Rand, path string) (string, error) {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		at := where(r, int(info.Size()))
		return fmt.Sprintf("at byte %d of %d", at, info.Size()), os.Truncate(path, int64(at))
	}
}

func bit(r *rand.Rand, data []byte) string {
	at, bit := r.IntN(len(data)), r.IntN(8)
	data[at] ^= 1 << bit
	return fmt.Sprintf("bit %d of byte %d", bit, at)
}

func header(r *rand.Rand, data []byte) string {
	at := r.IntN(min(100, len(data)))
	data[at] ^= byte(1 + r.IntN(255))
	return fmt.Sprintf("byte %d", at)
}

func noise(r *rand.Rand, data []byte) string {
	at := r.IntN(len(data))
	n := min(1+r.IntN(64), len(data)-at)
	for i := range n {
		data[at+i] = byte(r.Uint32())
	}
	return fmt.Sprintf("%d bytes from %d", n, at)
}

func zeros(r *rand.Rand, data []byte) string {
	n := r.IntN(pages(len(data)))
	clear(data[n*page : min(len(data), (n+1)*page)])
	return fmt.Sprintf("page %d", n+1)
}

func exchanged(r *rand.Rand, data []byte) string {
	a, b := r.IntN(pages(len(data))), r.IntN(pages(len(data)))
	if len(data) >= (max(a, b)+1)*page {
		pa, pb := data[a*page:(a+1)*page], data[b*page:(b+1)*page]
		old := slices.Clone(pa)
		copy(pa, pb)
		copy(pb, old)
	}
	return fmt.Sprintf("pages %d and %d", a+1, b+1)
}
