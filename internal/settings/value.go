package settings

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a zone's name holds on machines without a zone database
)

// value reads a setting into a draft, or records in the input what is wrong,
// and formats it.
type value struct {
	set    func(*draft, input)
	show   func(*draft) string
	isBool bool
}

// scalar is a value that is read as a whole.
func scalar[T any](at func(*draft) *T, read func(input) (T, error), show func(T) string) value {
	return value{
		set: func(d *draft, in input) {
			v, err := read(in)
			if err != nil {
				in.fail("%s", err)
				return
			}
			*at(d) = v
		},
		show: func(d *draft) string { return show(*at(d)) },
	}
}

func asIs(s string) string { return s }

// text returns the string in a source.
func (in input) text() (string, error) {
	s, ok := in.raw.(string)
	if !ok {
		return "", errors.New(`must be a string, in quotes`)
	}
	return s, nil
}

func path(at func(*draft) *string) value {
	return scalar(at, func(in input) (string, error) {
		s, err := in.text()
		if err != nil {
			return "", err
		}
		return absolute(s, in.dir, in.Home)
	}, asIs)
}

func boolean(at func(*draft) *bool) value {
	v := scalar(at, input.bool, strconv.FormatBool)
	v.isBool = true
	return v
}

func (in input) bool() (bool, error) {
	b, ok := in.raw.(bool)
	if s, isText := in.raw.(string); isText && !in.fromFile {
		var err error
		b, err = strconv.ParseBool(s)
		ok = err == nil
	}
	if !ok {
		return false, errors.New("must be true or false")
	}
	return b, nil
}

// monthFirst is true or false. If it is not set, the system's region decides.
func monthFirst() value {
	v := scalar(func(d *draft) *bool { return &d.MonthFirst }, func(in input) (bool, error) {
		if in.raw == "" {
			return monthComesFirst(in.Getenv), nil
		}
		return in.bool()
	}, strconv.FormatBool)
	v.isBool = true
	return v
}

// monthComesFirst reports whether the region of the environment writes dates with
// the month first. Without a region, it does.
func monthComesFirst(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_TIME", "LANG"} { // the order of POSIX
		locale, _, _ := strings.Cut(getenv(name), ".")
		if locale == "" {
			continue
		}
		_, region, _ := strings.Cut(strings.ReplaceAll(locale, "-", "_"), "_")
		region, _, _ = strings.Cut(region, "@")
		switch strings.ToUpper(region) {
		case "", "US", "PH", "FM", "MH", "PW", "AS", "GU", "MP", "PR", "UM", "VI":
			return true
		}
		return false
	}
	return true
}

func number(at func(*draft) *int, lowest, highest int) value {
	return scalar(at, func(in input) (int, error) {
		n, ok := in.raw.(int64)
		if s, isText := in.raw.(string); isText && !in.fromFile {
			var err error
			n, err = strconv.ParseInt(s, 10, 64)
			ok = err == nil
		}
		if !ok || n < int64(lowest) || n > int64(highest) {
			return 0, fmt.Errorf("must be a whole number from %d to %d", lowest, highest)
		}
		return int(n), nil
	}, strconv.Itoa)
}

// list is separated by commas outside of the file. Each part is parsed by read,
// which may return several values.
func list(at func(*draft) *[]string, fewest int, read func(input, string) ([]string, error)) value {
	return scalar(at, func(in input) ([]string, error) {
		parts, err := in.parts()
		if err != nil {
			return nil, err
		}
		var all []string
		for i, part := range parts {
			values, err := read(in, part)
			if err != nil {
				return nil, fmt.Errorf("number %d of the list: %w", i+1, err)
			}
			all = append(all, values...)
		}
		if len(all) < fewest {
			return nil, errors.New("must not be empty")
		}
		return all, nil
	}, func(values []string) string { return strings.Join(values, ", ") })
}

func (in input) parts() ([]string, error) {
	var parts []string
	if s, ok := in.raw.(string); ok && !in.fromFile {
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part != "" {
				parts = append(parts, part)
			}
		}
		return parts, nil
	}
	values, ok := in.raw.([]any)
	for _, v := range values {
		s, isText := v.(string)
		ok = ok && isText
		parts = append(parts, s)
	}
	if !ok {
		return nil, errors.New(`must be a list of strings, such as ["a", "b"]`)
	}
	return parts, nil
}

func readTimeout(in input) (time.Duration, error) {
	const lowest, highest = time.Second, time.Hour
	s, _ := in.raw.(string)
	d, err := time.ParseDuration(s)
	if err != nil || d < lowest || d > highest {
		return 0, errors.New(`must be a time from "1s" to "1h", such as "90s"`)
	}
	return d, nil
}

func readTimezone(in input) (*time.Location, error) {
	s, _ := in.raw.(string)
	zone, err := time.LoadLocation(s)
	if err != nil || s == "" {
		return nil, errors.New(`must be the name of a time zone, such as "Europe/Zurich", or "Local"`)
	}
	return zone, nil
}

func readLanguage(in input) (string, error) {
	s, err := in.text()
	if err != nil {
		return "", err
	}
	s = strings.ToLower(strings.TrimSpace(s))
	if s != "" && in.CheckLanguage != nil {
		if err := in.CheckLanguage(s); err != nil {
			return "", err
		}
	}
	return s, nil
}

func readDateFormat(in input, s string) ([]string, error) {
	if in.CheckDateFormat != nil {
		if err := in.CheckDateFormat(s); err != nil {
			return nil, err
		}
	}
	return []string{s}, nil
}

func key(at func(*draft) *Secret) value { return scalar(at, input.secret, Secret.String) }

func (in input) secret() (Secret, error) {
	s, err := in.text()
	if err != nil {
		return Secret{}, err
	}
	if in.fromFile {
		if err := in.file.unsafeFor(); err != nil {
			return Secret{}, err
		}
	}
	return readSecret(s)
}

// readSecret trims white space around a key, and refuses characters that a
// header cannot contain.
func readSecret(s string) (Secret, error) {
	s = strings.TrimSpace(s)
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return Secret{}, errors.New("must be without spaces and without characters other than ASCII")
		}
	}
	return newSecret(s), nil
}

var tagName = regexp.MustCompile(`^#?[\pL\pN\pM_/-]*[\pL\pM_-][\pL\pN\pM_/-]*$`)

// readTag reads a tag, with or without "#".
func readTag(_ input, s string) ([]string, error) {
	if s = strings.TrimSpace(s); !tagName.MatchString(s) || strings.Trim(s, "#/") == "" || len(s) > 100 {
		return nil, errors.New("must be a tag such as #private, of letters, digits, _, - and /")
	}
	return []string{"#" + strings.Trim(s, "#/")}, nil
}

// readAnniversary reads a name and its day, as "my birthday=02-23".
func readAnniversary(_ input, s string) ([]string, error) {
	name, day, ok := strings.Cut(s, "=")
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	d, err := time.Parse("2006-01-02", "2000-"+strings.TrimSpace(day)) // a leap year
	if !ok || name == "" || len(name) > 100 || err != nil {
		return nil, errors.New("must be a name and its month and day, such as “my birthday=02-23”")
	}
	return []string{name + "=" + d.Format("01-02")}, nil
}

// maxInstructions bounds the custom instructions, in bytes.
const maxInstructions = 4000

func readInstructions(in input) (string, error) {
	s, err := in.text()
	if err == nil && len(s) > maxInstructions {
		err = fmt.Errorf("must have at most %d bytes", maxInstructions)
	}
	return strings.TrimSpace(s), err
}
