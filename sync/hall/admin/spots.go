package admin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"zizhuban/sync/items"
)

// spot is one text of an item that may be edited: where it stands, and how it is typed.
type spot struct {
	Key   string // name of the form's field, such as notice or field.bank.label
	Group string // basics, guide, notice, fields, materials
	Of    string // whose text it is: a field's or a material's name; empty for the item's own
	Label string // key of the label
	Kind  string // line, lines (a text of several lines), list (one entry a line), words (separated by blanks; one language)
	Rows  int    // of the text area at least; it grows with its text
	Must  bool   // it may not be empty

	text *items.Text
	list *[]items.Text
	word *[]string
	raw  *string // one language
}

// spots lists every text of an item that may be edited, in the order in which people read them. The item's texts are changed
// through [spot.set].
func spots(it *items.Item) []spot {
	var all []spot
	line := func(group, key string, t *items.Text) {
		all = append(all, spot{Key: key, Group: group, Label: "spot." + key, Kind: "line", Rows: 1, Must: true, text: t})
	}
	lines := func(group, key string, t *items.Text, rows int) {
		all = append(all, spot{Key: key, Group: group, Label: "spot." + key, Kind: "lines", Rows: rows, Must: key == "notice", text: t})
	}
	list := func(group, key string, t *[]items.Text) {
		all = append(all, spot{Key: key, Group: group, Label: "spot." + key, Kind: "list", Rows: max(3, len(*t)+1), list: t})
	}
	line("basics", "name", &it.Name)
	all = append(all, spot{Key: "keywords", Group: "basics", Label: "spot.keywords", Kind: "words", Rows: 1, word: &it.Keywords})
	line("basics", "applies_to", &it.AppliesTo)
	line("basics", "result", &it.Result)
	line("basics", "legal", &it.Legal.Words)
	line("basics", "promised", &it.Promised.Words)
	line("basics", "fee", &it.Fee.Words)
	lines("notice", "notice", &it.Notice, 5)
	list("guide", "accept", &it.Conditions)
	list("guide", "process", &it.Process)
	list("guide", "basis", &it.Basis)
	line("guide", "place", &it.Place)
	line("guide", "hours", &it.Hours)
	line("guide", "contact", &it.Contact)
	line("guide", "complaint", &it.Complaint)
	lines("guide", "note", &it.Note, 2)
	fieldSpots(&all, it.Fields, "field", "")
	for i := range it.Rules {
		all = append(all, spot{Key: fmt.Sprintf("rule.%d", i), Group: "fields", Of: it.Rules[i].When, Label: "spot.rule", Kind: "line", Rows: 1, Must: true, text: &it.Rules[i].Message})
	}
	for i := range it.Hints {
		all = append(all, spot{Key: fmt.Sprintf("hint.%d", i), Group: "fields", Of: it.Hints[i].When, Label: "spot.hint", Kind: "line", Rows: 1, Must: true, text: &it.Hints[i].Message})
	}
	for i := range it.Materials {
		m := &it.Materials[i]
		key := fmt.Sprintf("material.%d", i)
		for _, s := range []spot{
			{Key: key + ".name", Label: "spot.material.name", Must: true, text: &m.Name},
			{Key: key + ".how", Label: "spot.material.how", text: &m.How},
			{Key: key + ".remark", Label: "spot.material.remark", text: &m.Remark},
		} {
			s.Group, s.Of, s.Kind, s.Rows = "materials", strconv.Itoa(i+1), "line", 1
			all = append(all, s)
		}
	}
	return all
}

func fieldSpots(all *[]spot, fields []items.Field, prefix, list string) {
	for i := range fields {
		f := &fields[i]
		key, of := prefix+"."+f.Key, list+f.Key
		add := func(s spot) {
			s.Group, s.Of, s.Kind, s.Rows = "fields", of, "line", 1
			*all = append(*all, s)
		}
		add(spot{Key: key + ".label", Label: "spot.field.label", Must: true, text: &f.Label})
		add(spot{Key: key + ".help", Label: "spot.field.help", text: &f.Help})
		if f.Type == items.TypeText || f.Type == items.TypeTextarea || f.Example != "" {
			add(spot{Key: key + ".example", Label: "spot.field.example", raw: &f.Example})
		}
		for j := range f.Options {
			// The value is what rules name and what is stored; only what a person reads may change here.
			add(spot{Key: fmt.Sprintf("%s.option.%d", key, j), Label: "spot.field.option", Must: true, text: &f.Options[j].Label})
		}
		for j := range f.Rules {
			add(spot{Key: fmt.Sprintf("%s.rule.%d", key, j), Label: "spot.field.rule", Must: true, text: &f.Rules[j].Message})
		}
		fieldSpots(all, f.Fields, key, of+".")
	}
}

// TwoLanguages tells whether the text has an English side.
func (s spot) TwoLanguages() bool { return s.text != nil || s.list != nil }

// ZH is the Chinese text as it stands in the form.
func (s spot) ZH() string { return s.in("zh") }

// EN is the English text as it stands in the form, empty where there is none.
func (s spot) EN() string { return s.in("en") }

func (s spot) in(lang string) string {
	pick := func(t items.Text) string {
		if lang == "en" {
			return t.EN
		}
		return t.ZH
	}
	switch {
	case s.text != nil:
		return pick(*s.text)
	case s.list != nil:
		var out []string
		for _, t := range *s.list {
			out = append(out, pick(t))
		}
		return strings.TrimRight(strings.Join(out, "\n"), "\n")
	case lang == "en":
		return ""
	case s.word != nil:
		return strings.Join(*s.word, " ")
	}
	return *s.raw
}

// errLines tells that the English side of a list has more entries than the Chinese side.
var errLines = errors.New("more English lines than Chinese ones")

const maxText = 20_000 // characters of one text

// Errors of a text that was typed.
var (
	errLong  = errors.New("a text is too long")
	errEmpty = errors.New("a text may not be empty")
)

// set puts what was typed into the item.
func (s spot) set(zh, en string) error {
	zh, en = typed(zh), typed(en)
	if len([]rune(zh)) > maxText || len([]rune(en)) > maxText {
		return errLong
	}
	if s.Must && zh == "" {
		s.put(items.Text{EN: en})
		return errEmpty
	}
	if s.Kind == "line" {
		zh, en = strings.ReplaceAll(zh, "\n", " "), strings.ReplaceAll(en, "\n", " ")
	}
	switch {
	case s.text != nil:
		*s.text = items.Text{ZH: zh, EN: en}
	case s.list != nil:
		a, b := entries(zh), strings.Split(en, "\n")
		if en == "" {
			b = nil
		}
		if len(b) > len(a) {
			return errLines
		}
		var out []items.Text
		for i := range a {
			t := items.Text{ZH: a[i]}
			if i < len(b) {
				t.EN = strings.TrimSpace(b[i])
			}
			out = append(out, t)
		}
		*s.list = out
	case s.word != nil:
		*s.word = strings.FieldsFunc(zh, func(r rune) bool { return strings.ContainsRune(" \t\n\u3000,，、;；", r) })
		if len(*s.word) == 0 {
			*s.word = nil
		}
	default:
		*s.raw = zh
	}
	return nil
}

// put keeps a text that is not acceptable, so that the form shows what was typed.
func (s spot) put(t items.Text) {
	if s.text != nil {
		*s.text = t
	}
}

// typed brings what a browser sends into one form: line feeds only, no blanks at the ends, no control characters.
func typed(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

func entries(s string) []string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// change is one text that differs between two versions of an item.
type change struct {
	Label    string // key
	Of       string
	Lang     string // zh or en; empty where the text has one language
	Old, New []piece
}

// changes lists the texts that differ. Two versions whose fields or materials differ in number or kind are told by structure.
func changes(before, after *items.Item) (out []change, structure bool) {
	a, b := spots(before), spots(after)
	old := map[string]spot{}
	for _, s := range a {
		old[s.Key] = s
	}
	for _, s := range b {
		o, ok := old[s.Key]
		if !ok {
			structure = true
			continue
		}
		delete(old, s.Key)
		for _, lang := range []string{"zh", "en"} {
			x, y := o.in(lang), s.in(lang)
			if x == y {
				continue
			}
			c := change{Label: s.Label, Of: s.Of}
			if s.TwoLanguages() {
				c.Lang = lang
			}
			c.Old, c.New = compare(x, y)
			out = append(out, c)
		}
	}
	return out, structure || len(old) > 0
}
