package keyboard_test

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
)

// The pictures of the gallery are drawn into the directory that this variable names; without it only their layout is checked,
// as drawing takes seconds.
const galleryVariable = "GALLERY"

var layouts = []keyboard.Layout{keyboard.Digits, keyboard.Decimal, keyboard.IDNumber, keyboard.Code, keyboard.Plate, keyboard.Latin, keyboard.Pinyin}

func TestGallery_draws_every_layout_within_the_window(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Standard, theme.Elder, theme.HighContrast} {
		fyne.CurrentApp().Settings().SetTheme(theme.New(mode))
		for _, width := range []float32{1080, 1920} {
			for _, lang := range []string{"zh", "en"} {
				column := touch.Column(24)
				k := func(layout keyboard.Layout, then ...string) {
					kb := keyboard.New(lang)
					kb.Attach(&entry{}, layout)
					kb.Resize(fyne.NewSize(width, kb.HeightFor(width)))
					if lang == "en" && layout == keyboard.Pinyin {
						tap(t, kb, "key.lang") // to Chinese
					}
					for _, id := range then {
						tap(t, kb, id)
					}
					inside(t, kb)
					column.Add(kb)
				}
				for _, layout := range layouts {
					k(layout)
				}
				k(keyboard.Plate, "key.浙")
				k(keyboard.Pinyin, "key.s", "key.h", "key.i", "key.l", "key.i")
				k(keyboard.Pinyin, "key.y", "key.i", "key.more")
				k(keyboard.Pinyin, "key.symbols")
				k(keyboard.Latin, "key.shift")
				k(keyboard.Latin, "key.symbols")
				k(keyboard.Pinyin, "key.lang")
				draw(t, column, fyne.NewSize(width, column.Layout.MinSize(column.Objects).Height), fmt.Sprintf("keyboard-%v-%v-%s", mode, width, lang))
			}
		}
	}
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Standard))
}

// inside checks that every key lies within the keyboard, is large enough for a finger, overlaps no other, and has room for its label.
func inside(t *testing.T, k *keyboard.Keyboard) {
	t.Helper()
	type place struct {
		id       string
		from, to fyne.Position
	}
	var keys []place
	for _, o := range test.WidgetRenderer(k).Objects() {
		c, ok := o.(touch.Described)
		if !ok || !c.Visible() {
			continue
		}
		p := place{c.ID(), c.Position(), c.Position().Add(c.Size())}
		if c.Size().Height < theme.Size(theme.SizeKey) || c.Size().Width < 72 {
			t.Errorf("%s is %v, too small for a finger", p.id, c.Size())
		}
		if p.from.X < 0 || p.from.Y < 0 || p.to.X > k.Size().Width+1 || p.to.Y > k.Size().Height+1 {
			t.Errorf("%s lies at %v to %v, outside of %v", p.id, p.from, p.to, k.Size())
		}
		for _, q := range keys {
			if p.from.X < q.to.X-1 && q.from.X < p.to.X-1 && p.from.Y < q.to.Y-1 && q.from.Y < p.to.Y-1 {
				t.Errorf("%s lies on %s", p.id, q.id)
			}
			if p.id == q.id {
				t.Errorf("there are two %s", p.id)
			}
		}
		keys = append(keys, p)
	}
}

func draw(t *testing.T, o fyne.CanvasObject, size fyne.Size, name string) {
	t.Helper()
	dir := os.Getenv(galleryVariable)
	if dir == "" {
		return
	}
	w := test.NewTempWindow(t, container.NewStack(touch.Surface(theme.ColorPaper), o))
	w.SetPadded(false)
	size.Height = max(size.Height, touch.HeightFor(o, size.Width))
	w.Resize(size)
	img := w.Canvas().Capture()
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
