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
	quoted   = regexp.MustCompile(`"([^"\n]*)"|'([^'\n]*)'`)
	// siteKeys are keys that tell JSON front matter from other JSON: it has at
	// least one of them.
	siteKeys = []string{"title", "date", "tags", "draft", "slug", "aliases", "categories"}
)

// otherFrontMatter reads front matter that begins at from and is not YAML. It
// returns where the body begins, and the tags; from if there is no such front
// matter.
func otherFrontMatter(s string, from int) (tags []string, body int) {
	head := s[from:min(from+maxFrontMatter, len(s))]
	switch {
	case strings.HasPrefix(head, "+++"):
		return toml(s, from)
	case strings.HasPrefix(head, "{"):
		in := json.NewDecoder(strings.NewReader(head))
		var object map[string]any
		if in.Decode(&object) != nil || !slices.ContainsFunc(siteKeys, func(key string) bool { return object[key] != nil }) {
			return nil, from
		}
		end := from + int(in.InputOffset())
		if rest, _, _ := strings.Cut(s[end:], "\n"); strings.TrimSpace(rest) != "" {
			return nil, from
		}
		list, _ := object["tags"].([]any)
		for _, tag := range list {
			tags = append(tags, strings.Join(strings.Fields(fmt.Sprint(tag)), "-"))
		}
		return tags, end
	}
	return nil, from
}

func toml(s string, from int) (tags []string, body int) {
	l := Lines{S: s, At: from}
	l.Next()
	if strings.TrimRight(l.Text, " \t") != "+++" {
		return nil, from
	}
	start, keys := l.At, false
	for l.Next() && l.Start-start <= maxFrontMatter {
		switch line := strings.TrimRight(l.Text, " \t"); {
		case line == "+++" && keys:
			if m := tomlTags.FindStringSubmatch(s[start:l.Start]); m != nil {
				for _, tag := range quoted.FindAllStringSubmatch(m[1], -1) {
					tags = append(tags, strings.Join(strings.Fields(tag[1]+tag[2]), "-"))
				}
			}
			return tags, l.At
		case line == "", strings.HasPrefix(line, "#"), strings.HasPrefix(line, "["):
		case !keys && !tomlKey.MatchString(line):
			return nil, from
		default:
			keys = true
		}
	}
	return nil, from
}
