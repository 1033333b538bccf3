package raster

import (
	"errors"
	"io"
	"math/bits"
)

// faxKind is a variant of fax coding.
type faxKind struct {
	marks  bool // a mark may precede and follow a row
	twoD   bool // rows may refer to the row above
	group4 bool // all rows do
	align  int  // rows begin at multiples of this many bits; 0 for any
}

// fax decodes rows of a fax. It is an io.Reader of rows, with one bit per
// pixel; 1 is black.
type fax struct {
	kind       faxKind
	width      int
	data       []byte
	at         int   // bits
	above, row []int // where the colour changes, the first time to black
	out        []byte
	unread     []byte // of out
}

var errFax = errors.New("an invalid fax code")

// newFax returns a reader of the rows in data. If reversed, the first pixel is
// the lowest bit of a byte.
func newFax(data []byte, width int, kind faxKind, reversed bool) *fax {
	if reversed {
		turned := make([]byte, len(data))
		for i, b := range data {
			turned[i] = bits.Reverse8(b)
		}
		data = turned
	}
	return &fax{kind: kind, width: width, data: data, out: make([]byte, (width+7)/8)}
}

// Read implements io.Reader.
func (f *fax) Read(p []byte) (int, error) {
	if len(f.unread) == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
		f.paint()
	}
	n := copy(p, f.unread)
	f.unread = f.unread[n:]
	return n, nil
}

// peek returns the next n bits, with zeros after the end.
func (f *fax) peek(n int) int {
	v, end := 0, f.at+n
	for at := f.at &^ 7; at < end; at += 8 {
		v <<= 8
		if i := at / 8; i < len(f.data) {
			v |= int(f.data[i])
		}
	}
	return v >> ((8 - end%8) % 8) & (1<<n - 1)
}

func (f *fax) ended() bool { return f.at >= 8*len(f.data) }

const (
	markBits = 12 // of the mark that ends a row: eleven zeros and a one
	mark     = 1
)

// skipMark skips the mark at the beginning of a row, and the zeros before it.
// It returns false if there is no mark.
func (f *fax) skipMark() bool {
	start := f.at
	for f.peek(markBits) == 0 && !f.ended() {
		f.at++
	}
	if f.peek(markBits) == mark {
		f.at += markBits
		return true
	}
	f.at = start
	return false
}

// next decodes a row into f.row.
func (f *fax) next() error {
	f.above, f.row = f.row, f.above[:0]
	twoD := f.kind.group4
	if n := f.kind.align; n > 0 {
		f.at = (f.at + n - 1) / n * n
	}
	if f.kind.marks && f.skipMark() && f.kind.twoD {
		twoD = f.peek(1) == 0
		f.at++
	}
	if f.ended() {
		return io.EOF
	}
	decode := f.runs
	if twoD {
		decode = f.changes
	}
	if err := decode(); err != nil {
		return f.resume(err)
	}
	return nil
}

// resume continues after an invalid code: at the next mark, if rows have marks.
// The part of the row read so far is kept.
func (f *fax) resume(err error) error {
	for f.kind.marks && !f.ended() {
		if f.peek(markBits) == mark {
			f.row = f.row[:len(f.row)/2*2]
			return nil
		}
		f.at++
	}
	return err
}

// code reads a code of a table.
func (f *fax) code(t *faxTable) (int, error) {
	c := t[f.peek(longestCode)]
	if c.bits == 0 || f.at+int(c.bits) > 8*len(f.data) {
		return 0, errFax
	}
	f.at += int(c.bits)
	return int(c.value), nil
}

// add adds a change of colour to the row. Two at the same place cancel out.
func (f *fax) add(at int) {
	if n := len(f.row); n > 0 && f.row[n-1] == at {
		f.row = f.row[:n-1]
		return
	}
	f.row = append(f.row, at)
}

// run reads the length of a run.
func (f *fax) run(black bool) (int, error) {
	t := whiteRuns()
	if black {
		t = blackRuns()
	}
	for total := 0; ; {
		n, err := f.code(t)
		if err != nil {
			return 0, err
		}
		if total += n; n <= lastRun || total > f.width {
			return total, nil
		}
	}
}

// runs decodes a row of runs.
func (f *fax) runs() error {
	for at, black := 0, false; at < f.width; black = !black {
		n, err := f.run(black)
		if err != nil {
			return err
		}
		at = min(at+n, f.width)
		f.add(at)
	}
	return nil
}

// change returns the first change of the row above that is right of at, where
// the row changes to or from black, and the next one.
func (f *fax) change(at int, black bool) (b1, b2 int) {
	i := 0
	if black {
		i = 1
	}
	for i < len(f.above) && f.above[i] <= at {
		i += 2
	}
	b1, b2 = f.width, f.width
	if i < len(f.above) {
		b1 = f.above[i]
	}
	if i+1 < len(f.above) {
		b2 = f.above[i+1]
	}
	return b1, b2
}

// changes decodes a row that refers to the row above.
func (f *fax) changes() error {
	at, black := -1, false
	for at < f.width {
		mode, err := f.code(modes())
		if err != nil {
			return err
		}
		b1, b2 := f.change(at, black)
		switch mode {
		case pass:
			at = b2
		case horizontal:
			for _, colour := range []bool{black, !black} {
				n, err := f.run(colour)
				if err != nil {
					return err
				}
				at = min(max(at, 0)+n, f.width)
				f.add(at)
			}
		default:
			to := b1 + mode - vertical
			if to < max(at, 0) || to > f.width {
				return errFax
			}
			at, black = to, !black
			f.add(at)
		}
	}
	return nil
}

// paint draws f.row.
func (f *fax) paint() {
	clear(f.out)
	for i := 0; i < len(f.row); i += 2 {
		end := f.width
		if i+1 < len(f.row) {
			end = f.row[i+1]
		}
		for x := f.row[i]; x < end; x++ {
			f.out[x/8] |= 0x80 >> (x % 8)
		}
	}
	f.unread = f.out
}
