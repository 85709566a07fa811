package keyboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
)

// sheetFrame shows a field's own panel below a line with its title and 完成. It is empty while there is none.
type sheetFrame struct {
	widget.BaseWidget
	k     *Keyboard
	title *touch.Text
	done  *key
	body  *fyne.Container
	now   *sheet
}

func newSheetFrame(k *Keyboard) *sheetFrame {
	s := &sheetFrame{k: k, title: touch.NewText("", touch.Strong.Max(2)), done: newKey(k), body: container.NewStack()}
	s.ExtendBaseWidget(s)
	s.Hide()
	return s
}

// show puts a panel in; nil takes it out.
func (s *sheetFrame) show(sh *sheet) {
	s.now = sh
	if sh == nil {
		s.body.Objects = nil
		s.Hide()
		return
	}
	s.title.SetText(sh.title)
	s.done.set(s.k.finish(1, 1))
	s.body.Objects = []fyne.CanvasObject{sh.content}
	s.place(s.Size())
	s.Show()
	s.Refresh()
}

func (s *sheetFrame) pad() float32 { return touch.Gap(1) }

// room is how wide the panel is: on a wide window the middle is easier to reach than both ends.
func (s *sheetFrame) room(width float32) float32 { return min(width-2*s.pad(), 1400) }

// HeightFor is the height at a width.
func (s *sheetFrame) HeightFor(width float32) float32 {
	if s.now == nil || width < 1 {
		return 0
	}
	return 3*s.pad() + theme.Size(theme.SizeKey) + touch.HeightFor(s.now.content, s.room(width))
}

func (s *sheetFrame) place(size fyne.Size) {
	if s.now == nil || size.Width < 1 {
		return
	}
	room, key := s.room(size.Width), theme.Size(theme.SizeKey)
	left, button := (size.Width-room)/2, key*2.6
	s.title.Move(fyne.NewPos(left, s.pad()))
	s.title.Resize(fyne.NewSize(room-button-s.pad(), key))
	s.done.Move(fyne.NewPos(left+room-button, s.pad()))
	s.done.Resize(fyne.NewSize(button, key))
	s.body.Move(fyne.NewPos(left, 2*s.pad()+key))
	s.body.Resize(fyne.NewSize(room, max(0, size.Height-3*s.pad()-key)))
}

// CreateRenderer draws title, 完成 and the panel.
func (s *sheetFrame) CreateRenderer() fyne.WidgetRenderer {
	return &sheetRenderer{s, []fyne.CanvasObject{s.title, s.done, s.body}}
}

type sheetRenderer struct {
	s       *sheetFrame
	objects []fyne.CanvasObject
}

func (r *sheetRenderer) Destroy()                     {}
func (r *sheetRenderer) Layout(size fyne.Size)        { r.s.place(size) }
func (r *sheetRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, r.s.HeightFor(r.s.Size().Width)) }
func (r *sheetRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *sheetRenderer) Refresh() {
	r.s.place(r.s.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}
