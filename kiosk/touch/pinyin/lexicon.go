package pinyin

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	data "zizhuban/assets/pinyin"
)

// entry is a word of a group: its text within the lexicon's, and its cost.
type entry struct {
	off  uint32
	len  uint32
	cost float32
}

// lexicon is a list of groups of words that are read alike, sorted by their syllables, so that all groups that begin with
// the same syllables are neighbours: a range of groups and a depth make a node of a tree that nobody has to build.
type lexicon struct {
	text  string
	read  []uint16 // syllables of all groups, one after another
	start []uint32 // where the syllables of each group begin; one more at the end
	first []uint32 // the first word of each group; one more at the end
	words []entry  // within a group the likeliest first
}

func (x *lexicon) groups() int { return len(x.start) - 1 }

// syllables of group g.
func (x *lexicon) syllables(g int) []uint16 { return x.read[x.start[g]:x.start[g+1]] }

// group gives the words of group g.
func (x *lexicon) group(g int) []entry { return x.words[x.first[g]:x.first[g+1]] }

func (x *lexicon) word(e entry) string { return x.text[e.off : e.off+e.len] }

// below gives the groups of [lo, hi) whose syllable at depth is s or greater; all of them have more than depth syllables.
func (x *lexicon) below(lo, hi, depth int, s uint16) int {
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if x.read[int(x.start[mid])+depth] < s {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// base is the general dictionary.
type base struct {
	lexicon
	syllables
	total float64 // sum of all frequencies
}

// load unpacks the embedded dictionary. It is made once and shared by all decoders.
var load = sync.OnceValue(func() *base {
	zip, err := gzip.NewReader(bytes.NewReader(data.Dict()))
	if err != nil {
		panic(err) // the file is embedded; the first test finds it
	}
	raw, err := io.ReadAll(zip)
	if err != nil {
		panic(err)
	}
	b, err := parse(string(raw))
	if err != nil {
		panic(err)
	}
	return b
})

// parse reads the form that the package assets/pinyin describes.
func parse(text string) (*base, error) {
	b := &base{lexicon: lexicon{text: text}}
	b.syllables = newSyllables(listSyllables(text))
	lines := strings.Count(text, "\n")
	b.start, b.first = make([]uint32, 0, lines+1), make([]uint32, 0, lines+1)
	b.read, b.words = make([]uint16, 0, 3*lines), make([]entry, 0, 2*lines)
	for off := 0; off < len(text); {
		end := strings.IndexByte(text[off:], '\n')
		if end < 0 {
			return nil, fmt.Errorf("pinyin dictionary: last line is cut off")
		}
		if err := b.line(off, off+end); err != nil {
			return nil, err
		}
		off += end + 1
	}
	b.start, b.first = append(b.start, uint32(len(b.read))), append(b.first, uint32(len(b.words)))
	for i := range b.words {
		b.words[i].cost = b.cost(float64(b.words[i].cost))
	}
	return b, nil
}

// cost of a word of a frequency.
func (b *base) cost(weight float64) float32 {
	return float32(-math.Log(max(weight, unseenWeight) / b.total))
}

// line adds the group that stands at text[off:end]. Costs hold the plain frequency until all are known.
func (b *base) line(off, end int) error {
	b.start, b.first = append(b.start, uint32(len(b.read))), append(b.first, uint32(len(b.words)))
	tab := strings.IndexByte(b.text[off:end], '\t')
	if tab < 0 {
		return fmt.Errorf("pinyin dictionary: line %d has no word", len(b.start))
	}
	for rest, more := b.text[off:off+tab], true; more; {
		var s string
		s, rest, more = strings.Cut(rest, " ")
		id, ok := b.ids[s]
		if !ok {
			return fmt.Errorf("pinyin dictionary: line %d: %q is no syllable", len(b.start), s)
		}
		b.read = append(b.read, id)
	}
	for at := off + tab + 1; at < end; {
		space := strings.IndexByte(b.text[at:end], ' ')
		if space < 0 {
			return fmt.Errorf("pinyin dictionary: line %d has a word without frequency", len(b.start))
		}
		weight, i := 0, at+space+1
		for ; i < end && b.text[i] != '\t'; i++ {
			weight = weight*10 + int(b.text[i]-'0')
		}
		b.words = append(b.words, entry{uint32(at), uint32(space), float32(weight)})
		b.total += float64(weight)
		at = i + 1
	}
	return nil
}

// listSyllables takes the first syllable of every line: each syllable is also a word of its own, and lines are sorted.
func listSyllables(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		s := line[:max(strings.IndexAny(line, " \t"), 0)]
		if len(names) == 0 || names[len(names)-1] != s {
			names = append(names, s)
		}
	}
	return names
}

// newLexicon builds one from words, all of one cost, in the order of preference.
func newLexicon(words []spoken, cost float32) lexicon {
	slices.SortStableFunc(words, func(a, b spoken) int { return slices.Compare(a.read, b.read) })
	words = slices.CompactFunc(words, func(a, b spoken) bool { return a.text == b.text && slices.Equal(a.read, b.read) })
	var x lexicon
	var text strings.Builder
	for i, w := range words {
		if i == 0 || !slices.Equal(w.read, words[i-1].read) {
			x.start, x.first = append(x.start, uint32(len(x.read))), append(x.first, uint32(len(x.words)))
			x.read = append(x.read, w.read...)
		}
		x.words = append(x.words, entry{uint32(text.Len()), uint32(len(w.text)), cost})
		text.WriteString(w.text)
	}
	x.start, x.first = append(x.start, uint32(len(x.read))), append(x.first, uint32(len(x.words)))
	x.text = text.String()
	return x
}

// spoken is a word with one of its readings.
type spoken struct {
	text string
	read []uint16
}

// compareCost orders by cost, then by text, so that the order never depends on chance.
func compareCost(a, b found) int {
	return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.text, b.text))
}
