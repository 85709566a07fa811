// Package screens shows a visit: a window with a bar above that says where the terminal stands, a trail that says where the
// citizen is, the screen of the present step, and a bar below with 返回, 首页, 结束办理 and the one button that goes on.
//
// A screen is made of a visit.State and sends events to a [Visit]; it holds nothing that the state could tell it, and whatever
// it does hold (an opened page, a typed search) is dropped when the visit returns to idle. It asks no device and no network.
//
// [New] makes the [Window]. The file of a step has the step's name; shell.go is what surrounds them, overlay.go the questions
// that stand above them, bridge.go the one seam between the machine's goroutines and the UI's.
//
// A step's screen is a struct with three methods (see screen): body builds the widgets once, show puts a state into them,
// next says what the main button does. To add one, write its file and name it in newScreen.
package screens

import (
	"log/slog"

	"fyne.io/fyne/v2"
	"github.com/jonboulle/clockwork"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch/pinyin"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/wire"
)

// Visit is the machine as the screens need it; *visit.Machine is one. Every method returns at once and is ignored where it
// does not belong.
type Visit interface {
	State() visit.State
	Watch(func(visit.State)) (stop func())

	Touch()
	Start()
	SetLanguage(lang string)
	SetElder(on bool)
	OpenDepartment(key string)
	OpenTheme(key string)
	Search(query string)
	Choose(code string)
	Begin()
	ReadNotice()
	Agree()
	Refuse()
	RetryCard()
	Answer(path string, value any)
	LeaveField()
	AddRow(key string)
	RemoveRow(key string, i int)
	Next()
	Back()
	GoTo(page int)
	Signed(strokes []wire.Stroke)
	Submit()
	Act(a visit.Action)
	Stay()
	End()
	PrintAgain()
	PrintUnfinished()
	DismissUnfinished()
	GoHome()
}

// Options are how the window is opened.
type Options struct {
	Clock      clockwork.Clock
	Log        *slog.Logger
	FullScreen bool                   // cannot be closed by the person at the terminal
	Size       fyne.Size              // of a window that is not full screen; 1080×1920 where zero
	Contrast   bool                   // white and yellow on black, for a site whose hall has asked for it
	Decoder    func() *pinyin.Decoder // writes Chinese, with the words of the catalogue in use; nil: without them
	Scale      float32                // of all sizes, for a panel that is not 27 inches; 1 where zero
}

// Window is the terminal's one window.
type Window struct {
	app     fyne.App
	win     fyne.Window
	visit   Visit
	opts    Options
	frame   *frame
	bridge  *bridge
	env     *env
	screens map[visit.Step]screen
	present screen
	state   visit.State
	asking  func() // what is to be done once the citizen has said that all may be wiped; nil while not asked
	mode    theme.Mode
	onClose []func()
	closed  bool
}

// Warm reads the fonts, which takes longer than anything else before the first picture. It is called on the UI goroutine, where
// something else is waited for anyway.
func Warm(app fyne.App) {
	app.Settings().SetTheme(theme.New(theme.Standard))
	for _, bold := range []bool{false, true} {
		fyne.MeasureText("自助办", theme.Size(theme.SizeTitle), fyne.TextStyle{Bold: bold})
	}
}

// New makes the window and shows the visit's present state in it. Nothing is seen until Show.
func New(app fyne.App, v Visit, o Options) *Window {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Size.IsZero() {
		o.Size = fyne.NewSize(1080, 1920)
	}
	w := &Window{app: app, visit: v, opts: o, screens: map[visit.Step]screen{}, mode: -1}
	w.state = v.State()
	w.setMode(w.state)
	w.win = app.NewWindow("自助办")
	w.win.SetPadded(false)
	w.frame = newFrame(w)
	w.rebuild()
	w.win.SetContent(w.frame)
	if o.FullScreen {
		w.win.SetFullScreen(true)
		w.win.SetCloseIntercept(func() { o.Log.Warn("closing the window was asked for and refused") })
	} else {
		w.win.Resize(o.Size)
	}
	w.win.Canvas().SetOnTypedKey(w.frame.key)
	w.win.Canvas().SetOnTypedRune(w.frame.char)
	w.bridge = newBridge(v, w.show)
	return w
}

// Show opens the window.
func (w *Window) Show() { w.win.Show() }

// Fyne is the window of the toolkit, for what surrounds the visit: the technician's pages.
func (w *Window) Fyne() fyne.Window { return w.win }

// Close stops following the visit and closes the window. It is called on the UI goroutine; a
// second call does nothing.
func (w *Window) Close() {
	if w.closed {
		return
	}
	w.closed = true
	w.bridge.Close()
	for _, f := range w.onClose {
		f()
	}
	w.onClose = nil
	w.win.SetCloseIntercept(nil)
	w.win.Close()
}

// show draws a state. It runs on the UI goroutine.
func (w *Window) show(s visit.State) {
	before := w.state
	w.state = s
	if s.Step == visit.Idle || s.Step != before.Step {
		w.asking = nil
	}
	if s.Step != before.Step {
		w.frame.hideKeyboard()
	}
	if s.Step == visit.Idle && before.Step != visit.Idle {
		w.rebuild() // nothing of one visit may be seen in the next
		return
	}
	if w.setMode(s) || s.Lang != w.env.lang {
		w.rebuild()
		return
	}
	w.draw()
}

// setMode chooses the theme; it tells whether that has changed.
func (w *Window) setMode(s visit.State) bool {
	mode := theme.Standard
	switch {
	case w.opts.Contrast:
		mode = theme.HighContrast
	case s.Elder:
		mode = theme.Elder
	}
	if mode == w.mode {
		return false
	}
	w.mode = mode
	w.app.Settings().SetTheme(theme.NewScaled(mode, w.opts.Scale))
	return true
}

// rebuild makes everything anew: in another language, mode or orientation, or for another citizen.
func (w *Window) rebuild() {
	w.env = &env{w: w, visit: w.visit, lang: w.state.Lang, elder: w.mode != theme.Standard, wide: w.frame.wide}
	for _, s := range w.screens {
		if x, ok := s.(wiper); ok {
			x.wipe()
		}
	}
	clear(w.screens)
	w.present = nil
	w.frame.build(w.env)
	w.draw()
}

// draw puts the present state into the present screen and what surrounds it.
func (w *Window) draw() {
	s := &w.state
	next, ok := w.screens[s.Step]
	if !ok {
		next = newScreen(w.env, s.Step)
		w.screens[s.Step] = next
	}
	next.show(s)
	if next != w.present {
		w.present = next
		w.frame.setScreen(next)
	}
	w.frame.draw(s)
	if x, ok := next.(laidOut); ok {
		x.laidOut()
	}
}

// screen is one step's.
type screen interface {
	// body is the screen's widgets, always the same object.
	body() fyne.CanvasObject
	// show puts a state into them.
	show(s *visit.State)
	// next is the main button; with an empty label there is none.
	next(s *visit.State) next
}

// next is what the main button says and does.
type next struct {
	label string
	icon  string
	off   bool
	do    func()
}

// footer is a screen that, in landscape, has something in the strip beside the main button.
type footer interface{ foot() fyne.CanvasObject }

// laidOut is a screen that wants to know when a state has been drawn and everything has its size.
type laidOut interface{ laidOut() }

// wiper is a screen that holds something of a citizen's and forgets it.
type wiper interface{ wipe() }

func newScreen(e *env, step visit.Step) screen {
	switch step {
	case visit.Home:
		return newHome(e)
	case visit.List:
		return newList(e)
	case visit.Guide:
		return newGuide(e)
	case visit.Consent:
		return newConsent(e)
	case visit.CardStep:
		return newCard(e)
	case visit.FormStep:
		return newForm(e)
	case visit.Review:
		return newReview(e)
	case visit.Sign:
		return newSign(e)
	case visit.Submitting, visit.Printing:
		return newWait(e)
	case visit.Done:
		return newDone(e)
	default:
		return newIdle(e)
	}
}
