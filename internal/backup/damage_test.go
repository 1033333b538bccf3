package backup_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/backup"
)

// sample is a backup with a tree, as bytes.
func sample(t testing.TB) []byte {
	t.Helper()
	s, notes := newStore(t, "file"), t.TempDir()
	fill(t, s)
	ok(t, os.MkdirAll(filepath.Join(notes, "2024"), 0o700))
	ok(t, os.WriteFile(filepath.Join(notes, "2024", "a.md"), []byte("Swam in the lake."), 0o600))
	ok(t, os.WriteFile(filepath.Join(notes, "b.md"), []byte("Rain."), 0o600))
	ok(t, os.Symlink("b.md", filepath.Join(notes, "link.md")))
	made := write(t, s, t.TempDir(), func(p *backup.Plan) { p.Trees = []backup.Tree{{Name: backup.Journal, Dir: notes}} })
	return must(os.ReadFile(made.Path))(t)
}

// refused opens bytes as a backup, which must be refused.
func refused(t testing.TB, what string, data []byte) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "b.zip")
	ok(t, os.WriteFile(name, data, 0o600))
	b, err := backup.Open(t.Context(), name, nil)
	if err == nil {
		_ = b.Close()
	}
	if daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("%s: error %v", what, err)
	}
}

// Every change by accident is found: any byte, any cut, anything added.
func TestRefusesDamage(t *testing.T) {
	data := sample(t)
	random := rand.New(rand.NewPCG(3, 4))
	positions := []int{0, 1, len(data) - 1, len(data) - 2, len(data) - 70, len(data) - 82, len(data) - 90, len(data) / 2}
	for range 150 {
		positions = append(positions, random.IntN(len(data)))
	}
	for _, at := range positions {
		changed := slices.Clone(data)
		changed[at] ^= 1 << random.IntN(8)
		refused(t, fmt.Sprintf("a bit of byte %d", at), changed)
	}
	for _, n := range []int{0, 1, 21, 80, 81, 82, len(data) / 3, len(data) - 82, len(data) - 81, len(data) - 1} {
		refused(t, fmt.Sprintf("cut to %d bytes", n), data[:n])
	}
	refused(t, "a byte appended", append(slices.Clone(data), 0))
	refused(t, "a line feed appended", append(slices.Clone(data), '\n'))
	refused(t, "itself appended", append(slices.Clone(data), data...))
	refused(t, "bytes in front", append([]byte("x"), data...))
	half := len(data) / 2
	refused(t, "halves swapped", append(slices.Clone(data[half:]), data[:half]...))
	refused(t, "a hole", append(slices.Clone(data[:half]), data[half+1:]...))
	refused(t, "zeroes in the middle", append(append(slices.Clone(data[:half]), make([]byte, 512)...), data[half+512:]...))
}

// member is one of a backup that is put together again.
type member struct {
	name string
	data []byte
}

// unpack returns the members of a backup, the manifest last.
func unpack(t testing.TB, data []byte) []member {
	t.Helper()
	var list []member
	for _, f := range must(zip.NewReader(bytes.NewReader(data), int64(len(data))))(t).File {
		r := must(f.Open())(t)
		list = append(list, member{f.Name, must(io.ReadAll(r))(t)})
		ok(t, r.Close())
	}
	return list
}

// pack puts members together, with a checksum that is right.
func pack(t testing.TB, list []member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range list {
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if strings.HasSuffix(m.name, "/") {
			header.Method = zip.Store
			must(w.CreateRaw(header))(t)
			continue
		}
		_, err := must(w.CreateHeader(header))(t).Write(m.data)
		ok(t, err)
	}
	return sealBytes(t, w, &b)
}

func sealBytes(t testing.TB, w *zip.Writer, b *bytes.Buffer) []byte {
	t.Helper()
	ok(t, w.SetComment("daybook-sha256: "+strings.Repeat("0", 64)+"\n"))
	ok(t, w.Close())
	data := b.Bytes()[:b.Len()-81]
	return fmt.Appendf(data, "daybook-sha256: %x\n", sha256.Sum256(data))
}

// edit changes the manifest of members.
func edit(t testing.TB, list []member, change func(m *backup.Manifest)) []member {
	t.Helper()
	var m backup.Manifest
	last := len(list) - 1
	ok(t, json.Unmarshal(list[last].data, &m))
	change(&m)
	out := slices.Clone(list)
	out[last].data = must(json.Marshal(m))(t)
	return out
}

// A backup whose checksum was computed anew is still refused unless everything
// in it fits, and cannot reach out of the folder that it is restored to.
func TestRefusesForgedBackups(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	data := sample(t)
	list := unpack(t, data)
	name := filepath.Join(t.TempDir(), "b.zip")
	ok(t, os.WriteFile(name, pack(t, list), 0o600))
	b, err := backup.Open(t.Context(), name, nil)
	ok(t, err) // what the others are changed from is sound
	ok(t, b.Close())
	at := func(name string) int {
		return slices.IndexFunc(list, func(m member) bool { return m.name == name })
	}
	// with replaces a member and the hash that the manifest has of it.
	with := func(name string, data []byte) []member {
		out := slices.Clone(list)
		out[at(name)].data = data
		return edit(t, out, func(m *backup.Manifest) {
			m.Members[at(name)].Size, m.Members[at(name)].SHA256 = int64(len(data)), fmt.Sprintf("%x", sha256.Sum256(data))
			m.Content = backup.ContentOf(m.Members)
		})
	}
	// renamed gives a file of the tree another name.
	renamed := func(name string, path []byte) []member {
		out := slices.Clone(list)
		i := at("journal/b.md")
		out[i].name = name
		return edit(t, out, func(m *backup.Manifest) {
			m.Members[i].Name, m.Members[i].Path = name, path
			m.Content = backup.ContentOf(m.Members)
		})
	}
	conversations := list[at("conversations.jsonl")].data
	lines := bytes.SplitAfter(conversations, []byte("\n"))
	for what, forged := range map[string][]member{
		"a member changed": slices.Replace(slices.Clone(list), at("journal/b.md"), at("journal/b.md")+1, member{"journal/b.md", []byte("Snow.")}),
		"a member missing": slices.Delete(slices.Clone(list), at("journal/b.md"), at("journal/b.md")+1),
		"a record file missing": edit(t, slices.Delete(slices.Clone(list), 2, 3), func(m *backup.Manifest) {
			m.Members = slices.Delete(m.Members, 2, 3)
			m.Content = backup.ContentOf(m.Members)
		}),
		"a member twice":              slices.Insert(slices.Clone(list), 3, list[2]),
		"a member more":               slices.Insert(slices.Clone(list), 3, member{"more.txt", nil}),
		"members in another order":    slices.Insert(slices.Delete(slices.Clone(list), 1, 2), 2, list[1]),
		"no manifest":                 list[:len(list)-1],
		"a manifest that is not JSON": append(slices.Clone(list[:len(list)-1]), member{"manifest.json", []byte("{")}),
		"another format":              edit(t, list, func(m *backup.Manifest) { m.Format = "other" }),
		"a newer version":             edit(t, list, func(m *backup.Manifest) { m.Version = 2 }),
		"version 0":                   edit(t, list, func(m *backup.Manifest) { m.Version = 0 }),
		"other counts":                edit(t, list, func(m *backup.Manifest) { m.Counts.Messages++ }),
		"another content":             edit(t, list, func(m *backup.Manifest) { m.Content = strings.Repeat("0", 64) }),
		"a wrong size":                edit(t, list, func(m *backup.Manifest) { m.Members[1].Size++ }),
		"a negative size":             edit(t, list, func(m *backup.Manifest) { m.Members[1].Size = -1 }),
		"a mode that is not one": edit(t, list, func(m *backup.Manifest) {
			m.Members[at("journal/b.md")].Mode = "4777"
			m.Content = backup.ContentOf(m.Members)
		}),
		"a member unknown":           renamed("future.jsonl", nil),
		"a way out by the name":      renamed("journal/../../out.md", nil),
		"a way out by the path":      renamed("journal/.renamed/000001.md", []byte("../out.md")),
		"an absolute path":           renamed("journal/.renamed/000001.md", []byte("/tmp/out.md")),
		"an empty path":              renamed("journal/.renamed/000001.md", []byte{}),
		"a backslash":                renamed(`journal/..\out.md`, nil),
		"a drive":                    renamed(`journal/C:out.md`, nil),
		"the tree itself":            renamed("journal/", nil),
		"a record not JSON":          with("conversations.jsonl", []byte("{\n")),
		"a record of another kind":   with("conversations.jsonl", []byte(`{"other":{}}`+"\n")),
		"a message without a thread": with("conversations.jsonl", bytes.Join(lines[1:], nil)),
		"a message missing":          with("conversations.jsonl", bytes.Join(slices.Delete(slices.Clone(lines), 2, 3), nil)),
		"a message twice":            with("conversations.jsonl", bytes.Join(slices.Insert(slices.Clone(lines), 2, lines[1]), nil)),
		"a line too long":            with("usage.jsonl", append(bytes.Repeat([]byte(" "), 65<<20), '\n')),
		"a page more":                with("page-texts.jsonl", append(slices.Clone(list[at("page-texts.jsonl")].data), list[at("page-texts.jsonl")].data...)),
	} {
		refused(t, what, pack(t, forged))
	}
}

// A file that unpacks to more than its manifest says, or to far more than a
// journal, is refused without unpacking it.
func TestRefusesBombs(t *testing.T) {
	list := unpack(t, sample(t))
	const size = 5 << 30
	forged := edit(t, list, func(m *backup.Manifest) {
		i := slices.IndexFunc(m.Members, func(m backup.Member) bool { return m.Name == "journal/b.md" })
		m.Members[i].Size = size
		m.Content = backup.ContentOf(m.Members)
	})
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range forged {
		header := &zip.FileHeader{Name: m.name, Method: zip.Store, CompressedSize64: uint64(len(m.data)), UncompressedSize64: uint64(len(m.data)), CRC32: crc32.ChecksumIEEE(m.data)}
		if m.name == "journal/b.md" {
			header.UncompressedSize64 = size
		}
		_, err := must(z.CreateRaw(header))(t).Write(m.data)
		ok(t, err)
	}
	refused(t, "a bomb", sealBytes(t, z, &b))
}
