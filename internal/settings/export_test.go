package settings

import (
	"fmt"
	"strings"
)

// OldNames returns the settings that users no longer need, as a Markdown table.
func OldNames() string {
	var b strings.Builder
	b.WriteString("| setting | replaced by |\n| --- | --- |\n")
	for _, s := range table() {
		if s.instead != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", s.name, s.instead)
		}
	}
	return b.String()
}

// Markdown returns the reference of all settings as a table.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| setting | flag | environment | settings file | default | |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, s := range table() {
		if s.instead != "" {
			continue
		}
		flag, env := "", ""
		if s.flag != "" && !s.fileOnly {
			flag = "--" + s.flag
		}
		if !s.fileOnly {
			env = code(s.env...)
		}
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
