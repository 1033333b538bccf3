package edit

import (
	"slices"
	"time"
)

// A sitting is a series of saves by the page, or by another program, each
// within pauseOf after the one before and based on it. A long one counts as
// several.
const (
	pauseOf = 10 * time.Minute
	longest = time.Hour
)

// much is the number of bytes of a note above which a save that replaces or
// deletes them keeps the version before it.
const much = 200

// rewrites reports whether much of a note is replaced or deleted in one place.
func rewrites(before, after []byte) bool {
	same := 0
	for same < min(len(before), len(after)) && before[same] == after[same] {
		same++
	}
	before, after = before[same:], after[same:]
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	return len(before) > much
}

// sittings returns a note's versions, oldest first, without intermediate
// autosaves. It keeps the last version of each sitting, each one before much
// was replaced or deleted, the one before each sitting, and all that another
// program replaced. Saves through the API are kept one by one, unless all says
// that they count as sittings too.
func sittings(list []Version, all bool) []Version {
	var kept []Version
	var since time.Time // when the sitting began
	for i, v := range list {
		if i == 0 || !step(list[i-1], v, all) || v.Time.Sub(since) > longest {
			since = v.Time
		}
		last := i+1 == len(list) || !step(v, list[i+1], all)
		if last || list[i+1].Time.Sub(since) > longest || list[i+1].rewrote || v.Size-list[i+1].Size > much {
			kept = append(kept, v)
		}
	}
	return kept
}

// autosaves reports whether such versions may come from one sitting; those of the
// API only if all do.
func (c Cause) autosaves(all bool) bool {
	if c == API {
		return all
	}
	return c == Page || c == Other
}

// step reports whether b continues a in one sitting.
func step(a, b Version, all bool) bool {
	pause := b.Time.Sub(a.Time)
	return a.Cause.autosaves(all) && a.Cause == b.Cause && !a.Gone() && !b.Gone() && a.kept() && b.kept() && pause >= 0 && pause < pauseOf
}

func backwards(list []Version) []Version {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}
