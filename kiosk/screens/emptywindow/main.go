// Command emptywindow is the bare minimum that Fyne can do on a display: one window, full screen, that changes its colour when
// it is touched. The measurements hold the terminal against it: what is above its time is ours.
package main

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// pane is the whole window.
type pane struct {
	widget.BaseWidget
	rect *canvas.Rectangle
}

// Tapped changes the colour.
func (p *pane) Tapped(*fyne.PointEvent) {
	p.rect.FillColor = next(p.rect.FillColor)
	p.rect.Refresh()
}

// CreateRenderer draws the pane.
func (p *pane) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.rect) }

var (
	blue  = color.NRGBA{B: 160, A: 255}
	green = color.NRGBA{G: 140, A: 255}
)

func next(c color.Color) color.Color {
	if c == blue {
		return green
	}
	return blue
}

func main() {
	a := app.NewWithID("zizhuban.empty")
	w := a.NewWindow("empty")
	p := &pane{rect: canvas.NewRectangle(blue)}
	p.ExtendBaseWidget(p)
	w.SetPadded(false)
	w.SetContent(p)
	w.SetFullScreen(true)
	w.ShowAndRun()
}
