package settings

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The schemes of a store's address.
var (
	lanceSchemes    = []string{"lancedb+http", "lancedb+https"}
	postgresSchemes = []string{"postgres", "postgresql"}
)

func storeValue() value {
	return scalar(func(d *draft) *Secret { return &d.Store }, func(in input) (Secret, error) {
		s, err := in.text()
		if err != nil {
			return Secret{}, err
		}
		s = strings.TrimSpace(s)
		if err := CheckStore(s); err != nil {
			return Secret{}, err
		}
		if u, err := url.Parse(s); err == nil && u.User != nil && in.fromFile {
			if _, hasPassword := u.User.Password(); hasPassword {
				if err := in.file.unsafeFor(); err != nil {
					return Secret{}, err
				}
			}
		}
		return newSecret(s), nil
	}, func(s Secret) string { return placeOf(s.Reveal()) })
}

var ownerName = regexp.MustCompile(`^[\pL\pN][\pL\pN._@+-]{0,63}$`)

func readOwner(in input) (string, error) {
	s, err := in.text()
	if err == nil {
		err = CheckOwner(s)
	}
	return s, err
}

// CheckOwner says what is wrong with the name of an owner.
func CheckOwner(name string) error {
	if !ownerName.MatchString(name) {
		return errors.New("must be a name of at most 64 letters, digits and . _ @ + -, beginning with a letter or a digit")
	}
	return nil
}

// CheckStore says what is wrong with a store's address, without showing it.
// "" is the file in the data folder.
func CheckStore(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || !slices.Contains(append(lanceSchemes, postgresSchemes...), u.Scheme) || u.Opaque != "":
		return errors.New("must be an address such as lancedb+http://host:port/database, lancedb+https://host or postgres://user@host/database")
	case !validPort(u.Port()):
		return errors.New("must have a port from 0 to 65535")
	case !slices.Contains(lanceSchemes, u.Scheme):
		return nil // Postgres reads the rest
	case u.Hostname() == "":
		return errors.New("must name a host, as lancedb+http://host:port")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must be without a user, a password, a ? and a #: the key of a LanceDB server is DAYBOOK_LANCEDB_API_KEY")
	case strings.Contains(strings.Trim(u.Path, "/"), "/"):
		return errors.New("must have at most one name after the host: the database")
	}
	return nil
}

// IsPostgres reports whether a store's address names a PostgreSQL database, which
// holds the journals of many owners.
func IsPostgres(address string) bool {
	scheme, _, ok := strings.Cut(address, ":")
	return ok && slices.Contains(postgresSchemes, scheme)
}

// placeOf returns what may be shown of a store's address: the scheme, the host
// and the database.
func placeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// StoreAddress returns the address of the store, "" for the file
// [Settings.Database]. The demo journal is always in its file: it must not mix with
// the owner's data elsewhere.
func (s Settings) StoreAddress() string {
	if s.Demo() {
		return ""
	}
	return s.Store.Reveal()
}

// StorePlace returns where the store is, as it may be shown.
func (s Settings) StorePlace() string {
	if address := s.StoreAddress(); address != "" {
		return placeOf(address)
	}
	return s.Database()
}

// checkStore keeps the journal and the key off the open internet.
func (l *loader) checkStore() {
	address := l.draft.Store.Reveal()
	if rest, ok := strings.CutPrefix(address, "lancedb+"); ok && l.public(rest) && !l.draft.InsecureHTTP {
		l.wrong("store", "http would carry the journal unencrypted through the internet: "+
			"use lancedb+https, or set insecure_http to true where the network is your own")
	}
}
