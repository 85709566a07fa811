package pinyin

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	data "zizhuban/assets/pinyin"
)

// Word is a word that the terminal knows: the title of an item, a department, a place.
type Word struct {
	Text    string
	Reading string // syllables separated by spaces; needed only where the characters do not tell it
}

// Limits of taking in words.
const (
	maxWord        = 24   // characters; nobody types longer ones in one go
	maxReadings    = 8    // readings tried for one word
	rareReadingCut = 2e-3 // a character's reading counts from this part of its commonest one's frequency on
)

// Decoder finds words for letters. It never changes, so any number of goroutines may use one.
type Decoder struct {
	base  *base
	known lexicon // the domain's words
}

// New makes a decoder that prefers the given words, and the terms of public service that come with it, over equally read
// ones. A title with brackets or digits is taken as the words between them.
func New(words ...Word) *Decoder {
	b := load()
	d := &Decoder{base: b}
	speller := newSpeller(b)
	var all []spoken
	for _, w := range append(words, terms()...) {
		all = append(all, speller.spell(w)...)
	}
	d.known = newLexicon(all, b.cost(boostWeight))
	return d
}

// terms reads the embedded list.
func terms() []Word {
	var words []Word
	for line := range strings.Lines(string(data.Terms())) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, reading, _ := strings.Cut(line, "\t")
		words = append(words, Word{text, reading})
	}
	return words
}

// speller finds out how a word is read.
type speller struct {
	base  *base
	known map[string][]wordAt // by text
}

// wordAt is a word of the dictionary with its group.
type wordAt struct {
	group int32
	cost  float32
}

func newSpeller(b *base) *speller {
	s := &speller{base: b, known: make(map[string][]wordAt, len(b.words))}
	for g := range b.groups() {
		for _, e := range b.group(g) {
			text := b.word(e)
			s.known[text] = append(s.known[text], wordAt{int32(g), e.cost})
		}
	}
	return s
}

// spell gives the words within w with their readings.
func (s *speller) spell(w Word) []spoken {
	if w.Reading != "" {
		var read []uint16
		for _, name := range strings.Fields(strings.ToLower(w.Reading)) {
			id, ok := s.base.ids[name]
			if !ok {
				return nil
			}
			read = append(read, id)
		}
		return []spoken{{w.Text, read}}
	}
	var out []spoken
	notHan := func(r rune) bool { return !unicode.Is(unicode.Han, r) }
	for _, part := range strings.FieldsFunc(w.Text, notHan) {
		if n := utf8.RuneCountInString(part); n < 2 || n > maxWord {
			continue
		}
		for _, read := range s.readings(part) {
			out = append(out, spoken{part, read})
		}
	}
	return out
}

// readings divides text into words of the dictionary, the likeliest way, and joins their readings. 银行 in a longer word is so
// read yin hang and not yin xing. A character that stands alone may be read in each of its usual ways.
func (s *speller) readings(text string) [][]uint16 {
	type point struct {
		cost float32
		from int
	}
	best := make([]point, len(text)+1)
	for i := range best {
		best[i] = point{math.MaxFloat32, -1}
	}
	best[0].cost = 0
	for i := range text {
		if best[i].cost == math.MaxFloat32 {
			continue
		}
		end := i
		for range 4 { // no word of the dictionary is longer
			if end == len(text) {
				break
			}
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
			if words := s.known[text[i:end]]; len(words) > 0 {
				if c := best[i].cost + cheapest(words); c < best[end].cost {
					best[end] = point{c, i}
				}
			}
		}
	}
	if best[len(text)].from < 0 {
		return nil // a character without a known reading
	}
	var parts []string
	for end := len(text); end > 0; end = best[end].from {
		parts = append(parts, text[best[end].from:end])
	}
	slices.Reverse(parts)
	all := [][]uint16{nil}
	for _, part := range parts {
		var longer [][]uint16
		for _, w := range s.usual(part) {
			for _, head := range all {
				longer = append(longer, slices.Concat(head, s.base.lexicon.syllables(int(w.group))))
			}
		}
		all = longer[:min(len(longer), maxReadings)]
	}
	return all
}

func cheapest(words []wordAt) float32 {
	c := words[0].cost
	for _, w := range words {
		c = min(c, w.cost)
	}
	return c
}

// usual gives the readings of a word that are not too rare, the commonest first.
func (s *speller) usual(text string) []wordAt {
	words := slices.Clone(s.known[text])
	slices.SortStableFunc(words, func(a, b wordAt) int {
		if a.cost < b.cost {
			return -1
		} else if a.cost > b.cost {
			return 1
		}
		return 0
	})
	limit := words[0].cost - float32(math.Log(rareReadingCut))
	return slices.DeleteFunc(words, func(w wordAt) bool { return w.cost > limit })
}
