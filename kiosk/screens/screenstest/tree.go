package screenstest

import (
	"fmt"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/touch"
)

// Node is a widget that can be touched, where it is seen. Its place is in pixels of the window, cut to what is visible, so
// that a touch in its middle reaches it.
type Node struct {
	ID      string  `json:"id"`
	Label   string  `json:"label"`
	Kind    string  `json:"kind"` // the widget's type, such as button, tile, key
	X       float32 `json:"x"`
	Y       float32 `json:"y"`
	W       float32 `json:"w"`
	H       float32 `json:"h"`
	Enabled bool    `json:"enabled"`

	Object fyne.CanvasObject `json:"-"`
	Whole  fyne.Size         `json:"-"` // also where a part of it is cut off
}

// Line is a line of text as it is drawn.
type Line struct {
	Text *canvas.Text
	At   fyne.Position
	Room fyne.Size         // of the line
	In   fyne.CanvasObject // the widget that it belongs to
	Of   string            // the ID of the control around it, empty for none
	Cut  bool              // partly or wholly outside of what is visible
	On   color.Color       // the opaque surface that it stands on
}

// Tree is what a window shows.
type Tree struct {
	Nodes []Node
	Texts []string // whole, as they were before they were broken into lines
	Lines []Line
}

// Find gives the node with an ID.
func (t Tree) Find(id string) (Node, bool) {
	for _, n := range t.Nodes {
		if n.ID == id {
			return n, true
		}
	}
	return Node{}, false
}

// Has tells whether a text is read somewhere, whole or as a part.
func (t Tree) Has(text string) bool {
	for _, s := range t.Texts {
		if strings.Contains(s, text) {
			return true
		}
	}
	return false
}

// rect is a place in the window.
type rect struct{ x0, y0, x1, y1 float32 }

func (r rect) and(o rect) rect {
	return rect{max(r.x0, o.x0), max(r.y0, o.y0), min(r.x1, o.x1), min(r.y1, o.y1)}
}

func (r rect) empty() bool { return r.x1-r.x0 < 1 || r.y1-r.y0 < 1 }

func (r rect) has(x, y float32) bool { return x >= r.x0 && x < r.x1 && y >= r.y0 && y < r.y1 }

// walker collects what is seen, from below to above.
type walker struct {
	tree     Tree
	hits     []hit
	surfaces []surface
}

// surface is an opaque area.
type surface struct {
	color color.Color
	at    rect
}

// hit is what takes a touch.
type hit struct {
	object fyne.CanvasObject
	at     rect
}

// Look walks over what a canvas shows. It runs on the UI goroutine.
func Look(c fyne.Canvas) Tree {
	w := &walker{}
	size := c.Size()
	w.walk(c.Content(), fyne.Position{}, rect{0, 0, size.Width, size.Height}, nil, "")
	// What lies below something else that takes the touch cannot be reached.
	reachable := w.tree.Nodes[:0]
	for _, n := range w.tree.Nodes {
		x, y := n.X+n.W/2, n.Y+n.H/2
		for i := len(w.hits) - 1; i >= 0; i-- {
			if w.hits[i].at.has(x, y) {
				if w.hits[i].object == n.Object {
					reachable = append(reachable, n)
				}
				break
			}
		}
	}
	w.tree.Nodes = reachable
	return w.tree
}

func (w *walker) walk(o fyne.CanvasObject, at fyne.Position, clip rect, in fyne.CanvasObject, of string) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	size := o.Size()
	seen := clip.and(rect{at.X, at.Y, at.X + size.Width, at.Y + size.Height})
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			w.walk(child, at, clip, in, of)
		}
	case fyne.Widget:
		w.widget(o, at, size, seen, clip, of)
	case *canvas.Rectangle:
		w.paint(o.FillColor, seen)
	case *canvas.LinearGradient:
		w.paint(o.StartColor, seen) // the lighter end of a brand-coloured ground, on which text has the least contrast
	case *canvas.Text:
		w.line(o, at, size, clip, in, of)
	}
}

func (w *walker) widget(o fyne.Widget, at fyne.Position, size fyne.Size, seen, clip rect, of string) {
	if !seen.empty() {
		if takesTouch(o) {
			w.hits = append(w.hits, hit{o, seen})
		}
		if named, ok := o.(touch.Identified); ok && named.ID() != "" {
			n := Node{ID: named.ID(), Kind: kind(o), X: seen.x0, Y: seen.y0, W: seen.x1 - seen.x0, H: seen.y1 - seen.y0,
				Enabled: true, Object: o, Whole: size}
			if d, ok := o.(interface{ Label() string }); ok {
				n.Label = d.Label()
				if n.Label != "" {
					w.tree.Texts = append(w.tree.Texts, n.Label)
				}
			}
			if d, ok := o.(interface{ Enabled() bool }); ok {
				n.Enabled = d.Enabled()
			}
			w.tree.Nodes = append(w.tree.Nodes, n)
			of = n.ID
		}
		if t, ok := o.(*touch.Text); ok && t.Text() != "" {
			w.tree.Texts = append(w.tree.Texts, t.Text())
		}
	}
	r := test.WidgetRenderer(o)
	if r == nil {
		return
	}
	if _, clips := r.(interface{ IsClip() }); clips {
		clip = seen
	}
	for _, child := range r.Objects() {
		w.walk(child, at, clip, o, of)
	}
}

func (w *walker) line(t *canvas.Text, at fyne.Position, room fyne.Size, clip rect, in fyne.CanvasObject, of string) {
	if t.Text == "" {
		return
	}
	high := t.MinSize().Height
	visible := clip.and(rect{at.X, at.Y, at.X + room.Width, at.Y + high})
	if visible.empty() {
		return
	}
	if _, whole := in.(*touch.Text); !whole {
		w.tree.Texts = append(w.tree.Texts, t.Text)
	}
	w.tree.Lines = append(w.tree.Lines, Line{Text: t, At: at, Room: room, In: in, Of: of, On: w.on(at.X+room.Width/2, at.Y+high/2),
		Cut: visible.y1-visible.y0 < high-0.5 || visible.x1-visible.x0 < room.Width-0.5})
}

func (w *walker) paint(c color.Color, at rect) {
	if c == nil || at.empty() {
		return
	}
	if _, _, _, a := c.RGBA(); a == 0xFFFF {
		w.surfaces = append(w.surfaces, surface{c, at})
	}
}

// on finds what is below a point.
func (w *walker) on(x, y float32) color.Color {
	for i := len(w.surfaces) - 1; i >= 0; i-- {
		if w.surfaces[i].at.has(x, y) {
			return w.surfaces[i].color
		}
	}
	return color.White
}

// takesTouch tells whether the driver would give a touch to o.
func takesTouch(o fyne.CanvasObject) bool {
	switch o.(type) {
	case fyne.Tappable, fyne.SecondaryTappable, fyne.DoubleTappable, fyne.Focusable, desktop.Mouseable:
		return true
	}
	return false
}

// kind is a widget's type without its package.
func kind(o fyne.CanvasObject) string {
	name := fmt.Sprintf("%T", o)
	return strings.ToLower(name[strings.LastIndex(name, ".")+1:])
}

// Tap touches the middle of the node with an ID, as a finger does: down, up, tap.
func Tap(c fyne.Canvas, id string) error {
	tree := Look(c)
	n, ok := tree.Find(id)
	if !ok {
		var ids []string
		for _, n := range tree.Nodes {
			ids = append(ids, n.ID)
		}
		return fmt.Errorf("there is no %s to touch; there are %s", id, strings.Join(ids, " "))
	}
	at := fyne.NewPos(n.X+n.W/2, n.Y+n.H/2)
	ev := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: fyne.NewPos(n.W/2, n.H/2)}}
	if m, ok := n.Object.(desktop.Mouseable); ok {
		m.MouseDown(ev)
		m.MouseUp(ev)
	}
	if t, ok := n.Object.(fyne.Tappable); ok {
		t.Tapped(&ev.PointEvent)
	}
	return nil
}
