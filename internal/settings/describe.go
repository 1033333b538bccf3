package settings

import (
	"fmt"
)

// Flag is a flag that a command registers.
type Flag struct {
	Name    string // without dashes
	Default string // for the help alone: pass only flags that were given to Load
	Usage   string // one phrase, with the variable of the same setting
	Bool    bool   // the value may be omitted, and is then "true"
	Hidden  bool   // it still works, and the help does not list it
}

// Flags returns the flags of all settings that have one.
func Flags() []Flag {
	var all []Flag
	for _, s := range table() {
		if s.flag != "" {
			all = append(all, Flag{s.flag, s.def, fmt.Sprintf("%s (%s)", s.help, s.env[0]), s.value.isBool, s.instead != "" || s.fileOnly})
		}
	}
	return all
}

// notice tells the user about a setting that was set in a way that is no longer
// needed; "" if there is nothing to say.
func (s setting) notice(origin string, fromFile bool) string {
	switch {
	case origin == "default":
		return ""
	case s.instead != "":
		return fmt.Sprintf("%s (%s) is no longer needed. It is replaced by %s.", s.name, origin, s.instead)
	case s.fileOnly && !fromFile:
		return fmt.Sprintf("%s belongs in the settings file now, as %s.", origin, s.key)
	}
	return ""
}

// Help returns what a setting is for, as a phrase; "" for no such setting.
func Help(name string) string {
	for _, s := range table() {
		if s.name == name {
			return s.help
		}
	}
	return ""
}
