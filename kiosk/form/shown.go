package form

import (
	"fmt"
	"strings"
	"time"

	"zizhuban/assets/i18n"
	"zizhuban/assets/regions"
	"zizhuban/sync/items"
)

// Row is a label and its answer, as the review shows it.
type Row struct {
	Key   string // path
	Label string
	Value string
	Page  int
}

// Rows are all answers for the review, in order. A field that is asked but not answered has a row too, so that the citizen
// sees that it was left out.
func (f *Form) Rows() []Row {
	p := f.picture()
	var rows []Row
	for i, keys := range p.pages {
		for _, key := range keys {
			fd := f.field(key)
			if fd.Type == items.TypeList {
				rows = append(rows, f.listRows(p, fd, i)...)
				continue
			}
			v := f.view(p, key)
			rows = append(rows, Row{Key: key, Label: v.Label, Value: v.Shown, Page: i})
		}
	}
	for i := range rows {
		if rows[i].Value == "" {
			rows[i].Value = i18n.T(f.lang, "form.unanswered", nil)
		}
	}
	return rows
}

func (f *Form) listRows(p *picture, fd *items.Field, page int) []Row {
	v := f.view(p, fd.Key)
	if len(v.Rows) == 0 {
		return []Row{{Key: fd.Key, Label: v.Label, Page: page}}
	}
	var rows []Row
	for i, views := range v.Rows {
		for _, sub := range views {
			rows = append(rows, Row{Key: sub.Key, Label: fmt.Sprintf("%s %d · %s", v.Label, i+1, sub.Label), Value: sub.Shown, Page: page})
		}
	}
	return rows
}

// Shown is a value as a person reads it, in the form's language. What has no canonical form is shown as it was typed.
func (f *Form) Shown(fd *items.Field, value any) string {
	if empty(value) {
		return ""
	}
	c, wrong := canonical(fd, value)
	if wrong != nil || c == nil {
		c = value
	}
	switch v := c.(type) {
	case bool:
		if v {
			return i18n.T(f.lang, "form.yes", nil)
		}
		return i18n.T(f.lang, "form.no", nil)
	case []string:
		if fd.Type == items.TypeDateRange {
			if len(v) != 2 {
				return ""
			}
			return i18n.T(f.lang, "form.range", map[string]any{"from": showDate(v[0], f.lang), "to": showDate(v[1], f.lang)})
		}
		labels := make([]string, len(v))
		for i := range v {
			labels[i] = optionLabel(fd, v[i], f.lang)
		}
		return strings.Join(labels, i18n.T(f.lang, "form.comma", nil))
	case string:
		return f.showString(fd, v, wrong == nil)
	}
	return ""
}

func (f *Form) showString(fd *items.Field, s string, well bool) string {
	switch fd.Type {
	case items.TypeSelect, items.TypeRadio:
		return optionLabel(fd, s, f.lang)
	}
	if !well {
		return s
	}
	switch fd.Type {
	case items.TypeDate:
		return showDate(s, f.lang)
	case items.TypeMonth:
		if d, err := time.Parse("2006-01", s); err == nil {
			if f.lang == i18n.English {
				return d.Format("January 2006")
			}
			return d.Format("2006年1月")
		}
	case items.TypeMoney:
		return i18n.T(f.lang, "form.yuan", map[string]any{"amount": thousands(s)})
	case items.TypePhone:
		return s[:3] + " " + s[3:7] + " " + s[7:]
	case items.TypeBank:
		var b strings.Builder
		for i := 0; i < len(s); i += 4 {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(s[i:min(i+4, len(s))])
		}
		return b.String()
	case items.TypeIDNumber:
		return s[:6] + " " + s[6:14] + " " + s[14:]
	case items.TypeRegion:
		return regions.Joined(strings.Split(s, RegionSeparator))
	}
	return s
}

func optionLabel(fd *items.Field, value, lang string) string {
	for _, o := range fd.Options {
		if o.Value == value {
			if label := o.Label.In(lang); label != "" {
				return label
			}
		}
	}
	return value
}

func showDate(s, lang string) string {
	d, err := time.Parse("2006-01-02", s)
	if err != nil {
		return s
	}
	if lang == i18n.English {
		return d.Format("2 January 2006")
	}
	return d.Format("2006年1月2日")
}

// thousands groups the digits before the point: 1234567.50 is 1,234,567.50.
func thousands(s string) string {
	whole, part, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + "." + part
}
