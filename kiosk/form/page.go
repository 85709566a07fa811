package form

import (
	"slices"
	"strings"

	"zizhuban/assets/i18n"
	"zizhuban/sync/items"
)

// pageRoom is how much stands on a page in standard mode; most fields take one of it.
const pageRoom = 4

// Page is one page of the form, in the form's language.
type Page struct {
	Title  string
	Fields []FieldView
	Hints  []string // worth knowing, never in the way
	Broken []string // checks that fail and that no field of the form can mend
}

// paginate lays the fields that are asked out on pages. What comes before a field never depends on it, so that a page stays
// where it is while it is being filled in.
func (f *Form) paginate(shown map[string]bool) [][]string {
	var pages [][]string
	room, common := 0, false
	for i := range f.fields {
		fd := &f.fields[i]
		if !shown[fd.Key] {
			continue
		}
		need, isCommon := weight(fd), strings.HasPrefix(fd.Key, "@")
		if f.elder {
			need = pageRoom
		}
		if len(pages) == 0 || need > room || common != isCommon {
			pages, room = append(pages, nil), pageRoom
		}
		last := len(pages) - 1
		pages[last] = append(pages[last], fd.Key)
		room, common = room-need, isCommon
	}
	return pages
}

func weight(fd *items.Field) int {
	switch {
	case fd.Type == items.TypeList:
		return pageRoom
	case fd.Type == items.TypeTextarea, fd.Type == items.TypeDateRange:
		return 2
	case (fd.Type == items.TypeMultiselect || fd.Type == items.TypeRadio) && len(fd.Options) > 6:
		return 2
	}
	return 1
}

// Pages is how many pages there are now.
func (f *Form) Pages() int { return len(f.picture().pages) }

// PageOf is the page on which a path stands, 0 where it is not asked.
func (f *Form) PageOf(path string) int {
	key, _, _ := strings.Cut(path, ".")
	for i, keys := range f.picture().pages {
		if slices.Contains(keys, key) {
			return i
		}
	}
	return 0
}

// FirstOf is the key of the first field on a page, by which the page is found again after a change; empty where there is none.
func (f *Form) FirstOf(page int) string {
	if pages := f.picture().pages; page >= 0 && page < len(pages) {
		return pages[page][0]
	}
	return ""
}

// Page draws page i.
func (f *Form) Page(i int) Page {
	p := f.picture()
	if i < 0 || i >= len(p.pages) {
		return Page{}
	}
	page := Page{Title: f.title(p.pages[i])}
	for _, key := range p.pages[i] {
		page.Fields = append(page.Fields, f.view(p, key))
	}
	page.Hints = f.hints(p, i)
	if i == 0 {
		for _, r := range p.loose {
			page.Broken = append(page.Broken, f.item.Rules[r].Message.In(f.lang))
		}
	}
	return page
}

func (f *Form) title(keys []string) string {
	switch {
	case len(keys) == 1:
		return f.field(keys[0]).Label.In(f.lang)
	case keys[0] == KeyName:
		return i18n.T(f.lang, "form.title.identity", nil)
	case keys[0] == KeyPhone:
		return i18n.T(f.lang, "form.title.contact", nil)
	}
	return i18n.T(f.lang, "form.title.details", nil)
}

// hints are those whose last field is on the page and that have an answer to go by.
func (f *Form) hints(p *picture, page int) []string {
	var out []string
	if len(f.item.Hints) == 0 {
		return nil
	}
	texts := f.program.Hints(p.facts)
	for i, h := range f.item.Hints {
		if !slices.Contains(texts, h.Message) {
			continue
		}
		at, answered := 0, len(f.refs.hints[i]) == 0
		for _, key := range f.refs.hints[i] {
			if p.shown[key] {
				at = max(at, f.pageIn(p, key))
			}
			_, has := p.facts.Answers[key]
			answered = answered || has
		}
		if at == page && answered {
			out = append(out, h.Message.In(f.lang))
		}
	}
	return out
}

func (f *Form) pageIn(p *picture, key string) int {
	return max(0, slices.IndexFunc(p.pages, func(keys []string) bool { return slices.Contains(keys, key) }))
}

func (f *Form) view(p *picture, key string) FieldView {
	fd := f.field(key)
	v := f.viewOf(p, fd, key, f.value(key))
	if i, broken := p.rules[key]; broken && v.Error == "" && (f.tried[i] || f.left[key]) && f.allAnswered(p, i) {
		v.Error = f.item.Rules[i].Message.In(f.lang)
	}
	if fd.Type == items.TypeList {
		v.MaxRows = maxRows(fd)
		v.Rows = make([][]FieldView, len(f.rows(key)))
		for i, row := range f.rows(key) {
			for j := range fd.Fields {
				sub := &fd.Fields[j]
				if path := rowPath(key, i, sub.Key); f.shownBy(path, p.facts) {
					v.Rows[i] = append(v.Rows[i], f.viewOf(p, sub, path, row[sub.Key]))
				}
			}
		}
	}
	return v
}

// allAnswered tells whether every field that a rule looks at was answered or met by Next: before that its complaint is early.
func (f *Form) allAnswered(p *picture, rule int) bool {
	for _, key := range f.refs.rules[rule] {
		if _, has := p.facts.Answers[key]; !has && !f.left[key] && !f.tried[rule] {
			return false
		}
	}
	return true
}

func (f *Form) viewOf(p *picture, fd *items.Field, path string, value any) FieldView {
	v := FieldView{
		Key: path, Label: fd.Label.In(f.lang), Help: fd.Help.In(f.lang), Example: fd.Example, Type: fd.Type,
		Required: fd.Required, ReadOnly: f.readOnly(fd), MaxLen: maxLen(fd),
	}
	if !empty(value) {
		v.Value = value
	}
	if list, ok := value.([]string); ok {
		v.Value = slices.Clone(list)
	}
	if fd.Type == items.TypeList {
		v.Value = nil // Rows tell it
	}
	v.Shown = f.Shown(fd, value)
	if v.ReadOnly && (fd.Prefill == "name" || fd.Prefill == "id_number") {
		whole, _ := value.(string)
		v.Shown = masked(fd.Prefill, whole)
		v.Value = v.Shown
	}
	if fd.Type == items.TypeFile {
		v.ReadOnly, v.Required, v.Value = true, false, nil
		v.Shown = i18n.T(f.lang, "form.file", nil)
	}
	for _, o := range fd.Options {
		label := o.Label.In(f.lang)
		if label == "" {
			label = o.Value
		}
		v.Options = append(v.Options, OptionView{Value: o.Value, Label: label, Chosen: chosen(value, o.Value)})
	}
	if !strings.HasPrefix(path, "@") {
		if lo, hi, err := f.program.Bounds(path, p.facts); err == nil {
			v.Min, v.Max = lo, hi
		}
	}
	if fault := p.faults[path]; fault != nil && f.left[path] {
		v.Error = fault.in(f.lang)
	}
	return v
}

func maxLen(fd *items.Field) int {
	switch fd.Type {
	case items.TypePhone:
		return 11
	case items.TypeIDNumber, items.TypeUSCC:
		return 18
	case items.TypeBank:
		return 19
	case items.TypePlate:
		return 8
	}
	return fd.MaxLen
}

func chosen(value any, option string) bool {
	switch v := value.(type) {
	case string:
		return v == option
	case []string:
		return slices.Contains(v, option)
	}
	return false
}

func masked(prefill, s string) string {
	if prefill == "name" {
		return MaskName(s)
	}
	return MaskID(s)
}
