package diary

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Property is something that an app knows about an entry besides its words.
type Property struct{ Key, Value string }

// about is what Day One and jrnl know about an entry. Numbers may be missing.
type about struct {
	Starred        bool   `json:"starred"`
	Pinned         bool   `json:"isPinned"`
	CreationDevice string `json:"creationDevice"`
	Location       struct {
		PlaceName, LocalityName, AdministrativeArea, Country string
		Latitude, Longitude                                  *float64
	} `json:"location"`
	Weather struct {
		ConditionsDescription string
		TemperatureCelsius    *float64
	} `json:"weather"`
	UserActivity struct{ ActivityName string }  `json:"userActivity"`
	Music        struct{ Track, Artist string } `json:"music"`
}

// propertiesOf returns what an export says about an entry, in a fixed order. A part
// that is not as expected is left out.
func propertiesOf(data []byte, zone string) (list []Property) {
	var a about
	if json.Unmarshal(data, &a) != nil {
		a = about{}
		var fields map[string]json.RawMessage
		if json.Unmarshal(data, &fields) != nil {
			return nil
		}
		for name, to := range map[string]any{"starred": &a.Starred, "isPinned": &a.Pinned, "creationDevice": &a.CreationDevice, "location": &a.Location, "weather": &a.Weather} {
			_ = json.Unmarshal(fields[name], to) // one that cannot be read stays empty
		}
	}
	add := func(key, value string) {
		if value = strings.TrimSpace(value); value != "" {
			list = append(list, Property{key, value})
		}
	}
	l := a.Location
	places := []string{l.PlaceName, l.LocalityName, l.AdministrativeArea, l.Country}
	add("location", joined(places, ", "))
	if l.Latitude != nil && l.Longitude != nil {
		add("coordinates", number(*l.Latitude)+", "+number(*l.Longitude))
	}
	temperature := ""
	if t := a.Weather.TemperatureCelsius; t != nil {
		temperature = fmt.Sprintf("%.0f °C", math.Round(*t)+0) // never -0
	}
	add("weather", joined([]string{temperature, a.Weather.ConditionsDescription}, ", "))
	add("activity", a.UserActivity.ActivityName)
	add("music", joined([]string{a.Music.Track, a.Music.Artist}, ", "))
	add("device", a.CreationDevice)
	if a.Starred {
		add("starred", "true")
	}
	if a.Pinned {
		add("pinned", "true")
	}
	if len(list) > 0 { // by itself, the zone is not worth keeping: the date is already local
		add("time_zone", zone)
	}
	return list
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// joined joins the different texts of a list that are not empty.
func joined(list []string, by string) string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, by)
}

// front returns the front matter, without its fences, of a new note with the parts of
// a day; "" for none. A property with several values is a list.
func front(parts []Part) string {
	if len(parts) == 1 && parts[0].front != "" {
		return parts[0].front
	}
	var keys []string
	values := map[string][]string{}
	for _, p := range parts {
		for _, is := range p.Properties {
			if !slices.Contains(keys, is.Key) {
				keys = append(keys, is.Key)
			}
			if !slices.Contains(values[is.Key], is.Value) {
				values[is.Key] = append(values[is.Key], is.Value)
			}
		}
	}
	var b strings.Builder
	for _, key := range keys {
		list := make([]string, len(values[key]))
		for i, value := range values[key] {
			list[i] = yamlValue(value)
		}
		text := list[0]
		if len(list) > 1 {
			text = "[" + strings.Join(list, ", ") + "]"
		}
		b.WriteString(key + ": " + text + "\n")
	}
	return b.String()
}

// yamlValue writes a text as YAML: a string of JSON is one of YAML.
func yamlValue(value string) string {
	if value == "true" {
		return value
	}
	quoted, _ := json.Marshal(value) // a string always has one
	return string(quoted)
}

var plainProperty = regexp.MustCompile(`^(\pL[\pL\pN_ -]{0,40}):[ \t]+([^\s\[{|>&*!].*)$`)

// plainProperties returns the properties of front matter that are a key and a value on
// one line, without the tags, for a note that gets no front matter.
func plainProperties(front string) (list []Property) {
	for line := range strings.Lines(front) {
		m := plainProperty.FindStringSubmatch(strings.TrimRight(line, " \t\r\n"))
		if m == nil || strings.EqualFold(m[1], "tags") || strings.EqualFold(m[1], "tag") {
			continue
		}
		list = append(list, Property{m[1], strings.Trim(m[2], `"'`)})
	}
	return list
}

// details returns the properties as a line of text, for a note that has its own front
// matter; "" for none.
func details(p Part) string {
	var list []string
	for _, is := range p.Properties {
		first, size := utf8.DecodeRuneInString(is.Key)
		name := strings.ReplaceAll(string(unicode.ToUpper(first))+is.Key[size:], "_", " ")
		if is.Value != "true" {
			name += ": " + is.Value
		}
		list = append(list, name)
	}
	return strings.Join(list, " · ")
}
