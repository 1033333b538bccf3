package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"daybook"
)

const (
	// maxReply bounds a reply of the older server, in bytes.
	maxReply = 64 << 20
	// maxRedirects is how many redirects the older server may send.
	maxRedirects = 5
	// giveUp is how many threads in a row may get no answer before the import
	// stops asking.
	giveUp = 5
)

func isURL(source string) bool {
	s := strings.ToLower(source)
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// withoutSecrets returns an address for a report, without the parts that may
// contain secrets.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// older is the server to import from.
type older struct {
	base   *url.URL
	client *http.Client
	token  string
}

// openServer returns the server at an address, which must not contain secrets.
func (im *Importer) openServer(address string) (*older, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return nil, bad(daybook.Invalid, "This is not an address such as http://127.0.0.1:8000.")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, bad(daybook.Invalid, "The address must not have a user, a password, a ? or a #. Put the token into DAYBOOK_IMPORT_TOKEN.")
	case u.Scheme == "http" && !loopback(u.Hostname()) && !im.InsecureHTTP:
		return nil, bad(daybook.Invalid, "Over http your conversations would be sent unencrypted: use https, or --insecure-http on your own network.")
	}
	transport := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:    15 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
		ForceAttemptHTTP2:      true,
	}
	return &older{u, &http.Client{Transport: transport, Timeout: im.timeout, CheckRedirect: stayThere}, im.Token}, nil
}

func loopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

var errRedirect = errors.New("redirected elsewhere")

// stayThere follows redirects only on the same server: the user did not name
// another one, and it must not get the token.
func stayThere(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
		return errRedirect
	}
	return nil
}

// list requests a list and returns its elements. An error that wraps errSilent
// means that there was no answer.
func (o *older) list(ctx context.Context, path ...string) ([]json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.base.JoinPath(path...).String(), nil)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return nil, bad(daybook.Unauthorized, "The server refused the token (status %d). Put the right one into DAYBOOK_IMPORT_TOKEN.", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return nil, bad(daybook.Upstream, "The server answered %d.", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return nil, failure(ctx, err)
	}
	if len(data) > maxReply {
		return nil, bad(daybook.TooLarge, "The server's answer is larger than %d MB.", maxReply>>20)
	}
	var elements []json.RawMessage
	if json.Unmarshal(data, &elements) != nil {
		return nil, bad(daybook.Upstream, "The server's answer is not a list of the requested kind.")
	}
	return elements, nil
}

// errSilent means that the server gave no answer for a thread.
var errSilent = errors.New("no answer")

// failure says why there is no answer. The client's own message contains
// nothing but the address.
func failure(ctx context.Context, err error) error {
	var timeout net.Error
	message, kind := "The server cannot be reached, or closed the connection.", daybook.Upstream
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errRedirect):
		return bad(daybook.Upstream, "The server redirects to another address. Import from that one, if it is yours.")
	case errors.As(err, &timeout) && timeout.Timeout():
		message, kind = "The server did not answer in time.", daybook.Timeout
	}
	return sourceError{&daybook.Error{Kind: kind, Message: message, Err: errors.Join(errSilent, err)}}
}

// server imports all threads of the older server.
func (im *Importer) server(ctx context.Context, address string, r *Report) error {
	o, err := im.openServer(address)
	if err != nil {
		return err
	}
	defer o.client.CloseIdleConnections()
	threads, err := o.list(ctx, "threads")
	if err != nil {
		return err
	}
	x := &serverImport{im, o, r, map[string]bool{}, map[uuid.UUID]bool{}, 0}
	for i, raw := range threads {
		im.Progress(Progress{"Importing the chats", i, len(threads)})
		if err := x.thread(ctx, raw, fmt.Sprintf("threads[%d]", i)); err != nil {
			return err
		}
	}
	if len(threads) > 0 && r.met == 0 {
		return bad(daybook.Upstream, "The server sent none of its threads.")
	}
	return nil
}

// serverImport is one import from a server.
type serverImport struct {
	*Importer
	*older
	report   *Report
	threads  map[string]bool
	messages map[uuid.UUID]bool
	silent   int // threads in a row without any answer
}

// thread imports a thread. If the server fails to send it, it is left out and
// the others are imported.
func (x *serverImport) thread(ctx context.Context, raw json.RawMessage, place string) error {
	t, fault := parseThread(raw)
	switch {
	case fault != "":
	case x.threads[t.ID]:
		fault = sameID
	case x.silent >= giveUp:
		fault = "not asked for any more, since the server had stopped answering"
	}
	if fault != "" {
		x.report.leave(Thread, fault, place)
		return nil
	}
	x.threads[t.ID] = true
	elements, err := x.list(ctx, "threads", t.ID, "messages")
	if isSource(err) {
		x.silent++
		if !errors.Is(err, errSilent) {
			x.silent = 0
		}
		x.report.leave(Thread, daybook.PublicMessage(err), "thread "+t.ID)
		return nil
	}
	if err != nil {
		return err
	}
	x.report.met++
	x.silent = 0
	return x.merge(ctx, t, x.read(t.ID, elements), true, x.report)
}

// read reads the messages of a thread.
func (x *serverImport) read(thread string, elements []json.RawMessage) []daybook.Message {
	messages := make([]daybook.Message, 0, len(elements))
	for i, raw := range elements {
		m, fault := parseMessage(raw)
		id, _ := uuid.Parse(m.ID) // without a fault there is a message
		switch {
		case fault != "":
		case m.ThreadID != thread:
			fault = otherThread
		case x.messages[id]:
			fault = sameID
		}
		if fault != "" {
			x.report.leave(Message, fault, "thread "+thread+" "+messagePlace(i))
			continue
		}
		x.messages[id] = true
		messages = append(messages, m)
	}
	return messages
}
