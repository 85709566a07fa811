// Package touch is what the terminal's screens are built of: widgets for a finger on a large panel.
//
// It promises that a control answers the moment it is touched (it changes its surface on the press, not on the release), that
// it can be touched with an unsteady hand (a finger may slide on it, and a button may be as large as the layout makes it),
// that a text is broken into lines as Chinese is, and that nothing moves by itself: every repaint of the window costs the
// same as a full one, so widgets are reused and change only what has changed.
//
// It never opens a window, knows no screen and no visit.
//
// [Text] and the layouts ([Column], [Row], [Grid], [Inset], [Panel]) come first: a screen is a column, whose parts say how
// high they are at a width ([Flexible]). Then the controls, all of which are a [Press]: [Button], [Tile]. Then what shows
// something: [Trail], [Icon], [QR], [Countdown]. Then what handles more than fits: [Pager], [Pages] and [Scroll]. Last, the
// [SignaturePad].
//
// None of the widgets is DoubleTappable, which would delay every tap, nor Hoverable, as after a touch the pointer stays.
// All methods are called on the UI goroutine.
package touch

import (
	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
)

// renderer draws a widget of this package from a few functions.
type renderer struct {
	objects func() []fyne.CanvasObject
	layout  func(fyne.Size)
	least   func() fyne.Size
	refresh func()
}

func (r *renderer) Destroy()                     {}
func (r *renderer) Layout(s fyne.Size)           { r.layout(s) }
func (r *renderer) MinSize() fyne.Size           { return r.least() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.objects() }
func (r *renderer) Refresh()                     { r.refresh() }

// px is a size of the running app's theme.
func px(name fyne.ThemeSizeName) float32 { return theme.Size(name) }

// Gap is n times the theme's gap between neighbours.
func Gap(n float32) float32 { return n * theme.Size(theme.SizeGap) }
