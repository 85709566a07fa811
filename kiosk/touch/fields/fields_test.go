package fields_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/fields"
	"zizhuban/kiosk/touch/keyboard"
)

// The tests of widgets share one app and one finger, as the terminal does; so they do not run side by side.
func TestMain(m *testing.M) {
	app := test.NewApp()
	app.Settings().SetTheme(theme.New(theme.Standard))
	os.Exit(m.Run())
}

// window is a Host with a real keyboard, which remembers what it was told.
type window struct {
	board   *keyboard.Keyboard
	open    bool
	said    []string // answers, rows
	answers map[string]any
}

func aWindow(lang string) *window {
	w := &window{board: keyboard.New(lang), answers: map[string]any{}}
	w.board.OnDone = w.HideKeyboard
	return w
}

func (w *window) ShowKeyboard(t keyboard.Target, l keyboard.Layout) {
	w.open = true
	w.board.Attach(t, l)
	w.board.Resize(fyne.NewSize(1080, w.board.HeightFor(1080)))
}

func (w *window) HideKeyboard() {
	if w.open {
		w.open = false
		w.board.Detach()
	}
}

func (w *window) AddRow(key string) { w.said = append(w.said, "add "+key) }
func (w *window) RemoveRow(key string, i int) {
	w.said = append(w.said, fmt.Sprintf("remove %s %d", key, i))
}

// Now is shortly after midnight in China, when it is still yesterday in Greenwich.
func (w *window) Now() time.Time {
	return time.Date(2026, 3, 5, 0, 30, 0, 0, time.FixedZone("CST", 8*3600))
}

func (w *window) answer(path string, v any) {
	w.answers[path] = v
	w.said = append(w.said, fmt.Sprintf("%s=%#v", path, v))
}

// editor makes one in a window, as wide as a portrait screen.
func (w *window) editor(v form.FieldView) fields.Editor {
	e := fields.New(v, "zh", w, w.answer)
	lay(e)
	return e
}

func lay(e fields.Editor) { e.Resize(fyne.NewSize(1000, touch.HeightFor(e, 1000))) }

// find gives the visible object of an ID.
func find(o fyne.CanvasObject, id string) touch.Identified {
	if !o.Visible() {
		return nil
	}
	if i, ok := o.(touch.Identified); ok && i.ID() == id {
		return i
	}
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		inside = o.Objects
	case fyne.Widget:
		inside = test.WidgetRenderer(o).Objects()
	}
	for _, c := range inside {
		if found := find(c, id); found != nil {
			return found
		}
	}
	return nil
}

// tap touches what bears an ID, in the editor or on the keyboard.
func (w *window) tap(t *testing.T, e fyne.CanvasObject, ids ...string) {
	t.Helper()
	for _, id := range ids {
		o := find(e, id)
		if o == nil && w.open {
			o = find(w.board, id)
		}
		if o == nil {
			t.Fatalf("there is no %s", id)
		}
		if d, ok := o.(touch.Described); ok && !d.Enabled() {
			t.Fatalf("%s cannot be touched", id)
		}
		o.(fyne.Tappable).Tapped(&fyne.PointEvent{})
	}
}

func (w *window) last() string {
	if len(w.said) == 0 {
		return ""
	}
	return w.said[len(w.said)-1]
}
