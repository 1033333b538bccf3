package settings

import (
	"fmt"
	"strings"
)

// Flag is a flag that a command registers.
type Flag struct {
	Name    string // without dashes
	Default string // for the help alone: pass only flags that were given to Load
	Usage   string // one phrase, with the variable of the same setting
	Bool    bool   // it may stand without a value, which is then "true"
}

// Flags returns the flags of all settings that have one.
func Flags() []Flag {
	var all []Flag
	for _, s := range table() {
		if s.flag != "" {
			all = append(all, Flag{s.flag, s.def, fmt.Sprintf("%s (%s)", s.help, s.env[0]), s.value.isBool})
		}
	}
	return all
}

// Markdown returns the reference of all settings as a table.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| setting | flag | environment | settings file | default | |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, s := range table() {
		flag := ""
		if s.flag != "" {
			flag = "--" + s.flag
		}
		env := code(s.env...)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", s.name, code(flag), env, code(s.key), code(s.def), strings.ReplaceAll(s.help, "|", `\|`))
	}
	return b.String()
}

// code returns the words that are not empty as code.
func code(words ...string) string {
	var all []string
	for _, w := range words {
		if w != "" {
			all = append(all, "`"+w+"`")
		}
	}
	return strings.Join(all, ", ")
}
