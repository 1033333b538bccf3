package server

import (
	"net"
	"testing"

	"daybook"
	"daybook/internal/settings"
)

// A name may resolve to another address later than when the settings were
// checked.
func TestNoTokenRequiresLoopback(t *testing.T) {
	without := settings.Settings{NoToken: true}
	if err := checkLoopback(without, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)}); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("an address that others can reach: %v", err)
	}
	if err := checkLoopback(without, &net.TCPAddr{IP: net.IPv6loopback}); err != nil {
		t.Errorf("loopback: %v", err)
	}
}
