package printer

import (
	"bytes"
	"testing"
)

func allReplies(r *replies) (out []reply) {
	for {
		rep, ok := r.next()
		if !ok {
			return out
		}
		out = append(out, rep)
	}
}

func TestReplies_are_told_apart_by_their_first_byte(t *testing.T) {
	t.Parallel()
	var stream []byte
	stream = append(stream, 0x12, 0x11, 0x1A, 0x13) // DLE EOT, XON, DLE EOT offline, XOFF
	stream = append(stream, 0x18, 0, 0x0C, 0)       // ASB: offline, paper out
	stream = append(stream, 0xFF, 0x80)             // nothing begins so
	stream = append(stream, 0x37, 0x22, '0', '0', '0', '7', 0)
	stream = append(stream, 0x0C, 0x00) // two answers to GS r
	stream = append(stream, 0x5F, 'T', 'M', 0)
	want := []reply{{realtime, []byte{0x12}}, {realtime, []byte{0x1A}}, {auto, []byte{0x18, 0, 0x0C, 0}}, {block, []byte("\x37\x220007")},
		{queued, []byte{0x0C}}, {queued, []byte{0}}, {block, []byte("\x5FTM")}}
	for _, size := range []int{1, 2, 3, 100} {
		var r replies
		var got []reply
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			r.feed(rest[:min(size, len(rest))])
			got = append(got, allReplies(&r)...)
		}
		if len(got) != len(want) {
			t.Fatalf("pieces of %d: %v", size, got)
		}
		for i := range want {
			if got[i].kind != want[i].kind || !bytes.Equal(got[i].data, want[i].data) {
				t.Errorf("pieces of %d: reply %d is %v, want %v", size, i, got[i], want[i])
			}
		}
		if r.illegal != 2 {
			t.Errorf("%d illegal bytes", r.illegal)
		}
	}
}

func TestReplies_give_bit_7_a_meaning_only_where_the_profile_does(t *testing.T) {
	t.Parallel()
	with, without := replies{taken: true}, replies{}
	with.feed([]byte{0x92})
	without.feed([]byte{0x92})
	if r, ok := with.next(); !ok || !stateFrom([4]byte{r.data[0]}, true).Ticket {
		t.Error("a ticket that was not taken is not seen")
	}
	if _, ok := without.next(); ok || without.illegal != 1 {
		t.Error("an illegal status was taken for one")
	}
}

func FuzzReplies(f *testing.F) {
	f.Add([]byte{0x12, 0x18, 0, 0, 0, 0x37, 0x22, '1', 0}, 1)
	f.Add(bytes.Repeat([]byte{0x5F}, 300), 7)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = max(1, min(size, 1000))
		var r replies
		total := 0
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			r.feed(rest[:min(size, len(rest))])
			for _, rep := range allReplies(&r) {
				total += len(rep.data)
				if len(rep.data) == 0 || len(rep.data) > longestBlock {
					t.Fatalf("a reply of %d bytes", len(rep.data))
				}
			}
			if len(r.buf) > longestBlock+size {
				t.Fatalf("%d bytes are held back", len(r.buf))
			}
		}
		if total > len(stream) {
			t.Fatal("more came out than went in")
		}
		r.feed(append(make([]byte, 4), 0x12)) // what was held back ends
		got := allReplies(&r)
		if len(got) == 0 || got[len(got)-1].kind != realtime {
			t.Fatalf("the status after it was lost: %v", got)
		}
	})
}
