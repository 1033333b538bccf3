package migrate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"daybook/internal/store"
)

// sum is the number of some items and a digest of them that does not depend on
// their order. Sums can be compared with ==.
type sum struct {
	n   int
	all [32]byte
}

// add adds an item.
func (s *sum) add(digest [32]byte) {
	s.n++
	for i, b := range digest {
		s.all[i] ^= b
	}
}

func (s sum) String() string { return hex.EncodeToString(s.all[:]) }

// digest returns the digest of v.
func digest(v any) [32]byte {
	data, err := json.Marshal(v)
	if err != nil {
		data = fmt.Appendf(nil, "%+v", v) // a number that JSON has not
	}
	return sha256.Sum256(data)
}

// noteDigest leaves out the IDs of passages, which differ between stores.
func noteDigest(n store.Note) [32]byte {
	n.Passages = slices.Clone(n.Passages)
	for i := range n.Passages {
		n.Passages[i].ID = 0
	}
	return digest(n)
}

// Each of the following counts and digests the data in a store that the first
// store has too.

func (m *migration) sumMeta(ctx context.Context, s store.Store) (out sum, err error) {
	wanted, err := m.from.Meta(ctx)
	if err != nil {
		return out, err
	}
	all, err := s.Meta(ctx)
	for key, value := range all {
		if _, ok := wanted[key]; ok {
			out.add(digest([]string{key, value}))
		}
	}
	return out, err
}

func (m *migration) sumNotes(ctx context.Context, s store.Store) (out sum, err error) {
	all, _, err := ids(ctx, m.from)
	if err != nil {
		return out, err
	}
	for list := range slices.Chunk(all, chunk) {
		digests, err := sums(ctx, s, list)
		if err != nil {
			return out, err
		}
		for _, d := range digests {
			out.add(d)
		}
	}
	return out, nil
}
