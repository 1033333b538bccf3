package almanac

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/internal/text"
)

// nameRules say which words of a language can be marks.
type nameRules struct {
	analyzer *text.Analyzer
	// nouns means that common nouns are capitalised, so that only several words
	// in a row indicate a name.
	nouns bool
}

func rulesFor(a *text.Analyzer) nameRules {
	return nameRules{analyzer: a, nouns: a.Language() == "german"}
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

var (
	// calendar are words for days and months: they say when, not what.
	calendar = words(`january february march april may june july august september october november december
		monday tuesday wednesday thursday friday saturday sunday
		januar februar märz april mai juni juli august september oktober november dezember
		montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
		janvier février mars avril mai juin juillet août septembre octobre novembre décembre
		lundi mardi mercredi jeudi vendredi samedi dimanche
		enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
		lunes martes miércoles jueves viernes sábado domingo
		gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
		lunedì martedì mercoledì giovedì venerdì sabato domenica
		januari februari maart april mei juni juli augustus september oktober november december
		maandag dinsdag woensdag donderdag vrijdag zaterdag zondag`)
	// titles are not names by themselves, but part of one before another word.
	titles = words(`mr mrs ms miss dr sir lady lord captain capt colonel col major lieutenant general st saint aunt uncle
		mister madam doctor professor prof rev herr frau madame monsieur mademoiselle señor señora signor signora mevrouw meneer`)
	// particles are lower-case words within a name.
	particles = words("of de du des von van der den di da della la le y e af zu")
)

// plainTitle adds nothing to a name: "Mr. Creed" in one place is "Creed" in the
// next.
const plainTitle = "mr"

// longestName is the maximum number of words in a name, without its particles.
const longestName = 4

// nameKey is the forms of a name of several words, none for the rest.
type nameKey [2 * longestName]uint32

const none = ^uint32(0)

// naming is what the whole journal says about its words.
type naming struct {
	name    []bool    // by form: it is a name by itself
	telling []bool    // by term: it is a word that can mark a time
	shown   []string  // by term: its most frequent form
	proper  []string  // by form: its most frequent capitalised spelling
	runs    []nameKey // names of several words that occur at least twice
	byRun   map[nameKey]uint32
}

// named finds the names of the journal, once.
func (j *journal) named(rules nameRules) *naming {
	j.known.Do(func() { j.naming = learn(j, rules) })
	return j.naming
}

func learn(j *journal, rules nameRules) *naming {
	capitals, smalls := make([]int32, len(j.forms)), make([]int32, len(j.forms)) // where case tells
	stop := make([]bool, len(j.forms))                                           // “I’m” has a capital, but is not a name
	for i := range j.words {
		w := &j.words[i]
		stop[w.form] = rules.analyzer.Stop(j.terms[w.term])
	}
	count := make([]int32, len(j.words))
	for i := range j.days {
		for _, r := range j.days[i].records {
			for _, t := range r.tokens {
				w := &j.words[t&number]
				count[t&number]++
				switch {
				case t&(leading|tagged) != 0:
				case w.capital:
					capitals[w.form]++
				default:
					smalls[w.form]++
				}
			}
		}
	}
	n := &naming{
		name: make([]bool, len(j.forms)), telling: make([]bool, len(j.terms)),
		shown: make([]string, len(j.terms)), proper: make([]string, len(j.forms)),
		byRun: map[nameKey]uint32{},
	}
	for i, form := range j.forms {
		n.name[i] = !rules.nouns && !stop[i] && capitals[i] > 1 && capitals[i] > smalls[i] && canTell(form) && !calendar[form] && !titles[form]
	}
	n.show(j, count, func(form uint32) bool { return capitals[form] > smalls[form] })
	for i, term := range j.terms {
		form := strings.ToLower(n.shown[i])
		n.telling[i] = canTell(form) && !rules.analyzer.Stop(term) && !calendar[form] && !functional[form] && !particles[form]
	}
	n.join(j)
	return n
}

// join finds the names of several words.
func (n *naming) join(j *journal) {
	count := map[nameKey]int{}
	for i := range j.days {
		for _, r := range j.days[i].records {
			for k := 0; k < len(r.tokens); k++ {
				if key, length := n.run(j, r.tokens, k); length > 0 {
					if count[key]++; count[key] == 2 {
						n.byRun[key] = uint32(len(n.runs))
						n.runs = append(n.runs, key)
					}
					k += length - 1
				}
			}
		}
	}
}

// functional are English words that can't be marks, in addition to the stop
// words of the search.
var functional = words(`upon unto thereof therein hereof thence hence hither thither whither wherein whereof
	thou thee thy thine ye hath doth hast dost shalt wilt art ought
	one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty hundred thousand
	first second third last next once twice per
	get got getting go goes going gone went come comes coming came make makes making made take takes taking took
	say says saying said tell tells telling told ask asked let lets put puts call called look looked seem seemed
	know knew think thought want wanted
	much many little great good better best well worse still yet even never always often sometimes almost quite rather
	however either neither perhaps indeed therefore else instead enough less least several every another
	nothing something anything everything nobody somebody anybody everybody nowhere somewhere anywhere everywhere
	without within toward towards around across along behind beside besides except like
	soon already away back day days today yesterday tomorrow morning afternoon evening night week month year time times
	hour hours minute minutes thing things way lot bit mr mrs ms dr sir lord lady`)

// canTell reports whether a word has a letter and at least two characters, or
// is in a script with words of one character.
func canTell(s string) bool {
	first, size := utf8.DecodeRuneInString(s)
	if strings.IndexFunc(s, unicode.IsDigit) >= 0 || strings.IndexFunc(s, unicode.IsLetter) < 0 {
		return false
	}
	return len(s) > size || unicode.In(first, unicode.Han)
}

// show chooses the spelling of terms and names: the most frequent one or, if
// several are, the shortest.
func (n *naming) show(j *journal, count []int32, capital func(form uint32) bool) {
	better := func(c, than int32, s, old string) bool {
		switch {
		case c != than, c == 0:
			return c > than
		case old == "":
			return true
		}
		return cmp.Or(len(old)-len(s), strings.Compare(old, s)) > 0
	}
	forms := make([]int32, len(j.forms))
	best := make([]int32, len(j.forms))
	for i, w := range j.words {
		forms[w.form] += count[i]
		if w.capital && better(count[i], best[w.form], w.surface, n.proper[w.form]) {
			best[w.form], n.proper[w.form] = count[i], w.surface
		}
		if w.owning != w.form && w.capital {
			n.proper[w.owning] = w.surface + "’s"
		}
	}
	most := make([]int32, len(j.terms))
	for _, w := range j.words {
		if n.name[w.form] || !better(forms[w.form], most[w.term], j.forms[w.form], n.shown[w.term]) {
			continue
		}
		most[w.term], n.shown[w.term] = forms[w.form], j.forms[w.form]
	}
	for i, w := range j.words {
		if capital(w.form) && n.shown[w.term] == j.forms[w.form] && count[i] > 0 {
			n.shown[w.term] = n.proper[w.form]
		}
	}
}

// run returns the name of several words that begins at tokens[i], and how many
// tokens it takes; 0 where there is none.
func (n *naming) run(j *journal, tokens []token, i int) (key nameKey, length int) {
	if !n.opens(j, tokens[i]) {
		return key, 0
	}
	for k := range key {
		key[k] = none
	}
	at, words, end, telling := 0, 0, i, false
	for k := i; k < len(tokens) && words < longestName; k++ {
		form := j.words[tokens[k]&number].form
		if k > i && !n.follows(j, tokens[k]) {
			if !n.links(j, tokens, k) {
				break
			}
			key[at] = form
			at++
			continue
		}
		end = k
		if k == i && j.forms[form] == plainTitle {
			continue
		}
		key[at] = form
		if k+1 < len(tokens) && n.follows(j, tokens[k+1]) {
			key[at] = j.words[tokens[k]&number].owning
		}
		at, words = at+1, words+1
		if word := j.forms[form]; !titles[word] && canTell(word) {
			telling = true
		}
	}
	if words < 2 || !telling {
		return key, 0
	}
	return key, end - i + 1
}

// links reports whether tokens[k] is a lower-case word within a name that
// continues after it.
func (n *naming) links(j *journal, tokens []token, k int) bool {
	w := &j.words[tokens[k]&number]
	return !w.capital && tokens[k]&joined != 0 && tokens[k]&tagged == 0 && particles[j.forms[w.form]] &&
		k+1 < len(tokens) && n.follows(j, tokens[k+1])
}

// opens reports whether a name of several words may begin with a word.
func (n *naming) opens(j *journal, t token) bool {
	w := &j.words[t&number]
	form := j.forms[w.form]
	if !w.capital || t&tagged != 0 || calendar[form] {
		return false
	}
	return t&leading == 0 || n.name[w.form] || titles[form]
}

// follows reports whether a word continues a name.
func (n *naming) follows(j *journal, t token) bool {
	w := &j.words[t&number]
	return w.capital && t&joined != 0 && t&(tagged|leading) == 0 && !calendar[j.forms[w.form]]
}

// runName returns a name of several words as text.
func (n *naming) runName(j *journal, key nameKey) string {
	var b strings.Builder
	for i, f := range key {
		if f == none {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		switch form := j.forms[f]; {
		case particles[form] && i > 0:
			b.WriteString(form)
		case utf8.RuneCountInString(form) == 1:
			b.WriteString(n.proper[f] + ".")
		default:
			b.WriteString(n.proper[f])
		}
	}
	return b.String()
}
