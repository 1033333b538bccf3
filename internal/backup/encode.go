package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// text is a string that survives JSON byte for byte: one that is not valid
// UTF-8 is written in base64.
type text string

type base64Text struct {
	Base64 []byte `json:"base64"`
}

func (t text) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(t)) {
		return json.Marshal(base64Text{[]byte(t)})
	}
	return marshal(string(t))
}

func (t *text) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		var b struct {
			Base64 *string `json:"base64"`
		}
		if err := json.Unmarshal(data, &b); err != nil || b.Base64 == nil {
			return fmt.Errorf("a text is neither a string nor base64")
		}
		raw, err := base64.StdEncoding.DecodeString(*b.Base64)
		*t = text(raw)
		return err
	}
	var s string
	err := json.Unmarshal(data, &s)
	*t = text(s)
	return err
}

// marshal is json.Marshal without escaping <, > and &.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func texts(list []string) []text {
	if list == nil {
		return nil
	}
	out := make([]text, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return out
}

func plainTexts(list []text) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// optional is a text that may be missing, which differs from an empty one.
func optional(data []byte) *text {
	if data == nil {
		return nil
	}
	t := text(data)
	return &t
}

func (t *text) bytes() []byte {
	if t == nil {
		return nil
	}
	return []byte(*t)
}

// moment is a time to the microsecond. A time that RFC 3339 cannot represent is
// encoded as microseconds since 1970.
type moment time.Time

func (m moment) MarshalJSON() ([]byte, error) {
	t := time.Time(m).UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return json.Marshal(t.UnixMicro())
	}
	return json.Marshal(t)
}

func (m *moment) UnmarshalJSON(data []byte) error {
	var micro int64
	if json.Unmarshal(data, &micro) == nil {
		*m = moment(time.UnixMicro(micro).UTC())
		return nil
	}
	var t time.Time
	err := json.Unmarshal(data, &t)
	*m = moment(t.UTC())
	return err
}

// hash32 is a SHA-256 in hex.
type hash32 [32]byte

func (h hash32) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

func (h *hash32) UnmarshalText(data []byte) error {
	raw, err := hex.DecodeString(string(data))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("a hash does not have %d bytes", len(h))
	}
	*h = hash32(raw)
	return nil
}
