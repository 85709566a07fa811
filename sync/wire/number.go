package wire

import (
	"fmt"
	"strings"
	"time"
)

// A local number is what a slip bears before the platform has given a case number. It must be short, readable aloud over a
// bad telephone line, and unique for ever without asking anyone:
//
//	7K3M-251109-42-Q
//
// is terminal T-7K3M, 9 November 2025, the terminal's 42nd submission, check character Q. Terminal and sequence number alone
// make it unique; the date is for people, and may be wrong where the clock is. The check character is that of GB 32100 (the
// unified social credit code): mod 31 with the weights 3^i over an alphabet without I, O, S, V, Z. Since 31 is prime and the
// weights differ, one wrong character and two swapped ones are always found.

// numberAlphabet is the alphabet of GB 32100-2015 section 4.2. Its index is a character's value.
const numberAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// alike takes letters that are not in the alphabet to those which they look or sound like.
var alike = strings.NewReplacer("I", "1", "O", "0", "S", "5", "V", "U", "Z", "2")

// LocalNumber makes the local number of a terminal's submission. day is taken as it stands, in its own location.
func LocalNumber(terminal string, day time.Time, sequence uint64) string {
	head := fmt.Sprintf("%s-%s-%02d", strings.TrimPrefix(strings.ToUpper(terminal), "T-"), day.Format("060102"), sequence)
	return head + "-" + string(checkCharacter(head))
}

// CheckLocalNumber tells whether number was read or typed without a slip. Case, spaces and dashes do not matter, and a letter
// that looks like a digit counts as the digit.
func CheckLocalNumber(number string) bool {
	n := plainNumber(number)
	// One of a terminal, six of the date, two of the sequence number and the check character are the least.
	if len(n) < 10 {
		return false
	}
	last := len(n) - 1
	return checkCharacter(n[:last]) == n[last]
}

func plainNumber(s string) string {
	var b strings.Builder
	for _, r := range alike.Replace(strings.ToUpper(s)) {
		if strings.ContainsRune(numberAlphabet, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func checkCharacter(s string) byte {
	sum, weight := 0, 1
	for _, r := range plainNumber(s) {
		sum += strings.IndexRune(numberAlphabet, r) * weight
		weight = weight * 3 % 31
	}
	return numberAlphabet[(31-sum%31)%31]
}
