package scanner

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Encoding is how the bytes of a code become text.
type Encoding string

// The encodings.
const (
	Auto    Encoding = "" // by the rule at Decode
	UTF8    Encoding = "utf-8"
	GB18030 Encoding = "gb18030"
	Raw     Encoding = "raw" // ASCII only; every other byte makes it undecodable
)

// Decode turns the bytes of a code into text and tells the encoding that it used. ok is false where the bytes are no text in
// the encoding asked for; the text is then empty.
//
// The rule of Auto: what is no UTF-8 is GB18030. What is both needs care, since two hanzi in GBK are valid UTF-8 in 3.3 % of all
// cases, one in 18.2 %; but then no rune reaches U+0800. So valid UTF-8 whose runes beyond ASCII are all below U+0800 is taken
// for GB18030 when that reads as hanzi throughout. The reverse test fails: UTF-8 of Chinese decodes as GB18030 without an
// error, into nonsense.
func Decode(code []byte, e Encoding) (text string, used Encoding, ok bool) {
	switch e {
	case UTF8:
		return checked(string(code), UTF8, utf8.Valid(code))
	case Raw:
		return checked(string(code), Raw, ascii(code))
	case GB18030:
		text, ok := fromGB18030(code)
		return checked(text, GB18030, ok)
	}
	if !utf8.Valid(code) {
		text, ok := fromGB18030(code)
		return checked(text, GB18030, ok)
	}
	if !ascii(code) && highest(code) < 0x800 {
		if text, ok := fromGB18030(code); ok && allHanzi(text) {
			return text, GB18030, true
		}
	}
	return string(code), UTF8, true
}

func checked(text string, e Encoding, ok bool) (string, Encoding, bool) {
	if !ok {
		return "", e, false
	}
	return text, e, true
}

func fromGB18030(code []byte) (string, bool) {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(code)
	if err != nil || strings.ContainsRune(string(out), utf8.RuneError) {
		return "", false
	}
	return string(out), true
}

func ascii(code []byte) bool {
	for _, b := range code {
		if b >= 0x80 {
			return false
		}
	}
	return true
}

func highest(code []byte) (top rune) {
	for _, r := range string(code) {
		top = max(top, r)
	}
	return top
}

// allHanzi tells whether everything beyond ASCII is a Chinese character.
func allHanzi(text string) bool {
	for _, r := range text {
		if r >= 0x80 && !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return true
}
