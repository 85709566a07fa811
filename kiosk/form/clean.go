package form

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"zizhuban/sync/items"
)

// maxText is the most characters that any answer may have; what is beyond is cut off. It is above every item's own limit.
const maxText = 2000

// ofType takes a value in where it has the type of the field (told at items.Field), copied and freed of what no answer may
// hold. Nothing is nil.
func ofType(fd *items.Field, value any) (any, bool) {
	if value == nil {
		return nil, true
	}
	switch fd.Type {
	case items.TypeBool:
		b, ok := value.(bool)
		return b, ok
	case items.TypeMultiselect, items.TypeDateRange:
		list, ok := value.([]string)
		if !ok {
			return nil, false
		}
		if len(list) > 100 {
			list = list[:100]
		}
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = clean(s, false)
		}
		return out, true
	default:
		s, ok := value.(string)
		if !ok {
			return nil, false
		}
		return clean(s, fd.Type == items.TypeTextarea), true
	}
}

// clean takes out what no person types and what would make a text look other than it is: control characters, marks that turn
// the direction of writing, broken encoding; and it cuts what is endless.
func clean(s string, lines bool) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), r == '\ufeff', r == '\ufffd', r == '\u200e', r == '\u200f', r == '\u061c',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r >= '\u2028' && r <= '\u2029':
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText])
	}
	return s
}

// narrow turns the full-width forms of ASCII (U+FF01 to U+FF5E) and the ideographic space into the plain ones.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '\uff01' && r <= '\uff5e':
			return r - 0xfee0
		case r == '\u3000':
			return ' '
		}
		return r
	}, s)
}

// compact is narrow without spaces and the dashes that people group digits by.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '－' || r == '—' || r == '–' {
			return -1
		}
		return r
	}, narrow(s))
}

// empty tells whether a value is no answer.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(narrow(v)) == ""
	case []string:
		for _, s := range v {
			if strings.TrimSpace(s) != "" {
				return false
			}
		}
		return true
	case []map[string]any:
		return len(v) == 0
	}
	return false
}
