package sqlite

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	sqlite "modernc.org/sqlite"
)

// SQLite finds damage to the structure of a file, but not to what a row says.
// Every table therefore has a stored column sum, which is the checksum of the
// columns declared before it. SQLite computes it whenever a row is written.

// register gives SQLite the function daybook_sum, once in a process.
var register = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction("daybook_sum", -1, sum)
})

// sum returns the checksum of values: the first eight bytes of the SHA-256 of
// their types and contents.
func sum(_ *sqlite.FunctionContext, values []driver.Value) (driver.Value, error) {
	h := sha256.New()
	var buf [9]byte
	write := func(kind byte, n uint64) {
		buf[0] = kind
		binary.LittleEndian.PutUint64(buf[1:], n)
		_, _ = h.Write(buf[:]) // a hash never fails
	}
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			write('n', 0)
		case int64:
			write('i', uint64(v))
		case float64:
			write('f', math.Float64bits(v))
		case string:
			write('t', uint64(len(v)))
			_, _ = h.Write([]byte(v))
		case []byte:
			write('b', uint64(len(v)))
			_, _ = h.Write(v)
		default:
			return nil, fmt.Errorf("cannot compute the checksum of a %T", value)
		}
	}
	return int64(binary.LittleEndian.Uint64(h.Sum(nil))), nil
}
