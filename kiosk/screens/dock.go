package screens

import (
	"time"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/touch/keyboard"
)

// dock holds the window's one keyboard at its foot. It is the fields.Host of every editor.
type dock struct {
	board  *keyboard.Keyboard
	object fyne.CanvasObject // the board while it is up, else nil
}

// height is how much of the window the keyboard takes, at most two thirds.
func (d *dock) height(window fyne.Size) float32 {
	if d.object == nil {
		return 0
	}
	return min(d.board.HeightFor(window.Width), window.Height*2/3)
}

// drop forgets the keyboard, with whatever was typed on it.
func (d *dock) drop() {
	if d.board != nil {
		d.board.Detach()
	}
	d.board, d.object = nil, nil
}

// revealer is a screen that brings what is typed into, or where a chooser was opened, into view.
type revealer interface{ reveal(o fyne.CanvasObject) }

// ShowKeyboard docks the keyboard and makes it type into target.
func (f *frame) ShowKeyboard(target keyboard.Target, layout keyboard.Layout) {
	if f.overlay.Visible() {
		return // a question stands above the field
	}
	if f.dock.board == nil {
		f.dock.board = keyboard.New(f.env.lang)
		if f.w.opts.Decoder != nil {
			f.dock.board.Use(f.w.opts.Decoder())
		}
		f.dock.board.OnDone = f.HideKeyboard
		f.dock.board.OnTouch = f.env.visit.Touch
	}
	f.dock.board.Attach(target, layout)
	f.dock.object = f.dock.board
	f.place(f.Size())
	f.Refresh()
	if o, ok := target.(fyne.CanvasObject); ok {
		if r, ok := f.w.present.(revealer); ok {
			r.reveal(o)
		}
	}
}

// HideKeyboard takes the keyboard away; the field that was typed into is left, and its error may show.
func (f *frame) HideKeyboard() {
	if f.hideKeyboard() {
		f.env.visit.LeaveField()
	}
}

// hideKeyboard takes the keyboard away without a word to the visit. It tells whether it was there.
func (f *frame) hideKeyboard() bool {
	if f.dock.object == nil {
		return false
	}
	f.dock.board.Detach()
	f.dock.object = nil
	f.place(f.Size())
	f.Refresh()
	return true
}

// typeSearch shows the keyboard for a search: Chinese by pinyin, or letters in English.
func (f *frame) typeSearch(box *searchBox) {
	layout := keyboard.Pinyin
	if f.env.lang == "en" {
		layout = keyboard.Latin
	}
	f.ShowKeyboard(box, layout)
}

// key hands what a physical keyboard sends to the one on the screen.
func (f *frame) key(ev *fyne.KeyEvent) {
	f.env.visit.Touch()
	if f.dock.object != nil {
		f.dock.board.TypedKey(ev)
	}
}

// char hands a character of a physical keyboard on.
func (f *frame) char(r rune) {
	f.env.visit.Touch()
	if f.dock.object != nil {
		f.dock.board.TypedRune(r)
	}
}

// AddRow asks the visit for another entry of a list.
func (f *frame) AddRow(key string) { f.env.visit.AddRow(key) }

// RemoveRow asks the visit to take an entry out of a list.
func (f *frame) RemoveRow(key string, i int) { f.env.visit.RemoveRow(key, i) }

// Now is the time by the terminal's clock.
func (f *frame) Now() time.Time { return f.w.opts.Clock.Now() }
