package touch

import "fyne.io/fyne/v2"

// Identified is a widget that can be named from outside, by a test that touches it. An ID is stable, free of language and
// unique on a screen, such as bar.next, field.phone or key.q.
type Identified interface {
	fyne.CanvasObject
	ID() string
}

// Described is an Identified widget that also tells what it reads and whether it answers.
type Described interface {
	Identified
	Label() string
	Enabled() bool
}

// Flexible is an object whose height depends on its width, such as a text that is broken into lines.
type Flexible interface {
	HeightFor(width float32) float32
}

// flexibleLayout is a layout whose container is Flexible.
type flexibleLayout interface {
	fyne.Layout
	HeightFor(objects []fyne.CanvasObject, width float32) float32
}

// HeightFor is how high an object must be at a width.
func HeightFor(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case Flexible:
		return o.HeightFor(width)
	case *fyne.Container:
		if l, ok := o.Layout.(flexibleLayout); ok {
			return l.HeightFor(o.Objects, width)
		}
	}
	return o.MinSize().Height
}
