package postgres_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/postgres"
	"daybook/internal/store/postgres/pgtest"
)

// cloud are vectors that lie in clusters, as those of texts do.
func cloud(r *rand.Rand, n, dim int) [][]float32 {
	centres := make([][]float64, 40)
	for i := range centres {
		centres[i] = make([]float64, dim)
		for j := range centres[i] {
			centres[i][j] = r.NormFloat64()
		}
	}
	list := make([][]float32, n)
	for i := range list {
		list[i] = make([]float32, dim)
		for j, c := range centres[r.IntN(len(centres))] {
			list[i][j] = float32(c + 0.7*r.NormFloat64())
		}
	}
	return list
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot, aa, bb = dot+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	return dot / math.Sqrt(aa*bb)
}

// A space that is large gets an index, by which nearly everything is found that
// is near, also of many dimensions; under a filter the search stays exact. What
// is erased takes its index with it.
func TestIndexOfVectors(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	address := pgtest.Shared(t).Database(t)
	db, err := postgres.Open(t.Context(), address)
	ok(t, err)
	defer db.Close()
	db.IndexFrom(1000)
	conn, err := pgx.Connect(t.Context(), address)
	ok(t, err)
	defer conn.Close(t.Context())
	indexes := func() (n int) {
		ok(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%hnsw%'").Scan(&n))
		return n
	}
	for i, dim := range []int{64, 2100} {
		t.Run(fmt.Sprint(dim), func(t *testing.T) {
			n := 3000 / (1 + i)
			s, sp, r := owner(t, db, fmt.Sprint("of ", dim)), store.Space{Model: "p/m", Dim: dim}, rand.New(rand.NewPCG(1, uint64(dim)))
			vectors := cloud(r, n, dim)
			var b store.Batch
			for i := range n {
				e := note(fmt.Sprintf("n%d", i), fmt.Sprintf("text %d", i))
				e.Entry.Dates = []daybook.Date{{Year: 2000 + i%10, Month: 1, Day: 1}}
				b.Put = append(b.Put, e)
			}
			ok(t, s.Apply(t.Context(), b))
			passages, err := s.WithoutVector(t.Context(), sp, false, 0, n)
			ok(t, err)
			var put []store.PassageVector
			for i, p := range passages {
				put = append(put, store.PassageVector{ID: p.ID, Vector: vectors[i]})
			}
			ok(t, s.PutVectors(t.Context(), sp, put))
			before := indexes()
			ok(t, s.Optimize(t.Context()))
			ok(t, s.Optimize(t.Context())) // which finds nothing to do
			if indexes() != before+1 {
				t.Fatalf("%d indexes", indexes())
			}
			found, wanted := 0, 0
			for range 30 {
				query := cloud(r, 1, dim)[0]
				for j := range query {
					query[j] += vectors[r.IntN(n)][j]
				}
				hits, err := s.SearchVectors(t.Context(), sp, query, store.Filter{}, 10, 40)
				ok(t, err)
				if len(hits) != 50 {
					t.Fatalf("%d hits", len(hits))
				}
				tenth := tenthBest(vectors, query)
				wanted += 10
				for _, h := range hits[:10] {
					if 1-h.Distance >= tenth-1e-6 {
						found++
					}
				}
				f := store.Filter{Days: []daybook.DateRange{{From: daybook.Date{Year: 2003, Month: 1, Day: 1}, To: daybook.Date{Year: 2003, Month: 12, Day: 31}}}}
				hits, err = s.SearchVectors(t.Context(), sp, query, f, 10, 0)
				if err != nil || len(hits) != 10 || !strings.HasSuffix(hits[0].Passage.EntryID, "3") {
					t.Fatalf("within days: %d hits, %v", len(hits), err)
				}
			}
			if recall := float64(found) / float64(wanted); recall < 0.98 {
				t.Errorf("recall@10 is %.3f", recall)
			} else {
				t.Logf("recall@10 is %.3f", recall)
			}
			used := 0
			for range 50 { // what a connection did is counted when it does more, a second later
				_, err := s.SearchVectors(t.Context(), sp, vectors[0], store.Filter{}, 10, 40)
				ok(t, err)
				ok(t, conn.QueryRow(t.Context(), "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname ~ '^vectors_[0-9]+$'").Scan(&used))
				if used >= 20 {
					break
				}
				time.Sleep(100 * time.Millisecond)
			}
			if used < 20 {
				t.Errorf("the index was asked %d times in 30 searches", used)
			}
			ok(t, s.Apply(t.Context(), store.Batch{Erase: []store.Space{sp}}))
			if indexes() != before {
				t.Error("the index is still there")
			}
		})
	}
}

func tenthBest(vectors [][]float32, query []float32) float64 {
	best := make([]float64, 10)
	for i := range best {
		best[i] = -1
	}
	for _, v := range vectors {
		c := cosine(v, query)
		for i := range best {
			if c > best[i] {
				copy(best[i+1:], best[i:9])
				best[i] = c
				break
			}
		}
	}
	return best[9]
}
