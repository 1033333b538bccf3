package settings

import (
	"errors"
	"time"
)

// SearchHelp determines whether a chat model helps a search. The zero value is
// off.
type SearchHelp struct {
	// Within is how long it may take; 0 is off.
	Within time.Duration
	// Auto excludes models that are too slow for that.
	Auto bool
}

// autoHelp is the default time for a model.
const autoHelp = 2500 * time.Millisecond

// String returns h as the settings file has it.
func (h SearchHelp) String() string {
	switch {
	case h.Within == 0:
		return "off"
	case h.Auto:
		return "auto"
	}
	return h.Within.String()
}

func readSearchHelp(in input) (SearchHelp, error) {
	const lowest, highest = 500 * time.Millisecond, time.Minute
	s, _ := in.raw.(string)
	switch s {
	case "auto":
		return SearchHelp{Within: autoHelp, Auto: true}, nil
	case "off":
		return SearchHelp{}, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < lowest || d > highest {
		return SearchHelp{}, errors.New(`must be "auto", "off", or a time from "500ms" to "1m", such as "3s"`)
	}
	return SearchHelp{Within: d}, nil
}
