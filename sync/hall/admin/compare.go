package admin

import (
	"strings"
	"unicode"
)

// piece is a run of text that is the same in both versions, or only in this one.
type piece struct {
	Text    string
	Changed bool
}

// compareMost bounds the work of comparing unit by unit; a longer pair is shown as changed between its common ends.
const compareMost = 2000

// leastShared is the share of the shorter text below which two texts count as having nothing in common: a few letters that
// happen to be the same would only disturb.
const leastShared = 0.4

// compare splits two texts into what they share and what they do not, by their longest common subsequence of units.
func compare(a, b string) (old, now []piece) {
	x, y := units(a), units(b)
	head := 0
	for head < len(x) && head < len(y) && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < len(x)-head && tail < len(y)-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	mx, my := x[head:len(x)-tail], y[head:len(y)-tail]
	keepX, keepY := common(mx, my)
	shared := head + tail
	for _, k := range keepX {
		if k {
			shared++
		}
	}
	if float64(shared) < leastShared*float64(min(len(x), len(y))) {
		return whole(a), whole(b)
	}
	build := func(all, middle []string, keep []bool) []piece {
		var out []piece
		add := func(u []string, changed bool) {
			if len(u) == 0 {
				return
			}
			if n := len(out); n > 0 && out[n-1].Changed == changed {
				out[n-1].Text += strings.Join(u, "")
				return
			}
			out = append(out, piece{strings.Join(u, ""), changed})
		}
		add(all[:head], false)
		for i := range middle {
			add(middle[i:i+1], !keep[i])
		}
		add(all[len(all)-tail:], false)
		return out
	}
	return build(x, mx, keepX), build(y, my, keepY)
}

func whole(s string) []piece {
	if s == "" {
		return nil
	}
	return []piece{{s, true}}
}

// units cuts a text into what is compared: words of Latin letters and digits, and every other character by itself.
func units(s string) []string {
	var out []string
	word := false
	for _, r := range s {
		in := r < 0x250 && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if in && word {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		word = in
	}
	return out
}

// common marks the units of both texts that belong to a longest common subsequence.
func common(x, y []string) (keepX, keepY []bool) {
	keepX, keepY = make([]bool, len(x)), make([]bool, len(y))
	if len(x) == 0 || len(y) == 0 || len(x) > compareMost || len(y) > compareMost {
		return keepX, keepY
	}
	// length[i][j] is that of the longest common subsequence of x[i:] and y[j:].
	length := make([][]uint16, len(x)+1)
	for i := range length {
		length[i] = make([]uint16, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			keepX[i], keepY[j] = true, true
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return keepX, keepY
}
