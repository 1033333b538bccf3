package lancedb

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
)

// query requests rows from a table: all that match where, or those nearest to
// vector.
type query struct {
	columns []string
	where   string // a condition, "" for all rows
	limit   int    // 0 is all
	offset  int

	vector   []float32
	column   string // that holds the vectors
	probes   int    // partitions of the index to look into; 0 compares with every vector
	refine   int    // how many times limit are compared in full precision
	fulltext string
	in       []string // columns of the full text
}

// body encodes the query as in the specification, or flat as LanceDB Cloud's
// own client does.
func (q query) body(flat bool) ([]byte, error) {
	body := map[string]any{"k": q.limit, "prefilter": true}
	if q.limit == 0 {
		body["k"] = math.MaxInt32
	}
	if q.offset > 0 {
		body["offset"] = q.offset
	}
	if q.where != "" {
		body["filter"] = q.where
	}
	if flat {
		body["columns"], body["vector"] = q.columns, append([]float32{}, q.vector...)
	} else {
		// The vector must be present, empty for none: pylance rejects a query
		// without it.
		vector := map[string]any{}
		if q.vector != nil {
			vector["single_vector"] = q.vector
		}
		body["columns"], body["vector"] = map[string]any{"column_names": q.columns}, vector
	}
	if q.vector != nil {
		body["vector_column"], body["distance_type"] = q.column, "cosine"
		body["bypass_vector_index"] = q.probes == 0
		if q.probes > 0 {
			body["nprobes"], body["refine_factor"] = q.probes, q.refine
		}
	}
	if q.fulltext != "" {
		body["full_text_query"] = map[string]any{"string_query": map[string]any{"query": q.fulltext, "columns": q.in}}
	}
	out, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write a query: %w", err)
	}
	return out, nil
}

// query asks table for rows.
func (c *client) query(ctx context.Context, table string, q query) (*result, error) {
	flat := c.flat.Load()
	answer, err := c.queryAs(ctx, table, q, flat)
	if isStatus(err, http.StatusBadRequest) || isStatus(err, http.StatusUnprocessableEntity) {
		// It does not accept this form; perhaps the other.
		if other, otherErr := c.queryAs(ctx, table, q, !flat); otherErr == nil {
			c.flat.Store(!flat)
			answer, err = other, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return decode(answer)
}

func (c *client) queryAs(ctx context.Context, table string, q query, flat bool) ([]byte, error) {
	body, err := q.body(flat)
	if err != nil {
		return nil, err
	}
	return c.post(ctx, table, "query", nil, jsonBody, body)
}
