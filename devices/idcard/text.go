package idcard

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// TextLen is the size of a card's text region: UTF-16LE, padded with spaces.
const TextLen = 256

// PhotoLen is the size of a photo.
const PhotoLen = 1024

// The text region of a resident card: offset and length in bytes.
var (
	atName      = span{0, 30}
	atSex       = span{30, 2}
	atNation    = span{32, 4}
	atBirth     = span{36, 16}
	atAddress   = span{52, 70}
	atNumber    = span{122, 36}
	atAuthority = span{158, 30}
	atFrom      = span{188, 16}
	atTo        = span{204, 16}
	atKind      = span{248, 2} // the same place in all four documents, and to be looked at before any other
)

type span struct{ at, len int }

// The warnings of a card. It is usable with them.
const (
	WarnCheckDigit = "check-digit" // the number's check character does not fit
	WarnNation     = "nation"      // a nation code that is in no table
	WarnSex        = "sex"         // a sex code that is in no table
	WarnBirth      = "birth"       // the date of birth is no date
	WarnValidity   = "validity"    // one of the dates of validity is no date
	WarnText       = "text"        // a field held characters that do not belong in a text
)

// KindOf tells which document a text region is from. A letter that is in no table gives an empty kind.
func KindOf(text []byte) Kind {
	if len(text) < TextLen {
		return ""
	}
	switch binary.LittleEndian.Uint16(text[atKind.at:]) {
	case ' ', 0:
		return Resident
	case 'J':
		return Permit
	case 'I':
		return Foreigner2017
	case 'Y':
		return Foreigner2023
	}
	return ""
}

// DecodeText reads the text region of a card. Another document than a resident card is a [WrongCard]; a region without a
// usable name and number is ErrNonsense. Everything else that is odd becomes a warning.
func DecodeText(text []byte) (Card, error) {
	if len(text) != TextLen {
		return Card{}, fmt.Errorf("%w: a text of %d bytes", ErrNonsense, len(text))
	}
	kind := KindOf(text)
	if kind != Resident {
		return Card{}, WrongCard{Kind: kind}
	}
	c := Card{Kind: kind}
	warn := func(w string) {
		for _, have := range c.Warnings {
			if have == w {
				return
			}
		}
		c.Warnings = append(c.Warnings, w)
	}
	field := func(s span) string {
		v, clean := decode(text[s.at : s.at+s.len])
		if !clean {
			warn(WarnText)
		}
		return v
	}
	c.Name, c.Address, c.Authority = field(atName), field(atAddress), field(atAuthority)
	c.IDNumber = strings.ToUpper(field(atNumber)) // some cards hold a small x
	if c.Name == "" || !numberShaped(c.IDNumber) {
		return Card{}, fmt.Errorf("%w: the card's text has no name or no number", ErrNonsense)
	}
	if !CheckDigit(c.IDNumber) {
		warn(WarnCheckDigit)
	}
	var ok bool
	if c.Sex, ok = sexOf(field(atSex)); !ok {
		warn(WarnSex)
	}
	if c.Nation, ok = nationOf(field(atNation)); !ok {
		warn(WarnNation)
	}
	if c.Birth, ok = dateOf(field(atBirth)); !ok {
		warn(WarnBirth)
	}
	if c.ValidFrom, ok = dateOf(field(atFrom)); !ok {
		warn(WarnValidity)
	}
	if to := field(atTo); to == LongTerm {
		c.ValidTo = LongTerm
	} else if c.ValidTo, ok = dateOf(to); !ok {
		warn(WarnValidity)
	}
	return c, nil
}

// decode reads UTF-16LE and trims the padding at its end only: an address may hold spaces inside. Control characters are left
// out, a lone surrogate stays as U+FFFD; both make clean false.
func decode(b []byte) (text string, clean bool) {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	for len(units) > 0 && (units[len(units)-1] == ' ' || units[len(units)-1] == 0) {
		units = units[:len(units)-1]
	}
	clean = true
	var out strings.Builder
	for _, r := range utf16.Decode(units) {
		if unicode.IsControl(r) {
			clean = false
			continue
		}
		clean = clean && r != unicode.ReplacementChar
		out.WriteRune(r)
	}
	return out.String(), clean
}

// dateOf turns YYYYMMDD into 2006-01-02; what is no date comes to nothing.
func dateOf(s string) (string, bool) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return "", false
	}
	return t.Format(time.DateOnly), true
}

// sexOf gives the word of a code of GB/T 2261.1.
func sexOf(code string) (string, bool) {
	switch code {
	case "1":
		return "男", true
	case "2":
		return "女", true
	case "9":
		return "未说明", true
	case "0":
		return "未知", true
	}
	return "未知", false
}

// numberShaped tells whether s is 17 digits and a digit or X.
func numberShaped(s string) bool {
	if len(s) != 18 {
		return false
	}
	for i := range len(s) {
		if digit := s[i] >= '0' && s[i] <= '9'; !digit && (i < 17 || s[i] != 'X') {
			return false
		}
	}
	return true
}

// CheckDigit tells whether the check character of a citizen's number fits (GB 11643, ISO 7064 MOD 11-2). A genuine card may
// fail it, so it is never a reason to refuse one.
func CheckDigit(number string) bool {
	if !numberShaped(number) {
		return false
	}
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(number[i]-'0') * weight
	}
	return number[17] == "10X98765432"[sum%11]
}
