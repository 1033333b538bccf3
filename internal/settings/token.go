package settings

import (
	"errors"
	"fmt"
	"strings"
)

// The minimum of a token, in characters.
const (
	minToken  = 16
	minRandom = 12 // unpredictable ones
)

func tokenValue() value {
	return scalar(func(d *draft) *Secret { return &d.Token }, func(in input) (Secret, error) {
		token, err := in.secret()
		if err == nil && token.IsSet() {
			err = checkToken(token.Reveal())
		}
		return token, err
	}, Secret.String)
}

// checkToken refuses a token that is easy to guess.
func checkToken(token string) error {
	const advice = "openssl rand -hex 32 makes a good one, and without the setting Daybook generates one"
	if len(token) < minToken {
		return fmt.Errorf("must have at least %d characters; %s", minToken, advice)
	}
	if random(token) < minRandom {
		return errors.New("is too easy to guess: it repeats itself, or runs along the alphabet or a keyboard; " + advice)
	}
	return nil
}

// rows are orders in which people type characters without thinking.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm"}

// random counts the characters of a token that do not follow from those before
// it. One follows if it is the second of a pair seen before, or if it goes on in
// the same direction along a row, or on the spot.
func random(token string) int {
	token = strings.ToLower(token)
	n, pairs, before := min(1, len(token)), map[string]bool{}, far
	for i := 1; i < len(token); i++ {
		pair := token[i-1 : i+1]
		step := stepOf(pair[0], pair[1])
		goesOn := step != far && step == before
		if !goesOn && !pairs[pair] {
			n++
		}
		pairs[pair] = true
		before = step
	}
	return n
}

// far is the step between characters that are not next to each other in a row.
const far = 2

// stepOf returns the step from one character to another along a row: 1, 0, -1 or
// far.
func stepOf(from, to byte) int {
	if from == to {
		return 0
	}
	for _, row := range rows {
		a, b := strings.IndexByte(row, from), strings.IndexByte(row, to)
		if a < 0 || b < 0 {
			continue
		}
		if step := b - a; step == 1 || step == -1 {
			return step
		}
	}
	return far
}
