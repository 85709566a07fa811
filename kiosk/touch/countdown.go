package touch

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/theme"
)

// Countdown is a number of seconds in a disc. Only its number changes, once a second.
type Countdown struct {
	widget.BaseWidget
	seconds int
	side    float32
	color   fyne.ThemeColorName
	disc    *canvas.Rectangle
	number  *canvas.Text
}

// NewCountdown makes a disc of a side in pixels.
func NewCountdown(side float32, color fyne.ThemeColorName) *Countdown {
	c := &Countdown{side: side, color: color, disc: canvas.NewRectangle(nil), number: canvas.NewText("", nil)}
	c.ExtendBaseWidget(c)
	return c
}

// Set changes the number.
func (c *Countdown) Set(seconds int) {
	if c.seconds == seconds && c.number.Text != "" {
		return
	}
	c.seconds = seconds
	c.Refresh()
}

// Seconds is the number that is shown.
func (c *Countdown) Seconds() int { return c.seconds }

func (c *Countdown) paint() {
	c.disc.FillColor, c.disc.StrokeColor, c.disc.StrokeWidth = theme.Color(theme.ColorCard), theme.Color(c.color), c.side/16
	c.disc.CornerRadius = c.side / 2
	c.number.Text, c.number.Color = strconv.Itoa(c.seconds), theme.Color(c.color)
	c.number.TextSize, c.number.TextStyle.Bold, c.number.Alignment = c.side*0.42, true, fyne.TextAlignCenter
}

// CreateRenderer draws the disc.
func (c *Countdown) CreateRenderer() fyne.WidgetRenderer {
	c.paint()
	return &renderer{
		objects: func() []fyne.CanvasObject { return []fyne.CanvasObject{c.disc, c.number} },
		layout: func(s fyne.Size) {
			side := min(c.side, s.Width, s.Height)
			at := fyne.NewPos((s.Width-side)/2, (s.Height-side)/2)
			c.disc.Resize(fyne.NewSquareSize(side))
			c.disc.Move(at)
			setLine(c.number, at, side, side)
		},
		least:   func() fyne.Size { return fyne.NewSquareSize(c.side) },
		refresh: func() { c.paint(); canvas.Refresh(c) },
	}
}
