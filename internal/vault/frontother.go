package vault

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Front matter of site generators: TOML between two lines of "+++", or a JSON
// object. Daybook reads its tags and leaves it out of the diary.

var (
	tomlKey  = regexp.MustCompile(`^[\w."-]+\s*=`)
	tomlTags = regexp.MustCompile(`(?ms)^tags\s*=\s*(\[[^\]]*\]|"[^"\n]*"|'[^'\n]*')`)
	// A table ends the keys of the top.
	tomlTable       = regexp.MustCompile(`(?m)^\s*\[`)
	tomlTranscribed = regexp.MustCompile(`(?im)^transcription\s*=\s*["']?true["']?\s*(?:#.*)?$`)
	quoted          = regexp.MustCompile(`"([^"\n]*)"|'([^'\n]*)'`)
	// siteKeys are keys that tell JSON front matter from other JSON: it has at
	// least one of them.
	siteKeys = []string{"title", "date", "tags", "draft", "slug", "aliases", "categories"}
)

// OtherFront is front matter in TOML or JSON.
type OtherFront struct {
	Format string // "TOML", "JSON" or ""
	// Start and End are the byte offsets of TOML without its fences, or of JSON
	// with its braces; Body is where the line behind it begins.
	Start, End, Body int
}

// The formats of front matter besides YAML.
const (
	TOML = "TOML"
	JSON = "JSON"
)

// otherFrontMatter reads front matter that begins at from and is not YAML. It
// returns what that says, and where the body of the note begins; from if there is
// no such front matter.
func otherFrontMatter(s string, from int) (f FrontMatter, body int) {
	head := s[from:min(from+maxFrontMatter, len(s))]
	switch {
	case strings.HasPrefix(head, "+++"):
		return toml(s, from)
	case strings.HasPrefix(head, "{"):
		in := json.NewDecoder(strings.NewReader(head))
		var object map[string]any
		if in.Decode(&object) != nil || !slices.ContainsFunc(siteKeys, func(key string) bool { return object[key] != nil }) {
			return f, from
		}
		end := from + int(in.InputOffset())
		rest, _, more := strings.Cut(s[end:], "\n")
		if strings.TrimSpace(rest) != "" {
			return f, from
		}
		list, _ := object["tags"].([]any)
		for _, tag := range list {
			f.tags = append(f.tags, strings.Join(strings.Fields(fmt.Sprint(tag)), "-"))
		}
		f.Transcribed = strings.EqualFold(fmt.Sprint(object["transcription"]), "true")
		body = end + len(rest)
		if more {
			body++
		}
		f.Other = OtherFront{JSON, from, end, body}
		return f, body
	}
	return f, from
}

func toml(s string, from int) (f FrontMatter, body int) {
	l := Lines{S: s, At: from}
	l.Next()
	if strings.TrimRight(l.Text, " \t") != "+++" {
		return f, from
	}
	start, keys := l.At, false
	for l.Next() && l.Start-start <= maxFrontMatter {
		switch line := strings.TrimRight(l.Text, " \t"); {
		case line == "+++" && keys:
			f.Other = OtherFront{TOML, start, l.Start, l.At}
			top := s[start:l.Start]
			if at := tomlTable.FindStringIndex(top); at != nil {
				top = top[:at[0]]
			}
			f.Transcribed = tomlTranscribed.MatchString(top)
			if m := tomlTags.FindStringSubmatch(s[start:l.Start]); m != nil {
				for _, tag := range quoted.FindAllStringSubmatch(m[1], -1) {
					f.tags = append(f.tags, strings.Join(strings.Fields(tag[1]+tag[2]), "-"))
				}
			}
			return f, l.At
		case line == "", strings.HasPrefix(line, "#"), strings.HasPrefix(line, "["):
		case !keys && !tomlKey.MatchString(line):
			return f, from
		default:
			keys = true
		}
	}
	return f, from
}
