package lancedb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"daybook"
)

const (
	// maxBody is the largest body sent. The server of pylance accepts 2 MiB and
	// answers 413 to anything larger.
	maxBody = 2<<20 - 64<<10
	// maxAnswer bounds the size of an answer. The catalog of a million passages
	// takes about half of it.
	maxAnswer = 2 << 30
	// tries is how often a write that conflicts with another is tried.
	tries = 8
)

// client speaks the Lance REST namespace protocol. Where pylance 14.0.2
// differs from its specification, a comment says so.
type client struct {
	base, key, database string
	http                *http.Client
	// flat is true if the server takes vector and columns as LanceDB Cloud's
	// own client sends them, and not as the specification has it.
	flat   atomic.Bool
	writes atomic.Int64 // that were made
	missed func()       // called when a table is missing that should exist
}

// newClient makes a client for an address such as http://host:port/database.
func newClient(address, key string) (*client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, daybook.Errorf(daybook.Invalid, "store: this is not the address of a LanceDB server")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	transport.MaxIdleConnsPerHost = 32
	return &client{
		base: u.Scheme + "://" + u.Host, key: key, database: strings.Trim(u.Path, "/"),
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// failure is an error status from the server. Its message is dropped because it may
// repeat a filter, and with it what was searched for.
type failure struct{ status, code int }

func (f failure) Error() string {
	return fmt.Sprintf("the LanceDB server answered with status %d, code %d", f.status, f.code)
}

func isStatus(err error, status int) bool {
	var f failure
	return errors.As(err, &f) && f.status == status
}

// Content types of bodies.
const (
	jsonBody  = "application/json"
	arrowBody = "application/vnd.apache.arrow.stream"
)

// send makes a request and returns the answer.
func (c *client) send(ctx context.Context, method, path string, query url.Values, contentType string, body []byte) ([]byte, error) {
	if len(body) > maxBody {
		return nil, daybook.Errorf(daybook.TooLarge, "This is more than a LanceDB server takes at once.")
	}
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the LanceDB server: %w", err)
	}
	req.Header.Set("Content-Type", contentType)
	if c.key != "" {
		req.Header.Set("X-Api-Key", c.key)
	}
	if c.database != "" {
		req.Header.Set("X-Lancedb-Database", c.database)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.away(ctx, err)
	}
	defer resp.Body.Close()
	if contentType == arrowBody {
		c.writes.Add(1)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.away(ctx, err)
	case len(answer) > maxAnswer:
		return nil, daybook.Errorf(daybook.TooLarge, "The LanceDB server answers with more than Daybook takes.")
	case resp.StatusCode/100 != 2:
		return nil, c.refused(resp.StatusCode, answer)
	}
	return answer, nil
}

// away returns the error for a request without an answer.
func (c *client) away(ctx context.Context, err error) error {
	if ended := context.Cause(ctx); ctx.Err() != nil {
		return fmt.Errorf("ask the LanceDB server: %w", ended)
	}
	var unwrapped *url.Error // its text has the address, which is not secret, and the query, which may be
	if errors.As(err, &unwrapped) {
		err = unwrapped.Err
	}
	return &daybook.Error{Kind: daybook.Unavailable, Message: "The LanceDB server at " + c.base + " cannot be reached; try again when it is back.", Err: err}
}

// refused returns the error for a status.
func (c *client) refused(status int, answer []byte) error {
	var said struct{ Code int }
	_ = json.Unmarshal(answer, &said) // it may be no JSON, and is not needed
	err := failure{status, said.Code}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The LanceDB server does not let Daybook in; DAYBOOK_LANCEDB_API_KEY is its key.", Err: err}
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The LanceDB server cannot answer just now.", Err: err}
	case http.StatusNotAcceptable, http.StatusNotImplemented:
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The LanceDB server cannot do what Daybook needs; is it an older one?", Err: err}
	}
	return err
}

// post sends a request for a table. Names of tables need no escaping: they are
// ours or the older service's.
func (c *client) post(ctx context.Context, table, what string, query url.Values, contentType string, body []byte) ([]byte, error) {
	answer, err := c.send(ctx, http.MethodPost, "/v1/table/"+table+"/"+what, query, contentType, body)
	if isStatus(err, http.StatusNotFound) && !strings.HasPrefix(table, vectorsPrefix) {
		c.missed()
		err = &daybook.Error{Kind: daybook.Unavailable, Message: "The LanceDB server lacks a table that it had; try again.", Err: err}
	}
	return answer, err
}

// ask posts JSON and decodes the answer into out, unless that is nil.
func (c *client) ask(ctx context.Context, table, what string, query url.Values, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("ask the LanceDB server: %w", err)
	}
	answer, err := c.post(ctx, table, what, query, jsonBody, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The server is not a LanceDB server.", Err: fmt.Errorf("read the answer: %w", err)}
	}
	return nil
}

// again retries f when another writer is in the way: the server has no locks
// and answers 409 to the second writer.
func again(ctx context.Context, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if !isStatus(err, http.StatusConflict) || try == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rand.Int64N(int64(try * int(20*time.Millisecond))))):
		}
	}
}

// tables lists the names of all tables.
func (c *client) tables(ctx context.Context) (map[string]bool, error) {
	names, token := map[string]bool{}, ""
	for {
		query := url.Values{}
		if token != "" {
			query.Set("page_token", token)
		}
		answer, err := c.send(ctx, http.MethodGet, "/v1/namespace/$/table/list", query, jsonBody, nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Tables []string
			Token  string `json:"page_token"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, &daybook.Error{Kind: daybook.Unavailable, Message: "The server is not a LanceDB server.", Err: err}
		}
		for _, name := range page.Tables {
			names[name] = true
		}
		if page.Token == "" || page.Token == token {
			return names, nil
		}
		token = page.Token
	}
}

// version returns the number of a table's latest version. pylance sends it only
// with detailed metadata.
func (c *client) version(ctx context.Context, table string) (int64, error) {
	var out struct{ Version int64 }
	err := c.ask(ctx, table, "describe", url.Values{"load_detailed_metadata": {"true"}}, struct{}{}, &out)
	return out.Version, err
}

// create makes an empty table unless it exists.
func (c *client) create(ctx context.Context, table string, schema *arrow.Schema) error {
	body, err := encode(schema, nil)
	if err != nil {
		return err
	}
	_, err = c.post(ctx, table, "create", url.Values{"mode": {"create"}}, arrowBody, body)
	if isStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}

// ensure makes a missing table. A table may be listed but not exist yet, while
// another process makes it. If the server was killed while making or dropping
// one, a folder without a table is left, for which pylance answers 500. Making
// an existing table does nothing.
func (c *client) ensure(ctx context.Context, table string, schema *arrow.Schema) error {
	for try := 1; ; try++ {
		_, err := c.version(ctx, table)
		if !isStatus(err, http.StatusNotFound) && !isStatus(err, http.StatusInternalServerError) {
			return err
		}
		if made := c.create(ctx, table, schema); made != nil || try == tries {
			return errors.Join(made, err)
		}
		if try == 1 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		}
	}
}

// insert appends rows in as many requests as they need. Each request is one
// version of the table, whose rows become visible together.
func (c *client) insert(ctx context.Context, table string, schema *arrow.Schema, rows []row) error {
	return pieces(schema, rows, func(body []byte) error {
		return again(ctx, func() error {
			_, err := c.post(ctx, table, "insert", url.Values{"mode": {"append"}}, arrowBody, body)
			return err
		})
	})
}

// merged says what a merge did.
type merged struct {
	Updated  int64 `json:"num_updated_rows"`
	Inserted int64 `json:"num_inserted_rows"`
	Version  int64 `json:"version"`
}

// merge replaces the rows that have the same value in the column on, and
// inserts the others if insert is set. It is one request, so all of it becomes
// visible at once or none of it does. Rows that do not fit into a request are
// daybook.TooLarge.
func (c *client) merge(ctx context.Context, table, on string, schema *arrow.Schema, rows []row, insert bool) (merged, error) {
	var out merged
	if len(rows) == 0 {
		return out, nil
	}
	body, err := encode(schema, rows)
	if err != nil {
		return out, err
	}
	query := url.Values{"on": {on}, "when_matched_update_all": {"true"}, "when_not_matched_insert_all": {fmt.Sprint(insert)}}
	err = again(ctx, func() error {
		answer, err := c.post(ctx, table, "merge_insert", query, arrowBody, body)
		if err != nil {
			return err
		}
		return json.Unmarshal(answer, &out)
	})
	return out, err
}

// mergeAll is merge in as many requests as the rows need. It may match on
// several columns.
func (c *client) mergeAll(ctx context.Context, table string, on []string, schema *arrow.Schema, rows []row) error {
	query := url.Values{"on": on, "when_matched_update_all": {"true"}, "when_not_matched_insert_all": {"true"}}
	return pieces(schema, rows, func(body []byte) error {
		return again(ctx, func() error {
			_, err := c.post(ctx, table, "merge_insert", query, arrowBody, body)
			return err
		})
	})
}

// delete deletes the rows that match a condition.
func (c *client) delete(ctx context.Context, table, condition string) error {
	return again(ctx, func() error {
		return c.ask(ctx, table, "delete", nil, map[string]string{"predicate": condition}, nil)
	})
}

// update sets columns to the values of expressions in the rows that match a
// condition, at once. Other columns are left unchanged.
func (c *client) update(ctx context.Context, table, condition string, columns ...[2]string) error {
	return again(ctx, func() error {
		return c.ask(ctx, table, "update", nil, map[string]any{"predicate": condition, "updates": columns}, nil)
	})
}

// count counts the rows that match a condition; "" matches all.
func (c *client) count(ctx context.Context, table, condition string) (n int, err error) {
	in := map[string]string{}
	if condition != "" {
		in["predicate"] = condition
	}
	err = c.ask(ctx, table, "count_rows", nil, in, &n)
	return n, err
}
