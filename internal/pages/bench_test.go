package pages

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"daybook/internal/pages/scantest"
)

// BenchmarkScannedPDF renders a scanned document of 100 pages in A4 at 200 dpi,
// eight pages at a time, and says how many pages a second that is and how much
// memory the children hold together.
func BenchmarkScannedPDF(b *testing.B) {
	const pages = 100
	var scans [][]byte
	for i := range 8 {
		scans = append(scans, scantest.JPEG(scantest.Paper(1654, 2339, uint64(i))))
	}
	var all [][]byte
	for i := range pages {
		all = append(all, scans[i%len(scans)])
	}
	doc := scantest.PDF(all...)
	path := filepath.Join(b.TempDir(), "scan.pdf")
	if err := os.WriteFile(path, doc, 0o600); err != nil {
		b.Fatal(err)
	}
	r := newRenderer(b, Config{Limits: Limits{File: 200 << 20}})
	if _, err := r.Inspect(b.Context(), path); err != nil { // the engine is compiled by now
		b.Fatal(err)
	}
	peak, stop := watchPeak(b)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		var group sync.WaitGroup
		turns := make(chan struct{}, 8)
		for i := range pages {
			turns <- struct{}{}
			group.Go(func() {
				defer func() { <-turns }()
				if _, err := r.Render(b.Context(), path, i, Options{}); err != nil {
					b.Error(err)
				}
			})
		}
		group.Wait()
	}
	stop()
	b.ReportMetric(float64(pages*b.N)/b.Elapsed().Seconds(), "pages/s")
	b.ReportMetric(float64(*peak>>20), "MB")
}

// BenchmarkPicture renders a photograph of 12 megapixels.
func BenchmarkPicture(b *testing.B) {
	path := filepath.Join(b.TempDir(), "photo.jpg")
	if err := os.WriteFile(path, scantest.JPEG(scantest.Paper(3024, 4032, 1)), 0o600); err != nil {
		b.Fatal(err)
	}
	r := newRenderer(b, Config{})
	peak, stop := watchPeak(b)
	for b.Loop() {
		if _, err := r.Render(b.Context(), path, 0, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	stop()
	b.ReportMetric(float64(*peak>>20), "MB")
}
