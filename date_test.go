package daybook

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	for _, s := range []string{"1660-02-29", "2024-02-29", "0001-01-01", "9999-12-31"} {
		d, err := ParseDate(s)
		if err != nil || d.String() != s || !d.Valid() {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "1661-02-29", "2024-2-3", "24-02-03", "0000-01-01", "2024-13-01", "tomorrow"} {
		if d, err := ParseDate(s); err == nil || KindOf(err) != Invalid {
			t.Errorf("ParseDate(%q) = %v, %v; want an Invalid error", s, d, err)
		}
	}
}

func TestDateArithmetic(t *testing.T) {
	d := Date{1660, time.February, 28}
	if got := d.AddDays(2); got != (Date{1660, time.March, 1}) {
		t.Errorf("two days after %s: %s", d, got)
	}
	if d.Compare(d.AddDays(1)) >= 0 || d.AddDays(1).Compare(d) <= 0 || d.Compare(d) != 0 {
		t.Error("days are not in order")
	}
	zone := time.FixedZone("", 14*3600)
	if got := DateOf(time.Date(2023, 12, 31, 12, 0, 0, 0, time.UTC).In(zone)); got != (Date{2024, time.January, 1}) {
		t.Errorf("the day in another zone: %s", got)
	}
}

func TestDateJSON(t *testing.T) {
	in := struct{ Day, None Date }{Day: Date{1660, 9, 25}}
	data, err := json.Marshal(in)
	if err != nil || string(data) != `{"Day":"1660-09-25","None":""}` {
		t.Fatalf("%s, %v", data, err)
	}
	out := in
	out.Day = Date{}
	if err := json.Unmarshal(data, &out); err != nil || out != in {
		t.Errorf("%+v, %v", out, err)
	}
}
