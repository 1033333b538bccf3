package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"daybook"
)

// away are the first two characters of the error codes that mean the server
// cannot serve now: a broken connection, a lack of resources, a server that is
// stopping or starting, a system error.
var away = map[string]bool{"08": true, "53": true, "57": true, "58": true}

// wrap adds to err what was being done. Failures that the user can do something
// about get a kind and a sentence.
func wrap(doing string, err error) error {
	var known *daybook.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	message := messageOf(err)
	err = fmt.Errorf("%s: %w", doing, redact(err))
	if message != "" {
		return &daybook.Error{Kind: daybook.Unavailable, Message: message, Err: err}
	}
	return err
}

func messageOf(err error) string {
	outOfTime := errors.Is(err, context.DeadlineExceeded) && !isConnecting(err)
	if outOfTime || errors.Is(err, context.Canceled) {
		return ""
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return serverMessage(pg.Code)
	}
	var network net.Error
	if isConnecting(err) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) {
		return "The database cannot be reached."
	}
	return ""
}

// serverMessage explains an error code of the server; empty if there is nothing to say about it.
func serverMessage(code string) string {
	switch {
	case code == "53100":
		return "The database server's disk is full; nothing of this was saved."
	case away[code[:min(2, len(code))]] && code != "57014":
		return "The database server cannot serve now; it may be starting or stopping."
	case code == "28P01" || code == "28000" || code == "3D000":
		return "The database server refuses the user or the database that the settings name."
	case code == "42501":
		return "The database does not give Daybook's user the rights that it needs."
	case code == "25006":
		return "The database can only be read."
	case code == serialization || code == deadlock:
		return "The database was busy with other changes; try again."
	}
	return ""
}

// broken reports whether an established connection broke: the server may be
// back already. A connection that cannot be opened does not count.
func broken(err error) bool {
	if err == nil || isConnecting(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "57P01" || pg.Code == "57P02" // it closed an idle connection
	}
	return messageOf(err) != ""
}

func isConnecting(err error) bool {
	var connecting *pgconn.ConnectError
	return errors.As(err, &connecting)
}

// redact keeps only the parts of a server's error that hold no values: its
// detail and position may quote the data.
func redact(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code == "" {
		return err
	}
	switch pg.Code[:2] {
	case "22", "23": // of data: the message may quote it too
		return &refused{pg.Code, pg.ConstraintName}
	}
	return err
}

// refused is the server's refusal to store something.
type refused struct{ code, constraint string }

func (r *refused) Error() string {
	return fmt.Sprintf("the database refused it (SQLSTATE %s, %q)", r.code, r.constraint)
}

func notFound(what string) error {
	return daybook.Errorf(daybook.NotFound, "There is no such %s.", what)
}
