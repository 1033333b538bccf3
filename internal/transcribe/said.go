package transcribe

import (
	"regexp"
	"slices"
	"strings"
)

// What models say about a page instead of its text, or around it. Diaries mention
// pictures too, and things that can't be helped, so these match only what a
// reader of pictures says. Apostrophes are straight.
var (
	blankPage = regexp.MustCompile(`(?i)^[*_]*([\[(<]\s*(the |this )?(page is |page )?(intentionally |left |completely )*(blank|empty|no (visible |legible |handwritten )?(text|writing))( page)?( on (this|the) page)?[.]?\s*[\])>])[*_]*[.]?$`)
	// prefaces match a first line that introduces a page. A diary that begins
	// like that continues on the same line.
	prefaces = regexp.MustCompile(`(?i)^\W*(` +
		`(sure|certainly|of course|absolutely|okay|ok|alright|here is|here's|here are|below is|the following( is)?|this is|i have|i've|the (handwritten )?(text|image|page|picture|transcription|handwriting)|` +
		`voici|bien sûr|hier ist|hier die|nachfolgend|natürlich|gerne|aquí (está|tienes)|claro|por supuesto|ecco|certo|hier is|aqui está)\b[^\n]{0,120}` +
		`(\b(transcri\w+|transkri\w+|trascri\w+|text\w*|testo|texte|texto|tekst|reads?|says|page|image|picture|seite|bild|página|pagina)\b[^\n]{0,60})\s?:\s*(\n|$)` +
		`|(okay|ok|alright|sure|certainly|let me|i'll|i will|i'm going to)\b[^\n]{0,80}\btranscri(be|bing)\b[^\n]{0,100}(\n|$))`)
	// labels match a heading that a model puts above a page.
	labels = regexp.MustCompile(`(?i)^([*_#\s]*(transcription|transcribed text|transcript|transkription|transkript|transcripción|trascrizione|transcriptie|transcrição)([*_\s]*:[*_ ]*|[*_]+ *)(\n|$)|[*_#\s]*[*#][*_#\s]*page \d+( of \d+)?[*_:\s]*(\n|$))`)
	// thoughts match a beginning that speaks of the task.
	thoughts = regexp.MustCompile(`(?i)^(the user (wants|asks|has|is asking|would like|provided)\b|(okay|ok|alright|so|hmm|well|first|now)?,? ?(let me|i need to|i should|i have to|we need to|we have to|let's) ` +
		`(look at|examine|read|study|analy[sz]e|work through|try to (read|transcribe)|transcribe|start)\b[^\n]{0,120}\b(image|picture|photo|scan|handwriting|handwritten|user|transcri\w+|first line)\b[^\n]{0,400}[.!]( |\n[^\n])|thinking:|reasoning:|analysis:)`)
	// wrapped matches a page wrapped in markup.
	wrapped = regexp.MustCompile(`(?is)^(<(transcription|transcript|text|page|output)>.*</\w+>|\{\s*"\w+"\s*:.*\})$`)
	reports = regexp.MustCompile(`(?i)^\W*(unfortunately,? |(i'm |i am )?sorry,? (but )?)?(` +
		`(the|this) (provided |attached |uploaded |scanned )?(image|picture|photo|photograph|scan|handwriting|page|text)( quality)? ((is|appears|seems|was)( to be)?( very| quite| mostly| completely| entirely| too| intentionally| left)* ?(blank|empty|blurry|blurred|faint|dark|illegible|unreadable|unclear|low)\b|(contains|has) no |(does not|doesn't) (appear to )?(contain|have|show) )` +
		`|(the|this) (provided |attached |uploaded |scanned )?(image|photo|photograph|scan) (shows|contains|depicts|is of|appears) ` +
		`|(it (seems|appears|looks like)( that)? )?no (image|picture|photo|scan|file)s? (was|were|has been|have been|is) (provided|attached|uploaded|included|given)` +
		`|(it (seems|appears|looks like)( that)? )?(you|the user) (haven't|have not|didn't|did not|forgot to) (provided?|attach(ed)?|upload(ed)?|include) ` +
		`|please (provide|upload|attach|share|send|resend)( me)? (the|an|a|your|another|a clearer) (\w+ )?(image|picture|photo|scan|page)\b` +
		`|blank( page)?\W*$` +
		`|(there is|there's|i see|i can see|i don't see|i do not see|no)( no| not any| any| an| a)?( visible| legible| readable| discernible| handwritten)* (text|writing|handwriting|image|picture)( is| that is)?( visible| legible| readable| present| discernible| attached| provided)?( in| on| to)? ?(this|the|your)? ?(image|picture|photo|scan|page|message)?[.!]?$` +
		`|(there is|there's|i see|i can see|i don't see|i do not see|no)( no| not any| any)?( visible| legible| readable| discernible| handwritten)* (text|writing|handwriting)( is| that is)?( visible| legible| readable| present| discernible)? (in|on) (this|the) (image|picture|photo|scan|page)\b)`)
	// fencedBetween matches a page in a code fence, with a line that announces it and
	// one that offers more.
	fencedBetween = regexp.MustCompile("(?is)^(?:(?:sure|certainly|of course|okay|ok)\\b[^\n]{0,20}?)?(?:here(?:'s| is| are)|below is)\\b[^\n]{0,120}:\\s*```[a-z]*\n(.*?)\n```\\s*(?:(?:i )?(?:hope|trust) (?:this|that|it)[^\n]{0,60}|(?:please )?let me know[^\n]{0,120})?$")
	fences        = regexp.MustCompile("(?is)^```+[a-z]*\n(.*?)\n?```+$")
)

// englishRefusals match the first sentence of a short answer that declines.
var englishRefusals = []*regexp.Regexp{
	regexp.MustCompile(`(?i)^\W*((i'm|i am) (very |really |so )?sorry\b|sorry\b|unfortunately\b|as an? (large )?(ai|language|artificial)\b|i apologi[sz]e\b|my apologies\b|apologies\b)?[^.\n]{0,60}?\b(i can't|i cannot|i can not|i won't|i'm unable|i am unable|i'm not able|i am not able|unable|i don't have the (ability|capability)|i do not have the (ability|capability)|i'm not capable of|i lack the ability)( to)?( be able to)?( directly| currently| actually)? ` +
		`(transcrib\w+|decipher\w*|comply|(assist|help)( you)? with|(read|see|view|open|access|process|analy[sz]e|interpret|recogni[sz]e|extract|make out|provide|find)(ing)? ((this|the|that|your|any|a|an)\b[^.\n]{0,40}?\b(image|picture|photo|photograph|scan|page|document|file|handwriting|handwritten|text|transcription|content)|(images|pictures|photos|photographs|scans|handwriting)\b))`),
	regexp.MustCompile(`(?i)^[^.\n]{0,80}\b((must|have to|need to|going to) (decline|refuse)\b[^.\n]{0,60}(transcri|image|page|content|text|request)|not comfortable (with )?transcrib)`),
	regexp.MustCompile(`(?i)^[^.\n]{0,80}\b(violates?|against|goes against|breach(es)?|not permitted by) [^.\n]{0,30}\b(polic(y|ies)|guidelines|terms of (use|service))\b`),
}

// refusals do so in other languages.
var refusals = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(kann|konnte|darf)\b[^.\n]{0,80}\b(nicht|keine?n?)\b[^.\n]{0,60}\b(transkribier\w+|entziffern|verarbeiten|lesen|erkennen|anzeigen|helfen|sehen)\b`),
	regexp.MustCompile(`(?i)\bne (peux|puis|suis)\b[^.\n]{0,60}\b(lire|transcrire|déchiffrer|voir|traiter|analyser|aider)\b`),
	regexp.MustCompile(`(?i)\bno (puedo|soy capaz)\b[^.\n]{0,60}\b(leer|transcribir|descifrar|ver|procesar|ayudar\w*)\b`),
	regexp.MustCompile(`(?i)\bnon (posso|riesco|sono in grado)\b[^.\n]{0,60}\b(leggere|trascrivere|decifrare|vedere|elaborare|aiutar\w*)\b`),
	regexp.MustCompile(`(?i)\bkan\b[^.\n]{0,80}\bniet\b[^.\n]{0,60}\b(lezen|transcriberen|ontcijferen|verwerken|zien|helpen)\b`),
	regexp.MustCompile(`(?i)\bnão (posso|consigo|sou capaz)\b[^.\n]{0,60}\b(ler|transcrever|decifrar|ver|processar|ajudar)\b`),
	regexp.MustCompile(`(画像|写真|ページ|文字|手書き)[^。\n]{0,40}(できません|ことができない|読めません)`),
	regexp.MustCompile(`(无法|不能|無法)[^。\n]{0,30}(识别|辨认|读取|阅读|转录|查看|處理|辨識|读|处理)[^。\n]{0,30}(图片|图像|照片|文字|手写|页面|圖片|內容|内容)`),
}

// aboutPictures matches words for scans and their text, which refusals in other
// languages than English must contain. Diaries refuse too, but other things.
var aboutPictures = regexp.MustCompile(`(?i)\b(bild(es|er)?|foto|scan|handschrift|aufnahme|image|photo|écriture|page|imagen|página|escritura|immagine|pagina|scrittura|afbeelding|handschrift|imagem|escrita|transkri\w+|transcri\w+|trascri\w+)\b|[\p{Han}]`)

// declines reports whether a short answer refuses to read a page.
func declines(text string) bool {
	first := text
	if i := strings.IndexAny(text, ".!?\n。"); i > 0 && i < len(text)-1 && len(text[:i]) > 40 {
		first = text[:i+1]
	}
	matches := func(r *regexp.Regexp) bool { return r.MatchString(first) }
	if slices.ContainsFunc(englishRefusals, matches) {
		return true
	}
	return aboutPictures.MatchString(first) && slices.ContainsFunc(refusals, matches)
}

// remarks match a comment after a page, in a line or a paragraph of its own.
var remarks = regexp.MustCompile(`(?i)^(\W*(please )?notes?( that|:)[^\n]*\b(handwriting|handwritten|illegible|legible|transcri\w+|unclear|difficult to read|hard to read|original (spelling|punctuation|formatting|line)|i (have|'ve|kept|left|could))\b` +
	`|\W*notes?:?\W*\n\s*[-*•\d][^\n]*\b(could (also )?be|illegible|unclear|legible|handwriting|spelling|transcri\w+|uncertain|reads? as)\b|\W*transcriber's notes?\b|[\[(*_]+\s*end of( the)? (transcri\w+|page|text|document|image)\W*$` +
	`|\(the (rest|remainder|remaining part|bottom|lower half) of (the|this) page (is|appears)[^\n]*\)$|[\[(](signature|unclear|drawing)? ?illegible signature[\])]$` +
	`|\W*(anmerkung|hinweis|remarque|nota|opmerking)( :|:)[^\n]*\b(handschrift|transkri\w+|transcri\w+|trascri\w+|unleserlich|illisible|ilegible|illeggibile|onleesbaar)\b` +
	`|(please )?let me know if you('d like| need| have any| would like| want me)\b|would you like me to\b|(i|we) hope this (helps|transcription)\b|if you need (any )?(further|additional|more) (help|assistance|information)\b|(if you (need|have|would like|want)|feel free to (ask|reach|let))\b[^\n]{0,80}\b(assist\w*|transcri\w+|image|clarif\w+)\b)`)

// remarkAt returns where a comment after a page begins, the length of the text if
// there is none.
func remarkAt(text string) int {
	for _, gap := range []string{"\n", "\n\n"} {
		if at := strings.LastIndex(text, gap); at > 0 {
			if last := strings.TrimLeft(text[at:], "\n"); remarks.MatchString(strings.ReplaceAll(last, "’", "'")) {
				return at
			}
		}
	}
	return len(text)
}
