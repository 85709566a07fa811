package pinyin

import "testing"

func TestDictionary_refuses_damage(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no word": "a\n", "cut off": "a\t阿 1", "no frequency": "a\t阿\n", "unknown syllable": "a\t阿 1\na xx\t阿 1\n",
	} {
		if _, err := parse(text); err == nil {
			t.Errorf("%s: parsed", name)
		}
	}
}

func TestDictionary_is_whole(t *testing.T) {
	t.Parallel()
	b := load()
	if len(b.names) < 400 || b.groups() < 38000 || len(b.words) < 70000 || b.total < 9e7 {
		t.Errorf("%d syllables, %d readings, %d words, %g in all", len(b.names), b.groups(), len(b.words), b.total)
	}
}

func TestTerms_are_all_taken(t *testing.T) {
	t.Parallel()
	s := newSpeller(load())
	for _, w := range terms() {
		if len(s.spell(w)) == 0 {
			t.Errorf("%q (%q) is not taken", w.Text, w.Reading)
		}
	}
}
