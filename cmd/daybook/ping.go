package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/settings"
)

func newPing(w env) *cobra.Command {
	return &cobra.Command{
		Use:   "ping",
		Short: "Check that the server on this machine is running",
		Long: `Check that a server is running at the address in the settings. The exit code is 0 if
it is. Meant for containers and monitoring.`,
		Example: "  daybook ping --addr 127.0.0.1:8000",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(w, cmd.Flags())
			if err != nil {
				return err
			}
			return ping(cmd.Context(), s)
		},
	}
}

// ping asks GET /healthz.
func ping(ctx context.Context, s settings.Settings) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	address := "http://" + net.JoinHostPort(host, port)
	transport := &http.Transport{DisableKeepAlives: true}
	if s.TLSCert != "" {
		// The certificate is for the name that others use. Nothing is sent.
		address = "https://" + net.JoinHostPort(host, port)
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return daybook.Errorf(daybook.Unavailable, "No server is running at %s. Start one with “daybook serve”.", address)
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: fmt.Sprintf("The server at %s does not answer.", address), Err: err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return daybook.Errorf(daybook.Unavailable, "The server at %s answered with status %d.", address, resp.StatusCode)
	}
	return nil
}
