package items

import (
	"slices"
	"strings"
)

// How a word was found in a text of syllables.
type manner int

const (
	absent manner = iota
	parts         // some syllables by their beginnings only: sbk or shbaok for She Bao Ka
	inFull        // letter for letter, from the beginning of a syllable on: baok
)

// find looks for a word of small letters in a text whose syllables begin with a capital, letter for letter, and, where that
// is wanted, by beginnings of successive syllables. It gives the place in bytes.
func find(text, word string, byParts bool) (manner, int) {
	how, at := absent, 0
	first := capital(word[0])
	for i := strings.IndexByte(text, first); i >= 0; {
		if hasAt(text, i, word) {
			return inFull, i
		}
		if byParts && how == absent {
			budget := 64 // places to try; words of a few letters need a handful
			if follows(text, i, word, &budget) {
				how, at = parts, i
			}
		}
		next := strings.IndexByte(text[i+1:], first)
		if next < 0 {
			break
		}
		i += 1 + next
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

func capital(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// signature tells which characters and letters cannot be in an item, so that most items are passed over without a look at
// their texts.
type signature struct {
	initials   uint64            // first letters and digits of syllables and words
	characters [4]uint64         // hashes of the characters of name and keywords
	pairs      [pairWords]uint64 // which letter may be typed after which, over all texts that are spelled
}

// A letter or digit is one of 37 kinds: what is neither is the last.
const (
	kinds     = 37
	pairWords = (kinds*kinds + 63) / 64
)

func kind(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return int(c - 'a')
	case c >= '0' && c <= '9':
		return 26 + int(c-'0')
	}
	return kinds - 1
}

// bit is one bit of a signature that a query wants to see.
type bit struct {
	word int
	mask uint64
}

func characterBit(r rune) bit {
	h := uint32(r) * 2654435761 >> 24 // Knuth's multiplicative hash
	return bit{int(h >> 6), 1 << (h & 63)}
}

func pairBit(a, b byte) bit {
	n := kind(a)*kinds + kind(b)
	return bit{n / 64, 1 << (n % 64)}
}

func (g *signature) pair(a, b byte) {
	p := pairBit(a, b)
	g.pairs[p.word] |= p.mask
}

// plain notes a word that is typed as it stands.
func (g *signature) plain(word string) {
	if word == "" {
		return
	}
	g.initials |= 1 << kind(word[0])
	for i := 1; i < len(word); i++ {
		g.pair(word[i-1], word[i])
	}
}

// spelled notes what find may find in text: within a syllable letter follows letter; where a syllable may be cut short, the
// next one's first letter follows any of its letters.
func (g *signature) spelled(text string, byParts bool) {
	start := 0
	for i := range len(text) {
		c := fold(text[i])
		if text[i] == fieldEnd {
			start = i + 1
			continue
		}
		if !begins(text[i]) {
			if i > start {
				g.pair(fold(text[i-1]), c)
			}
			continue
		}
		g.initials |= 1 << kind(c)
		if i > start {
			g.pair(fold(text[i-1]), c)
			for j := start; byParts && j < i; j++ {
				g.pair(fold(text[j]), c)
			}
		}
		start = i
	}
}

func (t *texts) signature() signature {
	var g signature
	for _, s := range []string{t.name, t.keywords} {
		for _, r := range s {
			c := characterBit(r)
			g.characters[c.word] |= c.mask
		}
	}
	g.spelled(t.pinyin, true)
	g.spelled(t.keywordPinyin, true)
	g.spelled(t.english, false)
	g.plain(t.ref)
	g.plain(t.code)
	g.plain(t.basicCode())
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

// enough is the worst fit that may still come among the best.
func (r *ranking) enough() int {
	if r.limit <= 0 || len(r.keys) < r.limit {
		return fitNone
	}
	return int(r.keys[0] >> 56)
}

func (r *ranking) sorted() []uint64 {
	slices.Sort(r.keys)
	return r.keys
}
