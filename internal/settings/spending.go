package settings

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Price is the cost of a million tokens of a model.
type Price struct{ Input, Output float64 }

// largestAmount bounds costs and prices.
const largestAmount = 1e9

// amount is a sum of money.
func amount(at func(*draft) *float64) value {
	return scalar(at, func(in input) (float64, error) {
		raw := in.raw
		if s, isText := raw.(string); isText && !in.fromFile {
			n, err := strconv.ParseFloat(s, 64)
			if err != nil {
				n = -1
			}
			raw = n
		}
		return readAmount(raw)
	}, func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) })
}

func readAmount(v any) (float64, error) {
	n, ok := v.(float64)
	if whole, isWhole := v.(int64); isWhole {
		n, ok = float64(whole), true
	}
	if !ok || math.IsNaN(n) || n < 0 || n > largestAmount {
		return 0, errors.New("must be a number, 0 or more")
	}
	return n, nil
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func readCurrency(in input) (string, error) {
	s, err := in.text()
	if err == nil && !currencyCode.MatchString(s) {
		err = errors.New(`must be a code of three capitals, such as "USD"`)
	}
	return s, err
}

// prices is the table [prices].
func prices() value {
	return value{
		set: func(d *draft, in input) {
			tables := in.tables()
			d.Prices = byModel(d, in, tables, func(key string) Price { return in.price(key, tables[key]) })
		},
		show: func(d *draft) string {
			return showByModel(d.Prices, func(p Price) string {
				return fmt.Sprintf("%g for a million tokens in, %g out", p.Input, p.Output)
			})
		},
	}
}

func (in input) price(key string, fields map[string]any) (p Price) {
	for field, v := range fields {
		err := errUnknown
		switch field {
		case "input":
			p.Input, err = readAmount(v)
		case "output":
			p.Output, err = readAmount(v)
		}
		if err != nil {
			in.failAt([]string{key, field}, "%s", err)
		}
	}
	return p
}
