package fields

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"zizhuban/kiosk/touch/keyboard"
	"zizhuban/sync/items"
)

// kind is how what is typed into a box is taken and shown.
type kind struct {
	take   func(rune) (rune, bool) // what becomes of a character; false where the field has no use for it
	fits   func(string) bool       // whether the whole may become this; nil for anything
	groups func(text []rune) []int // the characters before which a gap stands
	gap    rune                    // what is shown there
	limit  int                     // of characters, 0 for none
}

// The lengths of numbers.
const (
	phoneDigits = 11
	idLength    = 18
	usccLength  = 18
	bankDigits  = 19 // the longest cards, ISO/IEC 7812-1
	plateLength = 8  // of new-energy cars
)

// What can be typed into a number: the form's own limits of digits, so that the box never holds what cannot be meant.
var (
	numberSoFar = regexp.MustCompile(`^[0-9]{0,15}(\.[0-9]{0,6})?$`)
	moneySoFar  = regexp.MustCompile(`^[0-9]{0,12}(\.[0-9]{0,2})?$`)
)

func kindOf(fieldType string) kind {
	switch fieldType {
	case items.TypeNumber:
		return kind{take: decimal, fits: numberSoFar.MatchString, groups: none}
	case items.TypeMoney:
		return kind{take: decimal, fits: moneySoFar.MatchString, groups: thousands, gap: ','}
	case items.TypePhone:
		return kind{take: digit, groups: after(3, 7), gap: ' ', limit: phoneDigits}
	case items.TypeIDNumber:
		return kind{take: capital, groups: after(6, 14), gap: ' ', limit: idLength}
	case items.TypeUSCC:
		return kind{take: capital, groups: after(4, 8, 12, 16), gap: ' ', limit: usccLength}
	case items.TypeBank:
		return kind{take: digit, groups: after(4, 8, 12, 16), gap: ' ', limit: bankDigits}
	case items.TypePlate:
		return kind{take: capital, groups: after(2), gap: '·', limit: plateLength}
	}
	return kind{take: printed, groups: none}
}

func layoutOf(fieldType string) keyboard.Layout {
	switch fieldType {
	case items.TypeNumber, items.TypeMoney:
		return keyboard.Decimal
	case items.TypePhone:
		return keyboard.Phone
	case items.TypeIDNumber:
		return keyboard.IDNumber
	case items.TypeUSCC:
		return keyboard.Code
	case items.TypeBank:
		return keyboard.Digits
	case items.TypePlate:
		return keyboard.Plate
	}
	return keyboard.Pinyin
}

func digit(r rune) (rune, bool)   { return r, r >= '0' && r <= '9' }
func decimal(r rune) (rune, bool) { return r, r == '.' || r >= '0' && r <= '9' }

// capital takes letters, digits and Chinese characters, as plates and codes have them; nothing that only groups.
func capital(r rune) (rune, bool) {
	return unicode.ToUpper(r), unicode.IsLetter(r) || unicode.IsDigit(r)
}

func printed(r rune) (rune, bool) { return r, r == '\n' || unicode.IsPrint(r) }

func none([]rune) []int { return nil }

// after groups a number of fixed length: gaps stand after so many characters.
func after(counts ...int) func([]rune) []int {
	return func([]rune) []int { return counts }
}

// thousands groups the digits before the point.
func thousands(text []rune) []int {
	point := len(text)
	for i, r := range text {
		if r == '.' {
			point = i
		}
	}
	var gaps []int
	for i := point - 3; i > 0; i -= 3 {
		gaps = append(gaps, i)
	}
	return gaps
}

// stringOf is an answer as text. Numbers are strings by contract; a catalogue's own default may have come as a number.
func stringOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	case []string:
		return strings.Join(v, " ")
	}
	return ""
}
