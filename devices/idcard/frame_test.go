package idcard_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"zizhuban/devices/idcard"
)

func TestRequest_equals_the_frames_of_the_module_document(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]idcard.Command{
		"AA AA AA 96 69 00 03 10 FF EC": idcard.CmdReset,
		"AA AA AA 96 69 00 03 11 FF ED": idcard.CmdStatus,
		"AA AA AA 96 69 00 03 12 FF EE": idcard.CmdID,
		"AA AA AA 96 69 00 03 20 01 22": idcard.CmdFind,
		"AA AA AA 96 69 00 03 20 02 21": idcard.CmdSelect,
		"AA AA AA 96 69 00 03 30 01 32": idcard.CmdRead,
		"AA AA AA 96 69 00 03 30 03 30": idcard.CmdNewAddress,
	} {
		if got := idcard.Request(c); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("% X, want %s", got, want)
		}
	}
}

func TestDecoder_reads_the_frames_that_were_seen_in_the_field(t *testing.T) {
	t.Parallel()
	for frame, want := range map[string]idcard.Reply{
		"AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97":             {SW3: 0x9F, Data: make([]byte, 4)},
		"AA AA AA 96 69 00 04 00 00 80 84":                         {SW3: 0x80},
		"AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C": {SW3: 0x90, Data: make([]byte, 8)},
		"AA AA AA 96 69 00 04 00 00 81 85":                         {SW3: 0x81},
		"AA AA AA 96 69 00 04 00 00 41 45":                         {SW3: 0x41},
		"AA AA AA 96 69 00 04 00 00 31 35":                         {SW3: 0x31},
		"AA AA AA 96 69 00 04 00 00 90 94":                         {SW3: 0x90},
		"AA AA AA 96 69 00 04 00 00 60 64":                         {SW3: 0x60},
	} {
		var d idcard.Decoder
		d.Feed(unhex(t, frame))
		r, ok := d.Next()
		if !ok || r.SW3 != want.SW3 || !bytes.Equal(r.Data, want.Data) {
			t.Errorf("%s: %v %v", frame, r, ok)
		}
		if again := r.Bytes(); !bytes.Equal(again, unhex(t, frame)) {
			t.Errorf("%s: written back as % X", frame, again)
		}
	}
}

func TestDecoder_gives_the_same_replies_however_they_are_cut(t *testing.T) {
	t.Parallel()
	stream := append(idcard.Reply{SW3: 0x9F, Data: []byte{1, 2, 3, 4}}.Bytes(), readReply(residentText(vectorR), noPhoto())...)
	for _, size := range []int{1, 2, 3, 5, 7, 64, 1000} {
		var d idcard.Decoder
		var got []idcard.Reply
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			d.Feed(rest[:min(size, len(rest))])
			for {
				r, ok := d.Next()
				if !ok {
					break
				}
				got = append(got, r)
			}
		}
		if len(got) != 2 || len(got[0].Data) != 4 || len(got[1].Data) != 1284 {
			t.Errorf("pieces of %d: %d replies", size, len(got))
		}
	}
}

func TestDecoder_finds_a_reply_behind_noise(t *testing.T) {
	t.Parallel()
	reply := idcard.Reply{SW3: 0x9F, Data: make([]byte, 4)}.Bytes()
	for what, noise := range map[string][]byte{
		"zeros":                        make([]byte, 40),
		"one more AA":                  {0xAA},
		"half a preamble":              {0xAA, 0xAA, 0xAA, 0x96},
		"a preamble without a length":  {0xAA, 0xAA, 0xAA, 0x96, 0x69},
		"a length too large":           {0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF},
		"a length too small":           {0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03},
		"a frame with a wrong XOR":     {0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04, 0, 0, 0x80, 0x85},
		"the head of a frame":          {0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x0C, 0, 0, 0x90},
		"a byte inserted in the head":  {0xAA, 0x00, 0xAA, 0xAA, 0x96, 0x69, 0x00},
		"many preambles, one by one":   bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}, 50),
		"heads that promise something": bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x05, 0x08}, 3),
	} {
		var d idcard.Decoder
		d.Feed(noise)
		d.Feed(reply)
		r, ok := d.Next()
		for !ok && d.Begun() { // the rest of what looked like a frame does not come
			d.Skip()
			r, ok = d.Next()
		}
		if !ok || r.SW3 != 0x9F {
			t.Errorf("%s: not found", what)
		}
	}
}

func TestDecoder_gives_no_reply_for_a_frame_with_one_bit_wrong(t *testing.T) {
	t.Parallel()
	frame := readReply(residentText(vectorR), noPhoto())
	for i := range frame {
		bad := bytes.Clone(frame)
		bad[i] ^= 1 << (i % 8)
		var d idcard.Decoder
		d.Feed(bad)
		for {
			if _, ok := d.Next(); ok {
				t.Errorf("byte %d wrong, and a reply was found", i)
			}
			if !d.Begun() {
				break
			}
			d.Skip()
		}
	}
}

func TestDecoder_is_not_fooled_by_a_photo_full_of_preambles(t *testing.T) {
	t.Parallel()
	photo := bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04, 0, 0, 0x41, 0x45}, 100)[:idcard.PhotoLen]
	var d idcard.Decoder
	d.Feed(readReply(residentText(vectorR), photo))
	r, ok := d.Next()
	if !ok || len(r.Data) != 1284 || !bytes.Equal(r.Data[260:], photo) {
		t.Fatal("the frame was not read whole")
	}
	if _, ok := d.Next(); ok {
		t.Error("a second reply was found in the photo")
	}
}

func TestFormatID_writes_the_form_of_the_vendors(t *testing.T) {
	t.Parallel()
	var d idcard.Decoder
	d.Feed(unhex(t, "AA AA AA 96 69 00 14 00 00 90 05 00 03 00 A5 3A 34 01 87 D6 12 00 79 38 4E 05 61"))
	r, ok := d.Next()
	if got := idcard.FormatID(r.Data); !ok || got != "05.03-20200101-0001234567-0089012345" {
		t.Errorf("%q", got)
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add(readReply(residentText(vectorR), noPhoto()), 7)
	f.Add(bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04}, 9), 1)
	f.Add([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x0A, 0x00, 1}, 3)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		// Whatever comes, and however it is cut, a reply that follows after silence is found.
		size = max(1, min(size, 4096))
		var d idcard.Decoder
		drain := func() {
			for {
				r, ok := d.Next()
				if !ok {
					return
				}
				if again := r.Bytes(); !bytes.Contains(stream, again) {
					t.Fatalf("a reply was given that never came: % X", again)
				}
			}
		}
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			d.Feed(rest[:min(size, len(rest))])
			drain()
		}
		for d.Begun() {
			d.Skip()
			drain()
		}
		d.Feed(idcard.Reply{SW3: 0x80}.Bytes())
		r, ok := d.Next()
		for !ok && d.Begun() {
			d.Skip()
			r, ok = d.Next()
		}
		if !ok || r.SW3 != 0x80 {
			t.Fatal("the reply after it was lost")
		}
	})
}

func BenchmarkDecoder(b *testing.B) {
	frame := readReply(residentText(vectorR), noPhoto())
	rng := rand.New(rand.NewPCG(1, 2))
	for i := 270; i < 1294; i++ {
		frame[i] = byte(rng.Uint32())
	}
	frame = idcard.Reply{SW3: 0x90, Data: frame[10:1294]}.Bytes()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		var d idcard.Decoder
		d.Feed(frame)
		if _, ok := d.Next(); !ok {
			b.Fatal("not found")
		}
	}
}
