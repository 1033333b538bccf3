package llm

import (
	"context"

	"daybook"
)

// TaskSpeech is transcribing recordings.
const TaskSpeech Task = "speech"

// maxSpeech is the size in bytes above which no provider accepts a recording.
const maxSpeech = 25 << 20

// SpeechRequest asks for the words of a recording.
type SpeechRequest struct {
	// Model is the provider's own name for the model.
	Model string
	// Name has the extension by which the provider knows the format.
	Name string
	Data []byte // not empty, at most maxSpeech
	// Contents says what of the journal is in the request.
	Contents Contents
}

// Speech transcribes recordings. It returns a ChatModel's errors and does not
// retry.
type Speech interface {
	Transcribe(ctx context.Context, req SpeechRequest) (string, Usage, error)
}

// Speech returns the model that is set for recordings; false if none is, or if its
// provider does not transcribe them.
func (m *Models) Speech() (Speech, Ref, bool) {
	ref, ok := m.tasks[TaskSpeech]
	if !ok {
		return nil, Ref{}, false
	}
	s := m.providers[ref.Provider].Speech
	if s == nil {
		return nil, ref, false
	}
	return metered{s, ref, m.exit.outside(ref.Provider), m.budget(ref)}, ref, true
}

// metered is a provider's model, whose calls are charged to the budget and pass
// the exit.
type metered struct {
	Speech
	ref    Ref
	exit   exit
	budget limited
}

// bytesPerSoundToken is a cautious guess: a second of speech has about 4 KB and 10
// tokens.
const bytesPerSoundToken = 300

func (m metered) Transcribe(ctx context.Context, req SpeechRequest) (string, Usage, error) {
	if len(req.Data) == 0 || len(req.Data) > maxSpeech {
		return "", Usage{}, daybook.Errorf(daybook.TooLarge, "A recording to be transcribed has at most %d MB.", maxSpeech>>20)
	}
	most := Usage{InputTokens: len(req.Data)/bytesPerSoundToken + 1, OutputTokens: len(req.Data)/bytesPerSoundToken/2 + 1}
	if m.budget.Budget != nil {
		if _, err := m.budget.Reserve(ctx, askIn(ctx, most.InputTokens+most.OutputTokens)); err != nil {
			return "", Usage{}, err
		}
	}
	end, err := m.exit.begin(ctx, Outgoing{m.ref, TaskSpeech, req.Contents, nil}, most)
	if err != nil {
		return "", Usage{}, err
	}
	req.Model = m.ref.Model
	text, used, err := m.Speech.Transcribe(ctx, req)
	if used == (Usage{}) && err == nil {
		used = most // Whisper does not say
	}
	end(used, err)
	return text, used, err
}
