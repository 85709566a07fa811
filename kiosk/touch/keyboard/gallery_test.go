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

// The pictures of the gallery are written into the directory that this variable names; without it they are only drawn.
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
					for _, id := range then {
						tap(t, kb, id)
					}
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
				draw(t, column, fyne.NewSize(width, column.Layout.MinSize(column.Objects).Height), fmt.Sprintf("keyboard-%v-%v-%s", mode, width, lang))
			}
		}
	}
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Standard))
}

func draw(t *testing.T, o fyne.CanvasObject, size fyne.Size, name string) {
	t.Helper()
	w := test.NewTempWindow(t, container.NewStack(touch.Surface(theme.ColorPaper), o))
	w.SetPadded(false)
	size.Height = max(size.Height, touch.HeightFor(o, size.Width))
	w.Resize(size)
	img := w.Canvas().Capture()
	dir := os.Getenv(galleryVariable)
	if dir == "" {
		return
	}
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
