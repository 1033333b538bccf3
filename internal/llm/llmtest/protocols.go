package llmtest

import "encoding/json"

// quote writes a JSON string.
func quote(s string) string {
	data, _ := json.Marshal(s) // strings always marshal
	return string(data)
}

// play puts the script's deltas and its mishaps into frames, each delta by
// the protocol's own function.
func (s Script) play(delta func(string) string, failure string, end ...string) []frame {
	var frames []frame
	if s.Garbage {
		frames = append(frames, frame{data: "data: {\"choices\": [tru\n\n"})
	}
	for i, text := range s.Deltas {
		wait := s.Every
		if i == 0 {
			wait = s.First
		}
		if s.SilentAfter > 0 && i == s.SilentAfter {
			return append(frames, frame{wait: -1})
		}
		if s.ErrorAfter > 0 && i == s.ErrorAfter {
			return append(frames, frame{data: failure})
		}
		frames = append(frames, frame{wait, delta(text)})
	}
	if s.SilentAfter > 0 {
		return append(frames, frame{wait: -1})
	}
	for _, e := range end {
		frames = append(frames, frame{data: e})
	}
	return frames
}

// fragments cuts the arguments of a call as the script says.
func (s Script) fragments(arguments json.RawMessage) []string {
	if s.Fragment == 0 || s.Loose {
		return []string{string(arguments)}
	}
	return Split(string(arguments), s.Fragment)
}
