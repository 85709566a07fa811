package form

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"zizhuban/assets/i18n"
	"zizhuban/assets/regions"
	"zizhuban/sync/items"
)

// fault is why an answer is not acceptable: a key of the translations, or words of the catalogue.
type fault struct {
	key  string
	args map[string]any
	text items.Text
}

func (f *fault) in(lang string) string {
	if f.key == "" {
		return f.text.In(lang)
	}
	return i18n.T(lang, f.key, f.args)
}

func bad(key string, args ...any) *fault {
	f := &fault{key: "form.error." + key, args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		f.args[args[i].(string)] = args[i+1]
	}
	return f
}

func words(key string) items.Text {
	return items.Text{ZH: i18n.T(i18n.Chinese, key, nil), EN: i18n.T(i18n.English, key, nil)}
}

// canonical puts an answer into the one form in which it is kept, compared and submitted, or tells why it has none. An empty
// answer stays empty: whether one is needed is asked elsewhere.
func canonical(fd *items.Field, v any) (any, *fault) {
	if empty(v) {
		return nil, nil
	}
	switch v := v.(type) {
	case bool:
		return v, nil
	case string:
		return canonicalString(fd, v)
	case []string:
		if fd.Type == items.TypeDateRange {
			return canonicalRange(v)
		}
		return canonicalChoices(fd, v)
	}
	return v, nil
}

func canonicalString(fd *items.Field, s string) (any, *fault) {
	switch fd.Type {
	case items.TypeText, items.TypeTextarea, items.TypeAddress:
		return canonicalText(fd, s)
	case items.TypeNumber, items.TypeMoney:
		return canonicalNumber(s, fd.Type == items.TypeMoney)
	case items.TypeDate:
		return canonicalDate(s)
	case items.TypeMonth:
		return canonicalMonth(s)
	case items.TypeSelect, items.TypeRadio:
		s = strings.TrimSpace(s)
		if len(fd.Options) > 0 && !slices.ContainsFunc(fd.Options, func(o items.Option) bool { return o.Value == s }) {
			return nil, bad("choice")
		}
		return s, nil
	case items.TypePhone:
		return canonicalPhone(s)
	case items.TypeIDNumber:
		return canonicalID(s)
	case items.TypeUSCC:
		return canonicalUSCC(s)
	case items.TypeBank:
		return canonicalBank(s)
	case items.TypePlate:
		return canonicalPlate(s)
	case items.TypeRegion:
		return canonicalRegion(s)
	}
	return strings.TrimSpace(s), nil
}

func canonicalText(fd *items.Field, s string) (any, *fault) {
	s = strings.TrimSpace(s)
	if fd.Key == KeyName {
		// The dot in the names of several peoples is typed in many ways; cards bear U+00B7.
		s = strings.NewReplacer("•", "·", "・", "·", "‧", "·", "．", "·", "●", "·").Replace(s)
		if !nameForm.MatchString(s) {
			return nil, bad("name")
		}
	}
	n := utf8.RuneCountInString(s)
	switch {
	case fd.MinLen > 0 && fd.MinLen == fd.MaxLen && n != fd.MinLen:
		return nil, bad("length", "want", fd.MinLen, "n", n)
	case n < fd.MinLen:
		return nil, bad("short", "want", fd.MinLen, "n", n)
	case fd.MaxLen > 0 && n > fd.MaxLen:
		return nil, bad("long", "want", fd.MaxLen, "n", n)
	case fd.Type == items.TypeAddress && fd.MinLen == 0 && n < 4:
		return nil, bad("address")
	}
	return s, nil
}

// nameForm is a person's name: letters of any script, marks and private-use characters (rare characters of older cards).
var nameForm = regexp.MustCompile(`^[\p{L}\p{M}\p{Co}][\p{L}\p{M}\p{Co}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}·'’.\- ]*$`)

func canonicalChoices(fd *items.Field, list []string) (any, *fault) {
	var out []string
	for _, o := range fd.Options { // the options' order, each once
		if slices.Contains(list, o.Value) {
			out = append(out, o.Value)
		}
	}
	if len(fd.Options) == 0 {
		out = slices.Clone(list)
	}
	for _, s := range list {
		if !slices.Contains(out, s) {
			return nil, bad("choice")
		}
	}
	return out, nil
}

var numberForm = regexp.MustCompile(`^(-?)0*([0-9]{1,15})(?:\.([0-9]{0,6}))?$`)

// canonicalNumber makes 1234.5 of １,２３４.５０; money gets two decimals.
func canonicalNumber(s string, money bool) (any, *fault) {
	s = strings.NewReplacer(",", "", " ", "", "，", "", "¥", "", "元", "", "。", ".").Replace(strings.TrimSpace(narrow(s)))
	m := numberForm.FindStringSubmatch(s)
	if m == nil {
		if money {
			return nil, bad("money")
		}
		return nil, bad("number")
	}
	sign, whole, part := m[1], m[2], strings.TrimRight(m[3], "0")
	if money {
		if sign != "" {
			return nil, bad("negative")
		}
		if len(part) > 2 {
			return nil, bad("cents")
		}
		return whole + "." + (part + "00")[:2], nil
	}
	if part != "" {
		whole += "." + part
	}
	if whole == "0" {
		sign = ""
	}
	return sign + whole, nil
}

// dateLayouts are the ways in which a date is taken; the first is canonical.
var dateLayouts = []string{"2006-01-02", "2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2006年1月2日"}

func canonicalDate(s string) (any, *fault) {
	s = strings.TrimSpace(narrow(s))
	for _, layout := range dateLayouts {
		if d, err := time.Parse(layout, s); err == nil {
			if d.Year() < 1850 || d.Year() > 2200 {
				return nil, bad("date")
			}
			return d.Format("2006-01-02"), nil
		}
	}
	return nil, bad("date")
}

func canonicalMonth(s string) (any, *fault) {
	s = strings.TrimSpace(narrow(s))
	for _, layout := range []string{"2006-01", "2006-1", "2006/1", "2006.1", "200601", "2006年1月"} {
		if d, err := time.Parse(layout, s); err == nil {
			if d.Year() < 1850 || d.Year() > 2200 {
				return nil, bad("month")
			}
			return d.Format("2006-01"), nil
		}
	}
	return nil, bad("month")
}

func canonicalRange(list []string) (any, *fault) {
	if len(list) != 2 || empty(list[0]) || empty(list[1]) {
		return nil, bad("range_half")
	}
	from, fault := canonicalDate(list[0])
	if fault != nil {
		return nil, fault
	}
	to, fault := canonicalDate(list[1])
	if fault != nil {
		return nil, fault
	}
	if to.(string) < from.(string) {
		return nil, bad("range_order")
	}
	return []string{from.(string), to.(string)}, nil
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func canonicalPhone(s string) (any, *fault) {
	s = compact(s)
	if rest, ok := strings.CutPrefix(s, "+86"); ok {
		s = rest
	}
	switch n := utf8.RuneCountInString(s); {
	case !digitsOnly(s):
		return nil, bad("phone_digits")
	case n != 11:
		return nil, bad("phone_length", "n", n)
	case !items.ValidPhone(s):
		return nil, bad("phone_start")
	}
	return s, nil
}

func canonicalID(s string) (any, *fault) {
	s = strings.ToUpper(compact(s))
	n := utf8.RuneCountInString(s)
	if n != 18 {
		if n == 15 && digitsOnly(s) {
			return nil, bad("id_old")
		}
		return nil, bad("id_length", "n", n)
	}
	if len(s) != 18 || !digitsOnly(s[:17]) || !strings.Contains("0123456789X", s[17:]) {
		return nil, bad("id_digits")
	}
	if d, err := time.Parse("20060102", s[6:14]); err != nil || d.Year() < 1850 {
		return nil, bad("id_birth", "birth", s[6:14])
	}
	if !items.ValidIDNumber(s) {
		return nil, bad("id_check")
	}
	return s, nil
}

func canonicalUSCC(s string) (any, *fault) {
	s = strings.ToUpper(compact(s))
	if n := utf8.RuneCountInString(s); n != 18 {
		return nil, bad("uscc_length", "n", n)
	}
	if i := strings.IndexAny(s, "IOSVZ"); i >= 0 {
		return nil, bad("uscc_letters", "letter", s[i:i+1])
	}
	if !items.ValidUSCC(s) {
		return nil, bad("uscc_check")
	}
	return s, nil
}

func canonicalBank(s string) (any, *fault) {
	s = compact(s)
	switch n := utf8.RuneCountInString(s); {
	case !digitsOnly(s):
		return nil, bad("bank_digits")
	case n < 12 || n > 19:
		return nil, bad("bank_length", "n", n)
	case !items.ValidBankAccount(s):
		return nil, bad("bank_check")
	}
	return s, nil
}

func canonicalPlate(s string) (any, *fault) {
	s = strings.ToUpper(compact(s))
	s = strings.NewReplacer("·", "", "•", "", ".", "").Replace(s)
	if !items.ValidPlate(s) {
		return nil, bad("plate")
	}
	return s, nil
}

// RegionSeparator stands between the levels of a region: 浙江省/杭州市/余杭区.
const RegionSeparator = "/"

// canonicalRegion wants a province and a city at least. Where an item wants the county too, its pattern says so. What is
// written without separators, as an address begins, is taken where its divisions are known.
func canonicalRegion(s string) (any, *fault) {
	s = strings.TrimSpace(narrow(s))
	levels := slices.Collect(strings.FieldsFuncSeq(s, func(r rune) bool { return r == '/' || r == ' ' || r == ',' }))
	if len(levels) == 1 {
		known, rest := regions.Leading(s)
		if rest != "" {
			known = nil
		}
		levels = known
	}
	if len(levels) < 2 {
		return nil, bad("region")
	}
	return strings.Join(levels, RegionSeparator), nil
}
