package screens_test

import (
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/screens"
	"zizhuban/kiosk/screens/screenstest"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// The tests of this package share Fyne's one app of a process, whose theme the mode changes: none of them is parallel.

var (
	portrait  = fyne.NewSize(1080, 1920)
	landscape = fyne.NewSize(1920, 1080)
)

// opened is a window over a visit at a state.
type opened struct {
	*screens.Window
	visit  *screenstest.Visit
	canvas fyne.Canvas
}

func open(t *testing.T, s visit.State, size fyne.Size) *opened {
	t.Helper()
	app := test.NewTempApp(t)
	v := screenstest.New(s)
	w := screens.New(app, v, screens.Options{Size: size})
	t.Cleanup(w.Close)
	return &opened{w, v, w.Fyne().Canvas()}
}

func (o *opened) tap(t *testing.T, id string) {
	t.Helper()
	if err := screenstest.Tap(o.canvas, id); err != nil {
		t.Fatal(err)
	}
}

// everyScreen runs f for each state in both sizes, modes and languages.
func everyScreen(t *testing.T, f func(t *testing.T, name string, tree screenstest.Tree)) {
	for _, size := range []fyne.Size{portrait, landscape} {
		for _, elder := range []bool{false, true} {
			for _, lang := range []string{"zh", "en"} {
				states := screenstest.States(lang, elder)
				o := open(t, states[0].State, size)
				for _, s := range states {
					o.visit.Set(s.State)
					if s.Tap != "" {
						o.tap(t, s.Tap)
					}
					name := strings.Join([]string{map[bool]string{true: "landscape", false: "portrait"}[size == landscape],
						map[bool]string{true: "elder", false: "standard"}[elder], lang, s.Name}, "-")
					f(t, name, screenstest.Look(o.canvas))
				}
			}
		}
	}
}

func TestScreens_never_cut_a_text_off(t *testing.T) {
	everyScreen(t, whole)
}

// whole checks that every line has its room, and none was shortened.
func whole(t *testing.T, name string, tree screenstest.Tree) {
	t.Helper()
	for _, l := range tree.Lines {
		if w := fyne.MeasureText(l.Text.Text, l.Text.TextSize, l.Text.TextStyle).Width; w > l.Room.Width+1 {
			t.Errorf("%s: %q is %.0f wide in a room of %.0f", name, l.Text.Text, w, l.Room.Width)
		}
		if l.Cut && !strings.Contains(name, "-form") && !strings.HasSuffix(name, "-warning") { // a form scrolls
			t.Errorf("%s: %q is cut off at %v", name, l.Text.Text, l.At)
		}
		if strings.HasSuffix(l.Text.Text, "…") {
			t.Errorf("%s: %q was shortened", name, l.Text.Text)
		}
	}
}

func TestScreens_lay_no_control_over_a_text(t *testing.T) {
	everyScreen(t, apart)
}

// apart checks that no control lies over a text that is not its own.
func apart(t *testing.T, name string, tree screenstest.Tree) {
	t.Helper()
	for _, id := range []string{"warning.stay", "problem.retry"} {
		if _, asked := tree.Find(id); asked {
			return
		}
	}
	for _, l := range tree.Lines {
		if _, inside := tree.Find(l.Of); l.Cut || l.Of != "" && !inside { // cut off is for another test to find
			continue
		}
		m := fyne.MeasureText(l.Text.Text, l.Text.TextSize, l.Text.TextStyle)
		x, y := l.At.X, l.At.Y
		switch l.Text.Alignment {
		case fyne.TextAlignCenter:
			x += (l.Room.Width - m.Width) / 2
		case fyne.TextAlignTrailing:
			x += l.Room.Width - m.Width
		}
		for _, n := range tree.Nodes {
			if n.ID != l.Of && n.ID != "idle.start" && x < n.X+n.W-1 && n.X < x+m.Width-1 && y+m.Height*0.2 < n.Y+n.H && n.Y < y+m.Height*0.8 {
				t.Errorf("%s: %s lies over %q", name, n.ID, l.Text.Text)
			}
		}
	}
}

func TestScreens_have_no_control_smaller_than_a_finger(t *testing.T) {
	everyScreen(t, func(t *testing.T, name string, tree screenstest.Tree) {
		for _, n := range tree.Nodes {
			least := theme.Size(theme.SizeTouch)
			if strings.HasPrefix(n.ID, "key.") {
				least = theme.Size(theme.SizeKey)
				if n.Whole.Height < least-0.5 {
					t.Errorf("%s: %s is %.0f high, want %.0f", name, n.ID, n.Whole.Height, least)
				}
				continue
			}
			if n.Whole.Height < least-0.5 || n.Whole.Width < least-0.5 {
				t.Errorf("%s: %s is %.0f×%.0f, want %.0f at least", name, n.ID, n.Whole.Width, n.Whole.Height, least)
			}
		}
	})
}

func TestScreens_keep_controls_apart_and_inside_the_window(t *testing.T) {
	everyScreen(t, func(t *testing.T, name string, tree screenstest.Tree) {
		seen := map[string]bool{}
		for i, n := range tree.Nodes {
			if seen[n.ID] {
				t.Errorf("%s: there are two of %s", name, n.ID)
			}
			seen[n.ID] = true
			for _, m := range tree.Nodes[:i] {
				if n.X < m.X+m.W-0.5 && m.X < n.X+n.W-0.5 && n.Y < m.Y+m.H-0.5 && m.Y < n.Y+n.H-0.5 {
					t.Errorf("%s: %s lies over %s", name, n.ID, m.ID)
				}
			}
		}
		if strings.Contains(name, "idle") {
			return
		}
		for _, id := range []string{"bar.end", "problem.retry", "warning.stay"} {
			if seen[id] {
				return
			}
		}
		t.Errorf("%s: nothing ends the visit", name)
	})
}

func TestScreens_set_every_line_of_text_at_7_to_1(t *testing.T) {
	everyScreen(t, func(t *testing.T, name string, tree screenstest.Tree) {
		for _, l := range tree.Lines {
			if below(name, tree, l) {
				continue
			}
			if got := theme.Contrast(l.Text.Color, l.On); got < 7 && !off(l) {
				t.Errorf("%s: %q has a contrast of %.1f", name, l.Text.Text, got)
			}
		}
	})
}

// off tells whether a line belongs to a control that does not answer now; WCAG asks nothing of those.
func off(l screenstest.Line) bool {
	d, ok := l.In.(interface{ Enabled() bool })
	return ok && !d.Enabled()
}

// below tells whether a line lies under a question's scrim, which darkens it on purpose.
func below(name string, tree screenstest.Tree, l screenstest.Line) bool {
	if !strings.HasSuffix(name, "-warning") && !strings.HasSuffix(name, "-problem") {
		return false
	}
	_, in := l.In.(*touch.Button)
	if in {
		for _, n := range tree.Nodes {
			if n.Object == l.In {
				return false
			}
		}
		return true
	}
	return !sameColor(l.On, theme.Color(theme.ColorCard))
}

func sameColor(a, b color.Color) bool {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	return r1 == r2 && g1 == g2 && b1 == b2 && a1 == a2
}
