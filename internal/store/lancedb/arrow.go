package lancedb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	arrowmemory "github.com/apache/arrow-go/v18/arrow/memory"

	"daybook"
)

// row is a row of a table by column. A column that is not named is null.
// Values are string, []string, int64, bool, []float32 or nil; a string or a
// list goes into a column of whatever width Python made it.
type row map[string]any

// encode writes rows as an Arrow IPC stream. It is compressed because the
// server limits the size of a request.
func encode(schema *arrow.Schema, rows []row) ([]byte, error) {
	builder := array.NewRecordBuilder(arrowmemory.DefaultAllocator, schema)
	defer builder.Release()
	for _, r := range rows {
		for i, field := range schema.Fields() {
			if err := appendValue(builder.Field(i), r[field.Name]); err != nil {
				return nil, fmt.Errorf("write the column %s: %w", field.Name, err)
			}
		}
	}
	record := builder.NewRecordBatch()
	defer record.Release()
	var body bytes.Buffer
	w := ipc.NewWriter(&body, ipc.WithSchema(schema), ipc.WithZstd())
	if len(rows) > 0 {
		if err := w.Write(record); err != nil {
			return nil, errors.Join(fmt.Errorf("write rows: %w", err), w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write rows: %w", err)
	}
	return body.Bytes(), nil
}

// pieces encodes rows in pieces small enough for the server, and calls f for
// each in turn.
func pieces(schema *arrow.Schema, rows []row, f func(body []byte) error) error {
	if len(rows) == 0 {
		return nil
	}
	body, err := encode(schema, rows)
	if err != nil {
		return err
	}
	if len(body) <= maxBody || len(rows) == 1 {
		return f(body)
	}
	n := min(len(rows)-1, max(1, len(rows)*maxBody/len(body)*9/10))
	for len(rows) > 0 {
		n = min(n, len(rows))
		if err := pieces(schema, rows[:n], f); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// appendValue appends v to a column, whose type is the server's own.
func appendValue(b array.Builder, v any) error {
	switch v := v.(type) {
	case nil:
		b.AppendNull()
		return nil
	case string:
		v = strings.ToValidUTF8(v, "\uFFFD") // an Arrow string is UTF-8
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(v)
			return nil
		case *array.LargeStringBuilder:
			b.Append(v)
			return nil
		case *array.StringViewBuilder:
			b.Append(v)
			return nil
		}
	case int64:
		if b, ok := b.(*array.Int64Builder); ok {
			b.Append(v)
			return nil
		}
	case bool:
		if b, ok := b.(*array.BooleanBuilder); ok {
			b.Append(v)
			return nil
		}
	case []string:
		if b, ok := b.(array.ListLikeBuilder); ok {
			b.Append(true)
			for _, s := range v {
				if err := appendValue(b.ValueBuilder(), s); err != nil {
					return err
				}
			}
			return nil
		}
	case []float32:
		return appendVector(b, v)
	}
	return fmt.Errorf("a %T does not fit into a column of %s", v, b.Type())
}

func appendVector(b array.Builder, v []float32) error {
	list, ok := b.(array.ListLikeBuilder)
	if fixed, is := b.(*array.FixedSizeListBuilder); is {
		ok = fixed.Type().(*arrow.FixedSizeListType).Len() == int32(len(v))
	}
	if !ok {
		return fmt.Errorf("a vector of %d numbers does not fit into a column of %s", len(v), b.Type())
	}
	list.Append(true)
	switch numbers := list.ValueBuilder().(type) {
	case *array.Float32Builder:
		numbers.AppendValues(v, nil)
	case *array.Float64Builder:
		for _, x := range v {
			numbers.Append(float64(x))
		}
	default:
		return fmt.Errorf("a vector does not fit into a column of %s", b.Type())
	}
	return nil
}

// decode reads an answer: an Arrow IPC file from pylance, a stream from
// others.
func decode(answer []byte) (*result, error) {
	out := &result{}
	var err error
	if bytes.HasPrefix(answer, []byte("ARROW1")) {
		err = out.readFile(answer)
	} else {
		err = out.readStream(answer)
	}
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The LanceDB server did not return an Arrow table.", Err: err}
	}
	return out, nil
}

func (t *result) readFile(answer []byte) error {
	r, err := ipc.NewFileReader(bytes.NewReader(answer))
	if err != nil {
		return err
	}
	defer r.Close()
	t.schema = r.Schema()
	for i := range r.NumRecords() {
		batch, err := r.RecordBatch(i)
		if err != nil {
			return err
		}
		batch.Retain()
		t.batches = append(t.batches, batch)
	}
	return nil
}

func (t *result) readStream(answer []byte) error {
	r, err := ipc.NewReader(bytes.NewReader(answer))
	if err != nil {
		return err
	}
	defer r.Release()
	t.schema = r.Schema()
	for r.Next() {
		batch := r.RecordBatch()
		batch.Retain()
		t.batches = append(t.batches, batch)
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// result is the result of a query. Its memory is Go's own and needs no release.
type result struct {
	schema  *arrow.Schema
	batches []arrow.RecordBatch
}

// rows calls f for every row. The view is valid until f returns; its strings
// are copies.
func (t *result) rows(f func(v view) error) error {
	for _, batch := range t.batches {
		columns := map[string]arrow.Array{}
		for i, field := range batch.Schema().Fields() {
			columns[field.Name] = batch.Column(i)
		}
		for i := range int(batch.NumRows()) {
			if err := f(view{columns, i}); err != nil {
				return err
			}
		}
	}
	return nil
}

// view is a row of a result.
type view struct {
	columns map[string]arrow.Array
	i       int
}

// has reports whether the column exists and is not null.
func (v view) has(column string) bool {
	a := v.columns[column]
	return a != nil && !a.IsNull(v.i)
}

// text returns a string, "" for null.
func (v view) text(column string) string { return textAt(v.columns[column], v.i) }

func textAt(a arrow.Array, i int) string {
	if a == nil || a.IsNull(i) {
		return ""
	}
	if a, ok := a.(array.StringLike); ok {
		return strings.Clone(a.Value(i))
	}
	return a.ValueStr(i) // a day that Python kept as a date
}

// number returns an integer, 0 for null.
func (v view) number(column string) int64 {
	a := v.columns[column]
	if a == nil || a.IsNull(v.i) {
		return 0
	}
	if a, ok := a.(*array.Int64); ok {
		return a.Value(v.i)
	}
	return 0
}

// float returns a number, 0 for null.
func (v view) float(column string) float64 {
	switch a := v.columns[column].(type) {
	case *array.Float32:
		return float64(a.Value(v.i))
	case *array.Float64:
		return a.Value(v.i)
	}
	return 0
}

func (v view) flag(column string) bool {
	a, ok := v.columns[column].(*array.Boolean)
	return ok && !a.IsNull(v.i) && a.Value(v.i)
}

// list returns strings, nil for null.
func (v view) list(column string) []string {
	a, ok := v.columns[column].(array.ListLike)
	if !ok || a.IsNull(v.i) {
		return nil
	}
	out := []string{}
	start, end := a.ValueOffsets(v.i)
	for i := start; i < end; i++ {
		out = append(out, textAt(a.ListValues(), int(i)))
	}
	return out
}

// vector returns numbers, nil for null.
func (v view) vector(column string) []float32 {
	a, ok := v.columns[column].(array.ListLike)
	if !ok || a.IsNull(v.i) {
		return nil
	}
	start, end := a.ValueOffsets(v.i)
	out := make([]float32, 0, end-start)
	switch numbers := a.ListValues().(type) {
	case *array.Float32:
		for i := start; i < end; i++ {
			out = append(out, numbers.Value(int(i)))
		}
	case *array.Float64:
		for i := start; i < end; i++ {
			out = append(out, float32(numbers.Value(int(i))))
		}
	}
	return out
}
