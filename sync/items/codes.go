package items

import (
	"strings"
	"time"
)

// ValidItemCode tells whether s is an implementation code (实施编码): the 18 characters of the implementing body's unified
// social credit code, one digit for the level of exercise, and the 12 digits of the basic code. GB/T 39554.1-2020, rebuilt
// from published codes.
func ValidItemCode(s string) bool {
	return len(s) == 31 && ValidUSCC(s[:18]) && s[18] >= '1' && s[18] <= '6' && allDigits(s[19:])
}

// usccAlphabet is the alphabet of GB 32100-2015: no I, O, S, V, Z.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ValidUSCC tells whether s is a unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, digits for the
// region, the last character a check over weights 3^i mod 31. Letters must be capitals.
func ValidUSCC(s string) bool {
	if len(s) != 18 || !allDigits(s[2:8]) {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(usccAlphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return s[17] == usccAlphabet[(31-sum%31)%31]
}

// ValidIDNumber tells whether s is a citizen's identity number (公民身份号码, GB 11643-1999): a region of six digits, a date of
// birth that exists, a sequence, and a check character over ISO 7064 MOD 11-2. The X must be a capital.
func ValidIDNumber(s string) bool {
	if len(s) != 18 || !allDigits(s[:17]) || s[0] == '0' {
		return false
	}
	birth, err := time.Parse("20060102", s[6:14])
	if err != nil || birth.Year() < 1850 {
		return false
	}
	sum := 0
	for i := range 17 {
		sum += int(s[i]-'0') * idWeights[i]
	}
	return s[17] == "10X98765432"[sum%11]
}

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// BirthOf gives the date of birth (2006-01-02) inside an identity number, and false where the number is not valid.
func BirthOf(id string) (string, bool) {
	if !ValidIDNumber(id) {
		return "", false
	}
	return id[6:10] + "-" + id[10:12] + "-" + id[12:14], true
}

// ValidLuhn tells whether s is digits whose last is a Luhn check (ISO/IEC 7812-1 annex B).
func ValidLuhn(s string) bool {
	if len(s) < 2 || len(s) > 64 || !allDigits(s) {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// ValidBankAccount tells whether s is a bank card number: 12 to 19 digits with a Luhn check.
func ValidBankAccount(s string) bool { return len(s) >= 12 && len(s) <= 19 && ValidLuhn(s) }

// ValidPhone tells whether s is a mobile number of the mainland.
func ValidPhone(s string) bool {
	return len(s) == 11 && allDigits(s) && s[0] == '1' && s[1] >= '3'
}

// plateRegions are the one-character names of provinces on number plates, GA 36-2018.
const plateRegions = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// ValidPlate tells whether s is a number plate (GA 36-2018): province, letter, then five characters, or six where the car runs
// on new energy. The letters I and O are never used.
func ValidPlate(s string) bool {
	r := []rune(s)
	if len(r) != 7 && len(r) != 8 || !strings.ContainsRune(plateRegions, r[0]) || !plateLetter(r[1]) {
		return false
	}
	tail := r[2:]
	if len(tail) == 5 {
		for _, c := range tail[:4] {
			if !plateLetter(c) && !digit(c) {
				return false
			}
		}
		return plateLetter(tail[4]) || digit(tail[4]) || strings.ContainsRune("挂学警港澳", tail[4])
	}
	// Small new-energy cars bear their letter first, large ones last.
	small := newEnergy(tail[0]) && (plateLetter(tail[1]) || digit(tail[1])) && digits(tail[2:])
	return small || digits(tail[:5]) && newEnergy(tail[5])
}

func newEnergy(r rune) bool { return strings.ContainsRune("ABCDEFGHJK", r) }

func plateLetter(r rune) bool { return r >= 'A' && r <= 'Z' && r != 'I' && r != 'O' }

func digit(r rune) bool { return r >= '0' && r <= '9' }

func digits(rs []rune) bool {
	for _, r := range rs {
		if !digit(r) {
			return false
		}
	}
	return true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
