package transcribe

import (
	"errors"
	"strings"
	"testing"
)

func TestTextOf(t *testing.T) {
	for answer, want := range map[string]string{
		" One.\r\n\r\nTwo. \n":       "One.\n\nTwo.",
		"[blank]":                    "",
		"```\nOne.\n```":             "One.",
		"```text\nOne.\n\nTwo.\n```": "One.\n\nTwo.",
		"This is the page I always dread: the accounts.\nBread 4d.": "This is the page I always dread: the accounts.\nBread 4d.",
		"ha ha ha ha ha ha ha ha ha ha":                             "ha ha ha ha ha ha ha ha ha ha",
		strings.Repeat("-", 500) + "\nTea":                          strings.Repeat("-", 500) + "\nTea",
		"Tea\n" + strings.Repeat(". ", 300):                         strings.TrimSpace("Tea\n" + strings.Repeat(". ", 300)),
	} {
		if got, err := textOf(answer); err != nil || got != want {
			t.Errorf("%.60q: %.60q, %v", answer, got, err)
		}
	}
	for answer, why := range map[string]string{
		"":                                      "empty",
		"I'm sorry, I can't read this image.":   "declined",
		"I cannot assist with transcribing it.": "declined",
		"Sure! Here's the transcription:\nOne.": "about the page",
		"The image shows a page with this text:\nOne.": "about the page",
		"One.\n```\nTwo":                    "fences",
		"One \x00":                          "characters",
		strings.Repeat("I went home. ", 30): "again and again",
	} {
		if _, err := textOf(answer); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.60q: %v, want %s", answer, err, why)
		}
	}
}

// A page in a code fence, between words of the model, is known. Anything else with
// fences is not taken apart: words could be lost.
func TestPageInAFence(t *testing.T) {
	for answer, want := range map[string]string{
		"Here is the JSON you asked for:\n\n```json\nTea with Ilse.\n```\nHope this helps!":                            "Tea with Ilse.",
		"Sure! Here’s the transcription of the page:\n```\nTea.\n\nThen home.\n```":                                    "Tea.\n\nThen home.",
		"Wrote a program today:\n```\nprint 1\n```\nThen slept.":                                                       "",
		"Here is what I wrote:\n```\nx\n```\nand then I slept.":                                                        "",
		"Here is the page:\n```\nTea.\n```\nand\n```\nCake.\n```":                                                      "",
		"Here is the transcription:\n```\nTea.\n```\nLet me know if anything is unclear, and I will look at it again.": "Tea.",
	} {
		_, err := textOf(answer)
		var not *notText
		if !errors.As(err, &not) || not.text != want && not.why == "it had code fences in it" {
			t.Errorf("%q: %+v", answer, err)
		}
	}
}

// Comments by models are refused, similar texts by people are not.
func TestCommentary(t *testing.T) {
	for _, answer := range []string{
		"The image is too blurry to read.",
		"The image shows a handwritten diary page. It appears to describe a day at the sea.",
		"This image appears to be blank.",
		"This page appears to be blank.",
		"There is no text visible in this image.",
		"There is no visible text on the page.",
		"No text is visible on this page.",
		"I don't see any handwritten text in this image.",
		"This image does not contain any text.",
		"Unfortunately, the handwriting is too faint to transcribe.",
		"Unfortunately, I am unable to transcribe the page.",
		"I'm sorry, but I can't help with that.",
		"I'm sorry, but the image is too dark.",
		"I'm not able to transcribe this image.",
		"I cannot make out the text.",
		"As an AI, I cannot read any handwriting.",
		"**Transcription:**\n\nI went to the sea.",
		"Transcription:\nI went to the sea.",
		"## Transcription:\nI went to the sea.",
		"I went to the sea.\n\nNote: some words were illegible.",
		"I went to the sea.\n\n(Note: The handwriting is difficult to read in places.)",
		"I went to the sea.\n\n*Note that the handwriting is unclear.*",
		"I went to the sea.\n\nLet me know if you need anything else!",
		"<transcription>I went to the sea.</transcription>",
		`{"text": "I went to the sea."}`,
	} {
		if got, err := textOf(answer); err == nil {
			t.Errorf("%q is taken for a page: %q", answer, got)
		}
	}
	for _, page := range []string{
		"I can't help thinking of Ursula.",
		"I cannot help it: the picture will not leave me.",
		"Sorry to read that the ferry is gone.",
		"I'm sorry that I could not read to her tonight. The text was too long.",
		"I cannot read the map, she said. We laughed.",
		"Unfortunately the picture was sold. We had tea instead.",
		"Unfortunately it rained, and I cannot see how we are to finish the wall.",
		"The picture over the sofa is crooked again.",
		"The picture shows my father at the harbour, twenty years old.",
		"The page is wet from rain as I write.",
		"There is no writing to her any more.",
		"No text from Ursula. No call.",
		"I see no writing on the wall yet.",
		"Note: buy bread.",
		"We sailed at six.\n\nNote: the tide turns at nine.",
		"Let me know if you come, I wrote to him.",
		"Transcription work all day at the office.",
		"{tea} for two",
		"<3 Ursula",
		"Text of the day: John 3.",
	} {
		if got, err := textOf(page); err != nil || got != page {
			t.Errorf("%q: %q, %v", page, got, err)
		}
	}
}

// TestMoreCommentary has what other models say, in other words and languages.
func TestMoreCommentary(t *testing.T) {
	for _, answer := range []string{
		"I’m sorry, but I can’t transcribe this image.", "My apologies, I cannot process images.", "I'm unable to view images.", "I can't view images directly. Please paste the text.",
		"I don't have the ability to view images.", "I do not see an image attached.", "It seems that no image was provided. Please upload the image.", "Please provide the image you would like me to transcribe.",
		"I'm not comfortable transcribing this content.", "This content may violate our usage policies.", "I must decline to transcribe this page.", "As a language model, I can't see images.",
		"Es tut mir leid, aber ich kann dieses Bild nicht lesen.", "Ich kann den Text auf diesem Bild nicht entziffern.", "Je suis désolé, mais je ne peux pas lire cette image.", "Désolé, je ne peux pas transcrire cette page.",
		"Lo siento, no puedo transcribir esta imagen.", "Mi dispiace, non posso leggere questa immagine.", "Het spijt me, maar ik kan deze afbeelding niet lezen.", "Desculpe, não posso ler esta imagem.",
		"申し訳ありませんが、この画像を読むことができません。", "抱歉，我无法识别这张图片中的文字。", "This page is intentionally left blank.",
		"Voici la transcription de la page :\n\nJe suis allé à la mer.", "Hier ist die Transkription der Seite:\n\nIch ging ans Meer.", "Transkription:\nIch ging ans Meer.", "**Page 1**\n\nI went to the sea.",
		"I went to the sea.\n\n[End of transcription]", "I went to the sea.\n\n**Note:** I have kept the original spelling.", "I went to the sea.\n\n(The rest of the page is blank.)",
		"I went to the sea.\n\nPlease note that some words were difficult to read.", "I went to the sea.\n\nNotes:\n- \"sea\" could also be \"tea\"", "I went to the sea.\n\nIf you need further help, feel free to ask!",
		"Let me look at the image carefully. The first line says \"I went\".\n\nI went to the sea.", "Okay, let me transcribe this page.\n\nI went to the sea.", "The user wants me to transcribe a handwritten page.\n\nI went to the sea.",
		"The text reads:\n\nI went to the sea.",
	} {
		if got, err := textOf(answer); err == nil {
			t.Errorf("%q is taken for a page: %q", answer, got)
		}
	}
	for _, answer := range []string{"[Blank]", "(blank page)", "[no text]", "**[blank]**", "[blank].", "<blank>"} {
		if got, err := textOf(answer); err != nil || got != "" {
			t.Errorf("%q: %q, %v", answer, got, err)
		}
	}
	for _, page := range []string{
		"Ich kann heute nicht schlafen. Das Bild von ihr geht mir nicht aus dem Kopf.", "Ich kann ihre Handschrift kaum sehen, ohne zu weinen.", "Ich kann nicht helfen, schrieb ich ihr.",
		"Je ne peux pas voir la mer d'ici.", "No puedo ver el mar sin pensar en ella.", "Non posso aiutarlo.", "Ik kan vannacht niet slapen.", "我不能再等了。", "今日は海に行くことができません。",
		"I must decline the invitation, I wrote.", "I can’t sleep.", "I cannot open the window.", "I don't have the ability to forgive him.", "Let me look at it another way. I was tired.", "Let me know.",
		"Okay.\n\nLet's start again.", "Voici l'été.", "Hier ist es kalt:\nminus zehn.", "This is against all my rules.", "Please send the boat, I wrote.", "If you want more bread, ask Ursula, he said.", "Notes:\n- bread\n- tea",
		"The user manual is useless.", "So, let's read. Nothing else to do.", "Page 4 of the novel, at last.", "(The rest of the day was quiet.)", "[illegible]", "Of course he said: yes.",
	} {
		if got, err := textOf(page); err != nil || got != page {
			t.Errorf("%q: %q, %v", page, got, err)
		}
	}
}

func FuzzTextOf(f *testing.F) {
	f.Add("One.\n\nTwo.")
	f.Add(strings.Repeat("é ", 200))
	f.Add("```\n```")
	f.Fuzz(func(t *testing.T, answer string) {
		text, err := textOf(answer)
		if err != nil || text == "" {
			return
		}
		if text != strings.TrimSpace(text) || !strings.Contains(strings.ReplaceAll(answer, "\r\n", "\n"), text) {
			t.Fatalf("%q became %q", answer, text)
		}
	})
}
