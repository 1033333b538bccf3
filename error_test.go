package daybook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{nil, ""},
		{io.EOF, Internal},
		{Errorf(NotFound, "gone"), NotFound},
		{fmt.Errorf("look: %w", &Error{Kind: Conflict}), Conflict},
		{fmt.Errorf("wait: %w", context.DeadlineExceeded), Timeout},
		{context.Canceled, Unavailable},
		{&Error{Kind: Upstream, Err: context.DeadlineExceeded}, Upstream},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("KindOf(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

func TestErrorfKeepsItsCauseOnce(t *testing.T) {
	err := Errorf(Unavailable, "open the store: %w", io.ErrUnexpectedEOF)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	sentence := &Error{Kind: Unavailable, Message: "The store cannot be opened.", Err: io.ErrUnexpectedEOF}
	if got := sentence.Error(); got != "The store cannot be opened: unexpected EOF" {
		t.Errorf("Error() = %q", got)
	}
	if got := err.Error(); got != "open the store: unexpected EOF" {
		t.Errorf("Error() = %q", got)
	}
}

func TestPublicMessageHidesCauses(t *testing.T) {
	secret := errors.New("what the diary says")
	for _, err := range []error{
		secret,
		fmt.Errorf("x: %w", secret),
		&Error{Kind: Upstream, Message: "It failed.", Err: secret},
	} {
		if got := PublicMessage(err); got == "" || got == secret.Error() || len(got) > 80 {
			t.Errorf("PublicMessage(%v) = %q", err, got)
		}
	}
}
