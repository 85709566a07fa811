package pinyin

import (
	"slices"
	"strings"
)

// maxSyllable is the length of the longest syllables, such as zhuang.
const maxSyllable = 6

// reading is a syllable that some letters can stand for, and what it costs to take them so.
type reading struct {
	syllable uint16
	cost     float32
}

// syllables is the table of all syllables, sorted, with what letters can stand for each.
type syllables struct {
	names   []string             // sorted, so that all that begin alike are neighbours
	ids     map[string]uint16    // of a syllable spelled right
	spelled map[string][]reading // of any spelling that is taken: exact first, then confusions
}

func newSyllables(names []string) syllables {
	t := syllables{names: names, ids: make(map[string]uint16, len(names)), spelled: make(map[string][]reading, 2*len(names))}
	for i, name := range names {
		t.ids[name] = uint16(i)
		t.spelled[name] = append(t.spelled[name], reading{uint16(i), 0})
	}
	for _, name := range names {
		for _, alias := range aliases(name) {
			t.spelled[alias] = append(t.spelled[alias], reading{t.ids[name], 0})
		}
		for spelling, cost := range confusions(name) {
			t.spelled[spelling] = append(t.spelled[spelling], reading{t.ids[name], cost})
		}
	}
	for _, list := range t.spelled { // the maps above come in any order
		slices.SortFunc(list, func(a, b reading) int {
			if a.cost != b.cost {
				return int(a.cost - b.cost)
			}
			return int(a.syllable) - int(b.syllable)
		})
	}
	return t
}

// aliases gives other right spellings: lve for lue, and jv for ju as schoolbooks explain it.
func aliases(name string) []string {
	switch {
	case name == "lue" || name == "nue":
		return []string{name[:1] + "ve"}
	case len(name) > 1 && strings.ContainsRune("jqxy", rune(name[0])) && name[1] == 'u':
		return []string{name[:1] + "v" + name[2:]}
	}
	return nil
}

// confusions gives the spellings by which a speaker of a dialect may write the syllable, with their costs.
func confusions(name string) map[string]float32 {
	initials := swaps(name, strings.HasPrefix, func(s, from, to string) string { return to + s[len(from):] },
		[][2]string{{"zh", "z"}, {"ch", "c"}, {"sh", "s"}, {"n", "l"}})
	found := map[string]float32{}
	for _, s := range append(initials, name) {
		cost := float32(0)
		if s != name {
			cost = costFuzzy
			found[s] = cost
		}
		for _, f := range swaps(s, strings.HasSuffix, func(s, from, to string) string { return s[:len(s)-len(from)] + to },
			[][2]string{{"ang", "an"}, {"eng", "en"}, {"ing", "in"}}) {
			found[f] = cost + costFuzzy
		}
	}
	return found
}

// swaps replaces one side of each pair by the other where has finds it; the longer side is tried first.
func swaps(s string, has func(s, part string) bool, put func(s, from, to string) string, pairs [][2]string) []string {
	var out []string
	for _, p := range pairs {
		if has(s, p[0]) {
			out = append(out, put(s, p[0], p[1]))
		} else if has(s, p[1]) {
			out = append(out, put(s, p[1], p[0]))
		}
	}
	return out
}

// prefixed gives the range of the syllables that begin with p.
func (t *syllables) prefixed(p string) (lo, hi uint16) {
	l, _ := slices.BinarySearch(t.names, p)
	h := l
	for h < len(t.names) && strings.HasPrefix(t.names[h], p) {
		h++
	}
	return uint16(l), uint16(h)
}

// step is one way to read some letters from a position: any syllable of [lo, hi).
type step struct {
	end    int // where the letters stop
	lo, hi uint16
	cost   float32
	vague  bool // an initial or an unfinished syllable
}

func vowel(c byte) bool { return strings.IndexByte("aeiouv", c) >= 0 }

// lattice fills steps[i] with every way to read in from i on. Apostrophes are never crossed.
func (t *syllables) lattice(in string, steps [][]step) {
	for i := range in {
		steps[i] = steps[i][:0]
		for end := i + 1; end <= min(i+maxSyllable, len(in)) && in[end-1] != '\''; end++ {
			for _, r := range t.spelled[in[i:end]] {
				steps[i] = append(steps[i], step{end, r.syllable, r.syllable + 1, r.cost, false})
			}
		}
	}
	exact, loose := t.covered(in, steps)
	initials := !exact && !loose || !strings.ContainsAny(in, "aeiouv")
	for i := range in {
		if in[i] == '\'' {
			continue
		}
		for end := i + 1; end <= min(i+maxSyllable, len(in)) && in[end-1] != '\''; end++ {
			initial := initials && isInitial(in[i:end]) && (end == len(in) || !vowel(in[end]))
			if !initial && end != len(in) {
				continue
			}
			lo, hi := t.prefixed(in[i:end])
			if lo == hi {
				break
			}
			cost := float32(costInitial)
			if !initial || end == len(in) {
				cost = costPartial
			}
			_, whole := t.ids[in[i:end]]
			if whole {
				lo++ // that one has been taken above, for nothing
				cost = costInitial
			}
			if exact && !(whole && i > 0) {
				continue // lan is lan, not la and a beginning of something; but shenfenzhe may become shenfenzheng
			}
			if lo < hi {
				steps[i] = append(steps[i], step{end, lo, hi, cost, true})
			}
		}
	}
}

func isInitial(s string) bool {
	return len(s) == 1 && !vowel(s[0]) || s == "zh" || s == "ch" || s == "sh"
}

// covered tells whether the letters can be divided into whole syllables, spelled right (exact), or into syllables that may be
// confused ones, the last one perhaps unfinished (loose). If so, no lone initial is meant.
func (t *syllables) covered(in string, steps [][]step) (exact, loose bool) {
	var reach, right [MaxInput + 1]bool
	reach[0], right[0] = true, true
	for i := range in {
		if !reach[i] {
			continue
		}
		if in[i] == '\'' {
			reach[i+1], right[i+1] = true, right[i+1] || right[i]
			continue
		}
		for _, s := range steps[i] {
			reach[s.end] = true
			right[s.end] = right[s.end] || right[i] && s.cost == 0
		}
		if lo, hi := t.prefixed(in[i:]); lo < hi {
			loose = true
		}
	}
	return right[len(in)], loose || reach[len(in)]
}
