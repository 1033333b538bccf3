package embed

// The unit of work of a product of two matrices is a tile of tileRows by
// tileCols. Attention consists of such products; see linear for the others.
const (
	tileRows = 4
	tileCols = 32
	// depth is how much of the inner dimension one pass takes: its part of
	// a panel, 24 kB, then stays in the first-level cache.
	depth = 192
)

// A matrix is stored row by row, its rows stride numbers apart.
type matrix struct {
	data   []float32
	stride int
}

// panels is the right-hand side of a matrix product, cut into panels of
// tileCols columns. Each panel is stored row by row.
type panels struct {
	data   []float32
	rows   int // the inner dimension of the product
	stride int // from a row of a panel to the next
	panel  int // from a panel to the next
	count  int
}

// packInto fills p with the transpose of the first cols rows of w, and
// columns beyond cols with zeros.
func packInto(p panels, w matrix, cols int) {
	for c := range p.count * tileCols {
		out := p.data[c/tileCols*p.panel+c%tileCols:]
		if c >= cols {
			for r := range p.rows {
				out[r*p.stride] = 0
			}
			continue
		}
		for r, v := range w.data[c*w.stride:][:p.rows] {
			out[r*p.stride] = v
		}
	}
}

// A tileFunc adds a*b to out, a tile: a has tileRows rows of k numbers, b has
// k rows of tileCols numbers.
type tileFunc func(out, a, b matrix, k int)

// multiplyAdd adds a*b to out. rows is a multiple of tileRows.
func multiplyAdd(tile tileFunc, out, a matrix, b panels, rows int) {
	for p := range b.count {
		for k := 0; k < b.rows; k += depth {
			right := matrix{b.data[p*b.panel+k*b.stride:], b.stride}
			for r := 0; r < rows; r += tileRows {
				tile(matrix{out.data[r*out.stride+p*tileCols:], out.stride},
					matrix{a.data[r*a.stride+k:], a.stride}, right, min(depth, b.rows-k))
			}
		}
	}
}

// tileGeneric is the tileFunc for processors without wide instructions that Go
// can use. It keeps 2 by 4 sums in registers. It is excluded from the race
// detector, which would check each load; the callers, which own the matrices,
// are not.
//
//go:norace
func tileGeneric(out, a, b matrix, k int) {
	for r := 0; r < tileRows; r += 2 {
		a0, a1 := a.data[r*a.stride:][:k], a.data[(r+1)*a.stride:][:k]
		o0, o1 := out.data[r*out.stride:][:tileCols], out.data[(r+1)*out.stride:][:tileCols]
		for c := 0; c < tileCols; c += 4 {
			var s00, s01, s02, s03, s10, s11, s12, s13 float32
			for i, x := range a0 {
				y, w := a1[i], b.data[i*b.stride+c:][:4:4]
				s00 += x * w[0]
				s01 += x * w[1]
				s02 += x * w[2]
				s03 += x * w[3]
				s10 += y * w[0]
				s11 += y * w[1]
				s12 += y * w[2]
				s13 += y * w[3]
			}
			o0[c] += s00
			o0[c+1] += s01
			o0[c+2] += s02
			o0[c+3] += s03
			o1[c] += s10
			o1[c+1] += s11
			o1[c+2] += s12
			o1[c+3] += s13
		}
	}
}
