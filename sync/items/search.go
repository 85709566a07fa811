package items

import (
	"strings"
	"unicode"
)

// How well a word of the query fits an item; the smaller, the better. An item ranks by its worst word.
const (
	fitRef        = iota // the item's own number, or its code
	fitName              // the whole name
	fitNameStart         // the name begins with it
	fitNameInside        //
	fitKeyword           // a keyword begins with it
	fitKeywordInside
	fitGroup         // the department's or a theme's name has it
	fitPinyinStart   // the name's pinyin begins with it
	fitPinyinInside  // from a syllable on
	fitInitialsStart // initials, or a mixture of initials and whole syllables
	fitInitialsInside
	fitKeywordPinyin
	fitKeywordInitials
	fitEnglishStart
	fitEnglishInside // from a word on
	fitCode          // somewhere in the code
	fitScattered     // all its characters, anywhere in name and keywords
	fitNone
)

const (
	maxQueryRunes = 64
	maxTerms      = 8
	fieldEnd      = '\n' // ends a keyword within the texts below
)

// searcher finds items by what is typed. For every item it keeps a few texts and a signature, a set of hashed characters; one
// pass over the signatures, which lie side by side in memory, leaves few items whose texts must be looked at. A search
// allocates nothing for an item that it does not return.
type searcher struct {
	signatures []signature
	texts      []texts
	groups     []string // normalised names of departments and themes
	of         [][]int  // groups of each item
}

// texts are the normalised texts of an item. Pinyin and English have a capital at the beginning of each syllable or word.
// They are parts of one long string of all items, in the order in which a search looks at them.
type texts struct {
	name, keywords        string
	pinyin, keywordPinyin string
	english               string
	ref, code             string
}

func newSearcher(c *Catalogue, programs []*Program) *searcher {
	s := &searcher{
		signatures: make([]signature, len(programs)), texts: make([]texts, len(programs)), of: make([][]int, len(programs)),
	}
	departments, themes := map[string]int{}, map[string]int{}
	for _, d := range c.Departments {
		departments[d.Code] = len(s.groups)
		s.groups = append(s.groups, string(normalise(d.Name.ZH)))
	}
	for _, t := range c.Themes {
		themes[t.Key] = len(s.groups)
		s.groups = append(s.groups, string(normalise(t.Name.ZH)))
	}
	spell, all := newSpeller(), []byte(nil)
	ends := make([][7]int, len(programs))
	for i, p := range programs {
		all = appendTexts(all, &ends[i], p.item, spell)
	}
	from, packed := 0, string(all)
	for i, p := range programs {
		t := &s.texts[i]
		for j, part := range []*string{&t.name, &t.keywords, &t.pinyin, &t.keywordPinyin, &t.english, &t.ref, &t.code} {
			*part, from = packed[from:ends[i][j]], ends[i][j]
		}
		s.signatures[i] = t.signature()
		s.of[i] = append(s.of[i], departments[p.item.Department])
		for _, t := range p.item.Themes {
			s.of[i] = append(s.of[i], themes[t])
		}
	}
	return s
}

// appendTexts writes the texts of an item one after the other and notes where each ends.
func appendTexts(b []byte, ends *[7]int, it *Item, spell *speller) []byte {
	name := normalise(it.Name.ZH)
	var keywords []rune
	for _, k := range it.Keywords {
		keywords = append(append(keywords, normalise(k)...), fieldEnd)
	}
	b = append(b, string(name)...)
	ends[0] = len(b)
	b = append(b, string(keywords)...)
	ends[1] = len(b)
	b = spell.append(b, name)
	ends[2] = len(b)
	b = spell.append(b, keywords)
	ends[3] = len(b)
	for _, word := range strings.FieldsFunc(it.Name.EN, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		b = appendSyllable(b, string(normalise(word)))
	}
	ends[4] = len(b)
	b = append(b, strings.ToLower(it.Ref)...)
	ends[5] = len(b)
	b = append(b, strings.ToLower(it.Code)...)
	ends[6] = len(b)
	return b
}

// normalise keeps letters, digits and characters, small and of ordinary width.
func normalise(s string) []rune {
	var out []rune
	for _, r := range s {
		if r = ordinary(r); unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, r)
		}
	}
	return out
}

func ordinary(r rune) rune {
	if r >= '！' && r <= '～' { // full width forms of ASCII
		r -= '！' - '!'
	}
	if r = unicode.ToLower(r); r == 'ü' {
		return 'v' // as it is typed
	}
	return r
}

// term is a word of a query: all Chinese, or all letters and digits.
type term struct {
	text    string
	runes   []rune
	latin   bool
	various bool   // it has more than one character
	groups  []bool // which groups' names have it
	any     bool   // one of them does
	first   uint64 // what a signature must have, of a latin term
	pairs   []bit
	chars   []bit
}

// possible tells whether an item with this signature may have the term in a text of its own.
func (t *term) possible(g *signature) bool {
	if g.initials&t.first != t.first {
		return false
	}
	for _, b := range t.pairs {
		if g.pairs[b.word]&b.mask == 0 {
			return false
		}
	}
	for _, b := range t.chars {
		if g.characters[b.word]&b.mask == 0 {
			return false
		}
	}
	return true
}

// Search finds items by what is typed: part of the Chinese name, what people call it, its department, pinyin in full or the
// first letters, English, or the item's number. Words that are set apart must all fit. The best come first; among equals those
// that are offered here, then the hot ones. No limit (0) gives all. A query without a letter finds nothing.
func (x *Index) Search(query string, limit int) []Hit {
	terms := x.search.terms(query)
	if len(terms) == 0 {
		return nil
	}
	best := &ranking{limit: limit}
	x.search.scan(terms, x.standing, best, false)
	if len(best.keys) == 0 {
		// Nothing has these words as they stand: take what has their characters in another order.
		x.search.scan(terms, x.standing, best, true)
	}
	if len(best.keys) == 0 {
		return nil
	}
	found := make([]Hit, 0, len(best.keys))
	for _, key := range best.sorted() {
		found = append(found, x.hits[uint32(key)])
	}
	return found
}

func (s *searcher) terms(query string) []term {
	var terms []term
	var current []rune
	end := func() {
		if len(current) > 0 && len(terms) < maxTerms {
			terms = append(terms, s.term(current))
		}
		current = nil
	}
	n := 0
	for _, r := range query {
		if n++; n > maxQueryRunes {
			break
		}
		switch r = ordinary(r); {
		case r == '\'' || r == '’': // pinyin's own separator, as in xi'an
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
		default:
			if len(current) > 0 && isLatin(current[0]) != isLatin(r) {
				end()
			}
			current = append(current, r)
		}
	}
	end()
	return terms
}

func isLatin(r rune) bool { return letter(r) || digit(r) }

func (s *searcher) term(runes []rune) term {
	t := term{text: string(runes), runes: runes, latin: isLatin(runes[0])}
	if t.latin {
		t.first = 1 << kind(t.text[0])
		for i := 1; i < len(t.text); i++ {
			t.pairs = append(t.pairs, pairBit(t.text[i-1], t.text[i]))
		}
		return t
	}
	for _, r := range runes {
		t.chars = append(t.chars, characterBit(r))
		t.various = t.various || r != runes[0]
	}
	t.groups = make([]bool, len(s.groups))
	for i, name := range s.groups {
		t.groups[i] = strings.Contains(name, t.text)
		t.any = t.any || t.groups[i]
	}
	return t
}

// scan ranks every item that all terms fit.
func (s *searcher) scan(terms []term, standing []uint16, best *ranking, scattered bool) {
items:
	for i := range s.signatures {
		worst, at := 0, 0
		enough := best.enough()
		for t := range terms {
			fit, pos := s.fit(i, &terms[t], enough, scattered)
			if fit == fitNone {
				continue items
			}
			worst, at = max(worst, fit), at+pos
		}
		size := len(s.texts[i].name) / 3
		best.add(uint64(worst)<<56 | uint64(standing[i])<<44 | uint64(min(at, 63))<<38 | uint64(min(size, 63))<<32 | uint64(i))
	}
}

// fit tells how well a term fits an item, and where. A fit worse than enough may be told as none.
func (s *searcher) fit(i int, t *term, enough int, scattered bool) (fit, pos int) {
	possible := t.possible(&s.signatures[i])
	if !possible && !t.any {
		return fitNone, 0
	}
	if t.latin {
		return s.texts[i].spelled(t.text, enough)
	}
	if possible {
		if fit, pos = s.texts[i].written(t.text, enough); fit != fitNone {
			return fit, pos
		}
	}
	if t.any {
		for _, g := range s.of[i] {
			if t.groups[g] {
				return fitGroup, 0
			}
		}
	}
	if possible && scattered && t.various && s.texts[i].hasAll(t.runes) {
		return fitScattered, 0
	}
	return fitNone, 0
}

func (t *texts) written(word string, enough int) (fit, pos int) {
	switch at := strings.Index(t.name, word); {
	case at == 0 && len(word) == len(t.name):
		return fitName, 0
	case at == 0:
		return fitNameStart, 0
	case at > 0:
		return fitNameInside, at / 3 // characters take three bytes; near enough to order by
	}
	if enough < fitKeyword {
		return fitNone, 0
	}
	switch at := strings.Index(t.keywords, word); {
	case at == 0 || at > 0 && t.keywords[at-1] == fieldEnd:
		return fitKeyword, 0
	case at > 0:
		return fitKeywordInside, 0
	}
	return fitNone, 0
}

func (t *texts) hasAll(runes []rune) bool {
	for _, r := range runes {
		if !strings.ContainsRune(t.name, r) && !strings.ContainsRune(t.keywords, r) {
			return false
		}
	}
	return true
}

func (t *texts) spelled(word string, enough int) (fit, pos int) {
	if word == t.ref || word == t.code {
		return fitRef, 0
	}
	switch how, at := find(t.pinyin, word, enough >= fitInitialsStart); {
	case how == inFull && at == 0:
		return fitPinyinStart, 0
	case how == inFull:
		return fitPinyinInside, at / 4 // a syllable takes about four letters; near enough to order by
	case how == parts && at == 0:
		return fitInitialsStart, 0
	case how == parts:
		return fitInitialsInside, at / 4
	}
	if enough < fitKeywordPinyin {
		return fitNone, 0
	}
	switch how, _ := find(t.keywordPinyin, word, enough >= fitKeywordInitials); how {
	case inFull:
		return fitKeywordPinyin, 0
	case parts:
		return fitKeywordInitials, 0
	}
	if enough < fitEnglishStart {
		return fitNone, 0
	}
	if how, at := find(t.english, word, false); how == inFull {
		if at == 0 {
			return fitEnglishStart, 0
		}
		return fitEnglishInside, at / 4
	}
	if strings.HasPrefix(t.ref, word) || strings.HasPrefix(t.code, word) || strings.HasPrefix(t.basicCode(), word) {
		return fitCode, 0
	}
	return fitNone, 0
}

func (t *texts) basicCode() string {
	if len(t.code) != 31 {
		return ""
	}
	return t.code[19:]
}
