package wire_test

import (
	"strings"
	"testing"
	"time"

	"zizhuban/sync/wire"
)

var day = time.Date(2025, 11, 9, 12, 0, 0, 0, time.UTC)

func TestLocalNumber_is_short_and_says_terminal_day_and_sequence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		terminal string
		sequence uint64
		want     string
	}{
		{"T-7K3M", 1, "7K3M-251109-01-"},
		{"T-7K3M", 42, "7K3M-251109-42-"},
		{"t-9abc", 12345, "9ABC-251109-12345-"},
		{"HALL", 7, "HALL-251109-07-"},
	} {
		got := wire.LocalNumber(tt.terminal, day, tt.sequence)
		if !strings.HasPrefix(got, tt.want) || len(got) != len(tt.want)+1 || !wire.CheckLocalNumber(got) {
			t.Errorf("%s, want %s and a check character", got, tt.want)
		}
	}
	// By hand, after GB 32100: the characters 7 K 3 M 2 5 1 1 0 9 0 1 have these values and weights; the sum is 1133, which is
	// 17 mod 31, and 31-17 is 14: E.
	sum := 0
	for i, v := range []int{7, 19, 3, 21, 2, 5, 1, 1, 0, 9, 0, 1} {
		sum += v * []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13}[i]
	}
	want := "0123456789ABCDEFGHJKLMNPQRTUWXY"[(31-sum%31)%31]
	if got := wire.LocalNumber("T-7K3M", day, 1); got[len(got)-1] != want {
		t.Errorf("%s, want the check character %c", got, want)
	}
}

func TestCheckLocalNumber_forgives_how_it_was_written(t *testing.T) {
	t.Parallel()
	n := wire.LocalNumber("T-10K5", day, 20)
	for _, typed := range []string{n, strings.ToLower(n), strings.ReplaceAll(n, "-", ""), strings.ReplaceAll(n, "-", " "),
		strings.NewReplacer("1", "I", "0", "O", "5", "S", "2", "Z").Replace(n)} {
		if !wire.CheckLocalNumber(typed) {
			t.Errorf("%q, for %s, is refused", typed, n)
		}
	}
}

func TestCheckLocalNumber_finds_every_wrong_character_and_every_swap(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for seq := range uint64(200) {
		n := strings.ReplaceAll(wire.LocalNumber("T-7K3M", day, seq*977+1), "-", "")
		for i := range n {
			for _, c := range alphabet {
				if wrong := n[:i] + string(c) + n[i+1:]; wrong != n && wire.CheckLocalNumber(wrong) {
					t.Fatalf("%s passes for %s", wrong, n)
				}
			}
			for j := range i {
				b := []byte(n)
				b[i], b[j] = b[j], b[i]
				// The check character itself stands outside the weights; a swap with it may pass by chance, one in 31.
				if i == len(n)-1 {
					continue
				}
				if wrong := string(b); wrong != n && wire.CheckLocalNumber(wrong) {
					t.Fatalf("%s passes for %s", wrong, n)
				}
			}
		}
	}
	for _, none := range []string{"", "1", "-------", "没有号码", "7K3M"} {
		if wire.CheckLocalNumber(none) {
			t.Errorf("%q passes", none)
		}
	}
}

func FuzzCheckLocalNumber(f *testing.F) {
	f.Add("7K3M-251109-42-E")
	f.Add("\xff\x00ıſ")
	f.Fuzz(func(t *testing.T, s string) {
		if wire.CheckLocalNumber(s) != wire.CheckLocalNumber(strings.ReplaceAll(s, "-", "")) {
			t.Fatal("dashes matter")
		}
	})
}
