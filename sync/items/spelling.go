package items

import (
	"slices"
)

// How a word was found in a text of syllables.
type manner int

const (
	absent manner = iota
	parts         // some syllables by their beginnings only: sbk or shbaok for She Bao Ka
	inFull        // letter for letter, from the beginning of a syllable on: baok
)

// find looks for a word of small letters in a text whose syllables begin with a capital, letter for letter, and, where that
// is wanted, by beginnings of successive syllables. It gives the number of syllables before the place.
func find(text, word string, byParts bool) (manner, int) {
	how, at, syllable := absent, 0, -1
	for i := 0; i < len(text); i++ {
		if !begins(text[i]) {
			continue
		}
		syllable++
		if fold(text[i]) != word[0] {
			continue
		}
		if hasAt(text, i, word) {
			return inFull, syllable
		}
		if byParts && how == absent {
			budget := 64 // places to try; words of a few letters need a handful
			if follows(text, i, word, &budget) {
				how, at = parts, syllable
			}
		}
	}
	return how, at
}

func hasAt(text string, i int, word string) bool {
	if len(text)-i < len(word) {
		return false
	}
	for j := range len(word) {
		if fold(text[i+j]) != word[j] {
			return false
		}
	}
	return true
}

// follows tells whether word is made of beginnings of successive syllables from i on.
func follows(text string, i int, word string, budget *int) bool {
	if *budget--; *budget < 0 || i >= len(text) || !begins(text[i]) {
		return false
	}
	end := i + 1
	for end < len(text) && !begins(text[end]) && text[end] != fieldEnd {
		end++
	}
	n := 0
	for n < len(word) && i+n < end && fold(text[i+n]) == word[n] {
		n++
	}
	if n == len(word) {
		return true
	}
	for ; n > 0; n-- {
		if follows(text, end, word[n:], budget) {
			return true
		}
	}
	return false
}

func begins(c byte) bool { return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' }

func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// signature tells which characters and letters cannot be in an item: sets of hashes, so that a test may pass in vain.
type signature struct {
	characters set    // of name and keywords
	pairs      set    // first letter of a syllable or word with the one that may be typed after it
	initials   uint64 // first letters and digits
}

type set [4]uint64

func (s *set) add(bit uint32) { s[bit>>6&3] |= 1 << (bit & 63) }

func (g *signature) character(r rune) { g.characters.add(uint32(r) * 2654435761 >> 24) }

// start notes how a typed word begins.
func (g *signature) start(word string) {
	g.initials |= 1 << (word[0] % 64)
	if len(word) > 1 {
		g.pair(word[0], word[1])
	}
}

func (g *signature) pair(a, b byte) { g.pairs.add((uint32(a)*67 + uint32(b)) * 2654435761 >> 24) }

// spelling notes every beginning of a word that find may find in text.
func (g *signature) spelling(text string) {
	last := byte(0) // first letter of the syllable before
	for i := range len(text) {
		c := fold(text[i])
		switch {
		case text[i] == fieldEnd:
			last = 0
		case begins(text[i]):
			if last != 0 {
				g.pair(last, c)
			}
			g.initials |= 1 << (c % 64)
			last = c
		case i > 0 && begins(text[i-1]):
			g.pair(fold(text[i-1]), c)
		}
	}
}

// holds tells whether everything in want may be here.
func (g *signature) holds(want *signature) bool {
	if want.initials&^g.initials != 0 {
		return false
	}
	for i := range want.pairs {
		if want.pairs[i]&^g.pairs[i]|want.characters[i]&^g.characters[i] != 0 {
			return false
		}
	}
	return true
}

func (t *texts) signature() signature {
	var g signature
	for _, s := range []string{t.name, t.keywords} {
		for _, r := range s {
			g.character(r)
		}
	}
	for _, s := range []string{t.pinyin, t.keywordPinyin, t.english} {
		g.spelling(s)
	}
	for _, s := range []string{t.ref, t.code, t.basicCode()} {
		if s != "" {
			g.start(s)
			g.initials |= 1 << (s[0] % 64)
		}
	}
	return g
}

// ranking keeps the smallest keys that it is given: a heap with the largest of them on top. No limit keeps all.
type ranking struct {
	limit int
	keys  []uint64
}

func (r *ranking) add(key uint64) {
	if r.limit <= 0 {
		r.keys = append(r.keys, key)
		return
	}
	if len(r.keys) < r.limit {
		r.keys = append(r.keys, key)
		for i := len(r.keys) - 1; i > 0 && r.keys[i] > r.keys[(i-1)/2]; i = (i - 1) / 2 {
			r.keys[i], r.keys[(i-1)/2] = r.keys[(i-1)/2], r.keys[i]
		}
		return
	}
	if key >= r.keys[0] {
		return
	}
	r.keys[0] = key
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(r.keys) {
			return
		}
		if child+1 < len(r.keys) && r.keys[child+1] > r.keys[child] {
			child++
		}
		if r.keys[i] >= r.keys[child] {
			return
		}
		r.keys[i], r.keys[child] = r.keys[child], r.keys[i]
		i = child
	}
}

func (r *ranking) sorted() []uint64 {
	slices.Sort(r.keys)
	return r.keys
}
