package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Press is what every control here is: something that shows that it is touched at once, and acts when it is let go.
// A control embeds it and calls Init.
//
// A control inside a [Scroll] must be a Press: only then is a tap told from a drag with the slop that an unsteady finger needs.
type Press struct {
	widget.BaseWidget
	id      string
	off     bool
	down    bool
	self    fyne.Widget
	onTap   func()
	repaint func()
}

// finger is the one pointer of a terminal: which control it holds and where it came down. UI goroutine only.
var finger struct {
	on *Press
	at fyne.Position // absolute
}

// Init makes self a control. repaint is called when Down has changed; it should touch as few objects as it can.
func (p *Press) Init(self fyne.Widget, id string, onTap, repaint func()) {
	p.self, p.id, p.onTap, p.repaint = self, id, onTap, repaint
	p.ExtendBaseWidget(self)
}

// ID names the control.
func (p *Press) ID() string { return p.id }

// Rename gives the control another ID, where it is used again for something else.
func (p *Press) Rename(id string) { p.id = id }

// Enabled tells whether the control answers.
func (p *Press) Enabled() bool { return !p.off }

// Down tells whether a finger is on the control.
func (p *Press) Down() bool { return p.down }

// SetEnabled lets the control answer or not, and draws it so.
func (p *Press) SetEnabled(on bool) {
	if p.off == !on {
		return
	}
	p.off = !on
	p.Refresh()
}

// Tapped acts.
func (p *Press) Tapped(*fyne.PointEvent) {
	if !p.off && p.onTap != nil {
		p.onTap()
	}
}

// MouseDown shows the touch.
func (p *Press) MouseDown(ev *desktop.MouseEvent) {
	letGo()
	if p.off {
		return
	}
	finger.on, finger.at = p, ev.AbsolutePosition
	p.set(true)
}

// MouseUp shows the release.
func (p *Press) MouseUp(*desktop.MouseEvent) { letGo() }

func (p *Press) set(down bool) {
	if p.down != down {
		p.down = down
		p.repaint()
	}
}

// letGo frees the control that the finger came down on. The release may arrive at another one, when the finger slid there.
func letGo() {
	if finger.on != nil {
		finger.on.set(false)
		finger.on = nil
	}
}

// Backdrop is an invisible floor below a screen: it takes the touches that hit nothing, so that a control whose finger slid
// away is let go, and tells of them.
type Backdrop struct {
	widget.BaseWidget
	onTap func()
}

// NewBackdrop makes a floor; onTap may be nil.
func NewBackdrop(onTap func()) *Backdrop {
	b := &Backdrop{onTap: onTap}
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer draws nothing.
func (b *Backdrop) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: func() []fyne.CanvasObject { return nil },
		layout:  func(fyne.Size) {}, least: func() fyne.Size { return fyne.Size{} }, refresh: func() {},
	}
}

// Tapped tells of a touch that hit nothing.
func (b *Backdrop) Tapped(*fyne.PointEvent) {
	if b.onTap != nil {
		b.onTap()
	}
}

// MouseDown lets go of what was held.
func (b *Backdrop) MouseDown(*desktop.MouseEvent) { letGo() }

// MouseUp lets go of what was held.
func (b *Backdrop) MouseUp(*desktop.MouseEvent) { letGo() }
