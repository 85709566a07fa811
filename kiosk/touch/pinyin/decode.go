package pinyin

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
)

// found is a word for the letters up to end.
type found struct {
	text string
	end  int
	cost float32
	off  bool // not spelled so: confused or unfinished
}

// point is the best way to read the letters up to a position.
type point struct {
	cost float32
	from int // where its last word begins; -1 when no way leads here
	text string
	cut  []int // where the syllables of that word end
}

// search is the working memory of one query.
type search struct {
	d       *Decoder
	in      string
	steps   [MaxInput + 1][]step
	best    [MaxInput + 1]point
	first   []found // words that begin at 0
	longer  []found // words that begin with all of the letters and go on
	stack   []int   // ends of the syllables on the way down
	from    int
	singles []found
}

var searches = sync.Pool{New: func() any { return new(search) }}

// Candidates gives what the letters may stand for, the best first: the likeliest reading of all letters, other words for all
// of them, words that begin so, words for the first syllables, characters for the first syllable. Letters are a to z and
// the apostrophe; anything else ends what is looked at.
func (d *Decoder) Candidates(letters string) []Candidate {
	s := d.run(letters)
	defer s.release()
	return s.candidates()
}

// Split divides letters into syllables by apostrophes, as the likeliest reading has them: "shen'fen'zheng".
func (d *Decoder) Split(letters string) string {
	s := d.run(letters)
	defer s.release()
	var ends []int
	for end := s.reached(); end > 0; end = s.best[end].from {
		ends = append(ends, s.best[end].cut...)
	}
	slices.Sort(ends)
	var b strings.Builder
	last := 0
	for _, end := range ends {
		if end > last && end < len(letters) {
			b.WriteString(strings.TrimSuffix(letters[last:end], "'"))
			b.WriteByte('\'')
			last = end
		}
	}
	b.WriteString(letters[last:])
	return strings.ReplaceAll(b.String(), "''", "'")
}

// run reads the letters.
func (d *Decoder) run(letters string) *search {
	s := searches.Get().(*search)
	s.d, s.in = d, usable(letters)
	s.first, s.longer, s.stack, s.singles = s.first[:0], s.longer[:0], s.stack[:0], s.singles[:0]
	d.base.lattice(s.in, s.steps[:])
	s.best[0] = point{}
	for i := 1; i <= len(s.in); i++ {
		s.best[i] = point{math.MaxFloat32, -1, "", s.best[i].cut[:0]}
	}
	for i := range s.in {
		if s.best[i].from < 0 {
			continue
		}
		if s.in[i] == '\'' {
			s.skip(i)
			continue
		}
		s.from = i
		s.down(&d.known, 0, d.known.groups(), 0, i, 0, false)
		s.down(&d.base.lexicon, 0, d.base.groups(), 0, i, 0, false)
	}
	return s
}

// usable cuts the input where it stops to be letters or gets too long.
func usable(letters string) string {
	letters = letters[:min(len(letters), MaxInput)]
	for i := range len(letters) {
		if c := letters[i]; c != '\'' && (c < 'a' || c > 'z') {
			return letters[:i]
		}
	}
	return letters
}

// skip passes an apostrophe: what was read before it holds behind it too.
func (s *search) skip(i int) {
	if i == 0 || s.best[i].cost < s.best[i+1].cost {
		p := &s.best[i+1]
		p.cost, p.from, p.text, p.cut = s.best[i].cost, i, "", p.cut[:0]
	}
}

// down visits the words of the groups [lo, hi), all alike in their first depth syllables, that the letters from at on allow.
func (s *search) down(x *lexicon, lo, hi, depth, at int, cost float32, vague bool) {
	if depth > 0 && len(x.syllables(lo)) == depth {
		s.hit(x, lo, depth, at, cost, vague)
		lo++
	}
	if lo >= hi {
		return
	}
	if at == len(s.in) {
		if s.from == 0 && depth > 1 {
			s.completions(x, lo, hi, at, cost)
		}
		return
	}
	if s.in[at] == '\'' {
		at++
		if at == len(s.in) {
			return
		}
	}
	for _, st := range s.steps[at] {
		a := x.below(lo, hi, depth, st.lo)
		for a < hi {
			id := x.read[int(x.start[a])+depth]
			if id >= st.hi {
				break
			}
			b := x.below(a, hi, depth, id+1)
			s.stack = append(s.stack, st.end)
			s.down(x, a, b, depth+1, st.end, cost+st.cost, vague || st.vague)
			s.stack = s.stack[:len(s.stack)-1]
			a = b
		}
	}
}

// hit takes the words of group g, which the letters from s.from up to end can stand for.
func (s *search) hit(x *lexicon, g, depth, end int, cost float32, vague bool) {
	words := x.group(g)
	if c := s.best[s.from].cost + cost + words[0].cost; c < s.best[end].cost {
		p := &s.best[end]
		p.cost, p.from, p.text = c, s.from, x.word(words[0])
		p.cut = append(p.cut[:0], s.stack...)
	}
	if s.from > 0 && strings.Trim(s.in[:s.from], "'") != "" {
		return
	}
	list := &s.first
	if depth == 1 {
		list = &s.singles
	}
	if vague {
		words = words[:min(len(words), maxShorter)]
	}
	for _, w := range words {
		*list = append(*list, found{x.word(w), end, cost + w.cost, cost > 0})
	}
}

// completions takes the best words that begin with all of the letters and go on.
func (s *search) completions(x *lexicon, lo, hi, end int, cost float32) {
	for g := lo; g < hi; g++ {
		w := x.group(g)[0]
		s.longer = append(s.longer, found{x.word(w), end, cost + w.cost, cost > 0})
	}
}

// reached is the furthest position that some way leads to.
func (s *search) reached() int {
	for end := len(s.in); end > 0; end-- {
		if s.best[end].from >= 0 {
			return end
		}
	}
	return 0
}

// sentence is the likeliest reading of all letters that can be read.
func (s *search) sentence() (string, int) {
	end := s.reached()
	var parts []string
	for at := end; at > 0; at = s.best[at].from {
		parts = append(parts, s.best[at].text)
	}
	slices.Reverse(parts)
	return strings.Join(parts, ""), end
}

func (s *search) candidates() []Candidate {
	text, whole := s.sentence()
	if text == "" {
		return nil
	}
	out := []Candidate{{text, whole}}
	seen := map[string]bool{text: true}
	take := func(words []found, limit int) {
		for _, w := range words {
			if limit == 0 {
				return
			}
			if !seen[w.text] {
				seen[w.text] = true
				out = append(out, Candidate{w.text, w.end})
				limit--
			}
		}
	}
	slices.SortFunc(s.first, func(a, b found) int {
		if a.end != b.end {
			return b.end - a.end
		}
		return compareCost(a, b)
	})
	slices.SortFunc(s.longer, compareCost)
	n := 0
	for n < len(s.first) && s.first[n].end == whole {
		n++
	}
	take(s.first[:n], maxWhole)
	take(s.longer, maxCompletions)
	for rest := s.first[n:]; len(rest) > 0; rest = rest[n:] {
		for n = 1; n < len(rest) && rest[n].end == rest[0].end; n++ {
		}
		take(rest[:n], maxShorter)
	}
	take(s.characters())
	return out
}

// characters gives those for the first syllable: the likeliest first, all of them where the syllable is spelled out, so that a
// rare character of a name is found, but only the common ones where an initial is all there is.
func (s *search) characters() ([]found, int) {
	first := s.firstSyllable()
	rank := func(f found) int {
		common, right := f.cost < costRare, f.end == first && !f.off
		switch {
		case right && common:
			return 0
		case right && first == len(s.in): // one syllable is all: perhaps a rare character of a name
			return 1
		case common && f.end == first:
			return 2
		case common:
			return 3
		}
		return 4
	}
	slices.SortFunc(s.singles, func(a, b found) int {
		if x, y := rank(a), rank(b); x != y {
			return x - y
		}
		return cmp.Or(b.end-a.end, compareCost(a, b))
	})
	for _, st := range s.steps[0] {
		if !st.vague {
			return s.singles, len(s.singles)
		}
	}
	return s.singles, maxVague
}

// firstSyllable is where the first syllable of the sentence ends.
func (s *search) firstSyllable() int {
	for at := s.reached(); at > 0; at = s.best[at].from {
		if cut := s.best[at].cut; s.best[at].from == 0 && len(cut) > 0 {
			return cut[0]
		}
	}
	return 0
}

// release forgets what was typed and gives the memory back.
func (s *search) release() {
	s.in, s.d = "", nil
	for i := range s.best {
		s.best[i].text = ""
	}
	clear(s.first)
	clear(s.longer)
	clear(s.singles)
	searches.Put(s)
}
