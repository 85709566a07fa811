package screens_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/screens/screenstest"
)

// spot is an object where it stands.
type spot struct {
	object  fyne.CanvasObject
	at      fyne.Position
	size    fyne.Size
	least   fyne.Size
	visible bool
}

// spots lists all objects below o, from the ground up. With again, each is laid out once more on the way, as the driver does
// with everything whose least size has changed.
func spots(o fyne.CanvasObject, again bool) []spot {
	out := []spot{{o, o.Position(), o.Size(), o.MinSize(), o.Visible()}}
	if !o.Visible() {
		return out
	}
	switch o := o.(type) {
	case *fyne.Container:
		if again && o.Layout != nil {
			o.Layout.Layout(o.Objects, o.Size())
		}
		for _, child := range o.Objects {
			out = append(out, spots(child, again)...)
		}
	case fyne.Widget:
		r := test.WidgetRenderer(o)
		if again {
			r.Layout(o.Size())
		}
		for _, child := range r.Objects() {
			out = append(out, spots(child, again)...)
		}
	}
	return out
}

// An object that is new, or stands elsewhere, after a second layout has the driver lay out and paint again, and so on for
// ever: with software rendering that takes both cores.
func TestScreens_are_at_rest_once_they_are_laid_out(t *testing.T) {
	for _, size := range []fyne.Size{portrait, landscape} {
		for _, elder := range []bool{false, true} {
			states := screenstest.States("zh", elder)
			o := open(t, states[0].State, size)
			for _, s := range states {
				o.visit.Set(s.State)
				if s.Tap != "" {
					o.tap(t, s.Tap)
				}
				root := o.canvas.Content()
				spots(root, true)
				before := spots(root, false)
				spots(root, true)
				after := spots(root, false)
				if len(before) != len(after) {
					t.Errorf("%s: %d objects became %d", s.Name, len(before), len(after))
					continue
				}
				var moved []string
				for i := range before {
					if before[i] != after[i] {
						moved = append(moved, fmt.Sprintf("%T %v %v → %T %v %v", before[i].object, before[i].at, before[i].size,
							after[i].object, after[i].at, after[i].size))
					}
				}
				if len(moved) > 0 {
					t.Errorf("%s: a second layout changes %d objects: %s", s.Name, len(moved), strings.Join(moved[:1], ""))
				}
			}
		}
	}
}
