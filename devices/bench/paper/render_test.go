package paper_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"zizhuban/devices/bench/paper"
)

// picture draws a slip as a PNG and reads it back.
func picture(t *testing.T, s paper.Slip) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := s.PNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestSlip_draws_codes_that_a_camera_reads(t *testing.T) {
	t.Parallel()
	url := "https://hall.example/t/K7M2P9XWQ4"
	for _, level := range []byte("0123") {
		s := oneSlip(t, "above\n\x1ba\x01"+qr(5, level, url)+"\x1ba\x00below\n"+cut)
		bits, err := gozxing.NewBinaryBitmapFromImage(picture(t, s))
		if err != nil {
			t.Fatal(err)
		}
		got, err := qrcode.NewQRCodeReader().Decode(bits, nil)
		if err != nil {
			t.Fatalf("level %c: %v", level, err)
		}
		if got.GetText() != url {
			t.Errorf("level %c: the camera reads %q", level, got.GetText())
		}
	}
	for _, c := range []struct{ name, bytes, want string }{
		{"set B", "\x1dkI\x0c{BZZ-2026-01", "ZZ-2026-01"},
		{"set C", "\x1dkI\x06{C\x14\x1a\x07\x1c", "20260728"},
		{"the older form", "\x1dk\x04ABC123\x00", "ABC123"},
	} {
		s := oneSlip(t, "\x1ba\x01\x1dh\x50\x1dw\x02\x1dH\x02"+c.bytes+"\x1ba\x00"+cut)
		if len(s.Barcodes) != 1 || s.Barcodes[0].Data != c.want || !strings.Contains(s.Text(), c.want) {
			t.Fatalf("%s: %+v, text %q", c.name, s.Barcodes, s.Text())
		}
		bits, err := gozxing.NewBinaryBitmapFromImage(picture(t, s))
		if err != nil {
			t.Fatal(err)
		}
		var r gozxing.Reader = oned.NewCode128Reader()
		if s.Barcodes[0].Symbology == "CODE39" {
			r = oned.NewCode39Reader()
		}
		got, err := r.Decode(bits, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got.GetText() != c.want {
			t.Errorf("%s: the camera reads %q", c.name, got.GetText())
		}
	}
}

func TestSlip_draws_text_where_it_stands(t *testing.T) {
	t.Parallel()
	black := func(img image.Image, r image.Rectangle) (n int) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				if c, _, _, a := img.At(x, y).RGBA(); a > 0 && c < 0x8000 {
					n++
				}
			}
		}
		return n
	}
	plain := oneSlip(t, gb("国")+"\n"+cut)
	img := picture(t, plain)
	cell := image.Rect(32, paper.CutterGap, 32+24, paper.CutterGap+24) // 4 mm of paper stand beside the head
	n := black(img, cell)
	if n < 60 || n > 24*24/2 {
		t.Errorf("a character of 24×24 dots has %d black ones", n)
	}
	if all := black(img, img.Bounds()); all != n {
		t.Errorf("%d dots are black, %d of them in the character", all, n)
	}
	bold := picture(t, oneSlip(t, "\x1bE\x01"+gb("国")+"\n"+cut))
	if b := black(bold, cell); b <= n {
		t.Errorf("bold has %d dots, plain %d", b, n)
	}
	large := picture(t, oneSlip(t, "\x1d!\x11"+gb("国")+"\n"+cut))
	if l := black(large, image.Rect(32, paper.CutterGap, 32+48, paper.CutterGap+48)); l != 4*n {
		t.Errorf("twice as large it has %d dots, want %d", l, 4*n)
	}
	reverse := picture(t, oneSlip(t, "\x1dB\x01"+gb("国")+"\n"+cut))
	if r := black(reverse, cell); r != 24*24-n {
		t.Errorf("white on black it has %d dots, want %d", r, 24*24-n)
	}
	if wide := img.Bounds().Dx(); wide != 640 {
		t.Errorf("80 mm are %d dots wide, want 640", wide)
	}
}
