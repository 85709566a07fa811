package keyboard_test

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
)

// The tests of widgets share one app and one finger, as the terminal does; so they do not run side by side.
func TestMain(m *testing.M) {
	app := test.NewApp()
	app.Settings().SetTheme(theme.New(theme.Standard))
	os.Exit(m.Run())
}

// entry is the plainest Target.
type entry struct{ text string }

func (e *entry) Text() string     { return e.text }
func (e *entry) SetText(s string) { e.text = s }

// find gives the visible key of an ID.
func find(o fyne.CanvasObject, id string) fyne.Tappable {
	var found fyne.Tappable
	walk(o, func(o fyne.CanvasObject) {
		if i, ok := o.(touch.Identified); ok && i.ID() == id && found == nil {
			found, _ = o.(fyne.Tappable)
		}
	})
	return found
}

// walk visits what is visible.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			walk(c, visit)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			walk(c, visit)
		}
	}
}

func tap(t *testing.T, o fyne.CanvasObject, id string) {
	t.Helper()
	k := find(o, id)
	if k == nil {
		t.Fatalf("there is no %s on the keyboard", id)
	}
	test.Tap(k)
}

// aKeyboard is one of a portrait window, typing into an entry.
func aKeyboard(layout keyboard.Layout) (*keyboard.Keyboard, *entry) {
	k, e := keyboard.New("zh"), &entry{}
	k.Attach(e, layout)
	k.Resize(fyne.NewSize(1080, k.HeightFor(1080)))
	return k, e
}
