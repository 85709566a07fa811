// Package keyboard is the on-screen keyboard, for a person who stands before a large panel and types with one finger.
//
// The window has one [Keyboard], docked at its foot. A field that is touched is a [Target]; the window attaches it with the
// [Layout] that the field asks for: Digits, Decimal, Phone, IDNumber, Code, Plate, Latin, Pinyin, or a [Sheet] of the field's
// own, such as three wheels of a date, which stands where the keys would. Chinese is typed by pinyin: candidates stand in large
// keys above the letters, and 更多 opens them over the whole keyboard.
//
// A physical keyboard works too: the window hands what it gets to [Keyboard.TypedRune] and [Keyboard.TypedKey].
//
// It promises that every key is as high as theme.SizeKey at least, that a key answers on the press, that a tap changes only
// the objects that look different afterwards, and that nothing of what was typed stays after [Keyboard.Detach]. The keys never
// take the focus. It knows no form and no visit. Every key has an ID: key.7, key.q, key.浙, key.space, key.backspace,
// key.clear, key.done, key.lang, key.shift, key.symbols, key.more, key.prev, key.next, key.cand.0 and so on.
package keyboard

import (
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/pinyin"
)

// Target is what is typed into. A Target that is also a fyne.CanvasObject is what the window keeps in view while it is typed into.
type Target interface {
	Text() string
	SetText(string)
}

// Caret is a Target that has a place where typing goes on. One that is no Caret is typed into at its end.
type Caret interface {
	Target
	Insert(string)
	Backspace()  // takes away the character before the caret
	Step(by int) // moves the caret
}

// Typist is a Target that wants to know when it is being typed into, to show it.
type Typist interface {
	Typing(on bool)
}

// Composing is a Target that wants to know the letters that wait to become Chinese, such as a search that finds by pinyin and
// initials as well: it is shown them as they are typed, and it keeps them as letters where nothing is chosen.
type Composing interface {
	Composing(letters string)
}

// Finisher is a Target that wants to know that 完成 was touched.
type Finisher interface {
	Finish()
}

// Keyboard is the keyboard. All methods are called on the UI goroutine.
type Keyboard struct {
	widget.BaseWidget

	// OnDone is called when 完成 was touched, after the text was given to the target. The window takes the keyboard away.
	OnDone func()
	// OnTouch is called for every key, from the screen or a physical keyboard, so that the visit knows that somebody is there.
	OnTouch func()

	lang     string
	decoder  *pinyin.Decoder  // nil until Chinese is first typed, unless Use gave one
	composer *pinyin.Composer // made when first needed
	target   Target
	layout   Layout
	mode     mode

	tray    *canvas.Rectangle
	keys    []*key       // those of the board, in a pool: the ones that are not needed are hidden
	bar     candidateBar // above the letters of the pinyin keyboard
	sheet   *sheetFrame  // around a field's own panel
	content []fyne.CanvasObject
}

// mode is what has been switched on the keyboard by its own keys.
type mode struct {
	english  bool // 中/英 stands at 英
	upper    bool
	symbols  bool
	letters  bool // of a plate: letters instead of provinces
	expanded bool // candidates over the whole keyboard
}

// New makes a keyboard with its words in a language ("zh" or "en").
func New(lang string) *Keyboard {
	k := &Keyboard{lang: lang, tray: canvas.NewRectangle(nil)}
	k.bar.init(k)
	k.sheet = newSheetFrame(k)
	k.ExtendBaseWidget(k)
	k.gather()
	return k
}

// Use makes the keyboard write Chinese with a decoder of its own, such as one that [Decoder] made with the catalogue's words.
func (k *Keyboard) Use(d *pinyin.Decoder) {
	k.decoder, k.composer = d, nil
	k.rearrange()
}

// SetLang changes the language of the keys' words.
func (k *Keyboard) SetLang(lang string) {
	if k.lang != lang {
		k.lang = lang
		k.rearrange()
	}
}

// Attach makes the keyboard type into target with a layout. A target attached before is left.
func (k *Keyboard) Attach(target Target, layout Layout) {
	if k.target != nil && k.target != target {
		k.leave()
	}
	// Who reads the terminal in English begins with letters; one key turns them to pinyin.
	k.target, k.layout, k.mode = target, layout, mode{english: layout == Pinyin && k.lang == i18n.English}
	k.forget()
	k.sheet.show(layout.sheet)
	k.mode.letters = layout == Plate && k.text() != ""
	if t, ok := target.(Typist); ok {
		t.Typing(true)
	}
	k.rearrange()
}

// Detach leaves the target and forgets what was being typed.
func (k *Keyboard) Detach() {
	k.leave()
	k.target, k.mode = nil, mode{}
	k.forget()
	k.sheet.show(nil)
	k.layout = Layout{}
	k.rearrange()
}

// Target is what is typed into now, or nil.
func (k *Keyboard) Target() Target { return k.target }

func (k *Keyboard) leave() {
	if t, ok := k.target.(Typist); ok {
		t.Typing(false)
	}
}

func (k *Keyboard) forget() {
	if k.composer != nil {
		k.composer.Clear()
	}
}

// Decoder makes a decoder that knows the names of places, the terms of public service and the words that the terminal shows,
// such as titles of items and names of departments. It takes some 25 ms, so it is made once for a catalogue and shared.
func Decoder(words ...pinyin.Word) *pinyin.Decoder {
	return pinyin.New(append(placeWords(), words...)...)
}

// plainDecoder is for a keyboard that was given none.
var plainDecoder = sync.OnceValue(func() *pinyin.Decoder { return Decoder() })

// compose gives the composer, made when Chinese is first typed.
func (k *Keyboard) compose() *pinyin.Composer {
	if k.composer == nil {
		if k.decoder == nil {
			k.decoder = plainDecoder()
		}
		k.composer = pinyin.NewComposer(k.decoder)
	}
	return k.composer
}

// chinese tells whether letters are pinyin now.
func (k *Keyboard) chinese() bool { return k.layout == Pinyin && !k.mode.english }

// composing tells whether letters wait for a choice.
func (k *Keyboard) composing() bool { return k.chinese() && k.composer != nil && !k.composer.Empty() }

func (k *Keyboard) text() string {
	if k.target == nil {
		return ""
	}
	return k.target.Text()
}

// insert puts text into the target.
func (k *Keyboard) insert(text string) {
	if k.target == nil || text == "" {
		return
	}
	if c, ok := k.target.(Caret); ok {
		c.Insert(text)
	} else {
		k.target.SetText(k.target.Text() + text)
	}
	k.follow()
}

// erase takes one character away.
func (k *Keyboard) erase() {
	if k.target == nil {
		return
	}
	if c, ok := k.target.(Caret); ok {
		c.Backspace()
	} else if r := []rune(k.target.Text()); len(r) > 0 {
		k.target.SetText(string(r[:len(r)-1]))
	}
	k.follow()
}

// follow turns a plate's keys to letters after the province, and back when it is erased.
func (k *Keyboard) follow() {
	if letters := k.text() != ""; k.layout == Plate && k.mode.letters != letters {
		k.mode.letters = letters
		k.rearrange()
	}
}

// The actions of the keys.

func (k *Keyboard) char(s string) {
	if k.chinese() && len(s) == 1 && (s[0] >= 'a' && s[0] <= 'z' || s == "'") {
		if k.compose().Type(rune(s[0])) {
			k.bar.update()
			k.composed()
		}
		return
	}
	k.settle()
	k.insert(s)
	if k.mode.upper {
		k.mode.upper = false
		k.rearrange()
	}
}

// composed shows the target what waits to be chosen, where it wants to know.
func (k *Keyboard) composed() {
	c, ok := k.target.(Composing)
	if !ok {
		return
	}
	c.Composing(k.waiting())
}

// waiting is what has been typed and not become text yet, without the marks between syllables.
func (k *Keyboard) waiting() string {
	if !k.composing() {
		return ""
	}
	return strings.ReplaceAll(k.composer.Shown(), "'", "")
}

// settle takes the likeliest reading of letters that still wait, before something else is typed. A target that takes letters
// as they are keeps the letters.
func (k *Keyboard) settle() {
	if _, ok := k.target.(Composing); ok && k.composing() {
		letters := k.waiting()
		k.composer.Clear()
		k.insert(letters)
	}
	for k.composing() {
		if len(k.composer.Candidates()) == 0 {
			k.insert(k.composer.Letters())
			break
		}
		if text, done := k.composer.Choose(0); done {
			k.insert(text)
		}
	}
	k.bar.update()
}

func (k *Keyboard) choose(i int) {
	if !k.composing() {
		return
	}
	if text, done := k.composer.Choose(i); done {
		k.insert(text)
	}
	k.composed()
	if k.mode.expanded && !k.composing() {
		k.mode.expanded = false
		k.rearrange()
		return
	}
	k.bar.update()
}

func (k *Keyboard) space() {
	if k.composing() {
		k.choose(0)
		return
	}
	k.insert(" ")
}

func (k *Keyboard) backspace() {
	if k.composing() {
		k.composer.Backspace()
		k.bar.update()
		k.composed()
		if !k.composing() && k.mode.expanded {
			k.mode.expanded = false
			k.rearrange()
		}
		return
	}
	k.erase()
}

func (k *Keyboard) clear() {
	if k.composing() {
		k.composer.Clear()
		k.bar.update()
		k.composed()
		return
	}
	if k.target != nil && k.target.Text() != "" {
		k.target.SetText("")
		k.follow()
	}
}

func (k *Keyboard) done() {
	k.settle()
	if f, ok := k.target.(Finisher); ok {
		f.Finish()
	}
	if k.OnDone != nil {
		k.OnDone()
	}
}

// toggle changes one of the modes.
func (k *Keyboard) toggle(what *bool) func() {
	return func() {
		if what == &k.mode.english {
			k.settle()
		}
		*what = !*what
		k.rearrange()
	}
}

// touched is called by every key before it acts.
func (k *Keyboard) touched() {
	if k.OnTouch != nil {
		k.OnTouch()
	}
}

// MinSize is the height that the layout needs at the present width.
func (k *Keyboard) MinSize() fyne.Size {
	k.ExtendBaseWidget(k)
	return fyne.NewSize(1, k.HeightFor(k.Size().Width))
}

// HeightFor is the height at a width; it stays the same while a layout is attached.
func (k *Keyboard) HeightFor(width float32) float32 {
	return k.measure(width).height
}

// CreateRenderer draws the tray and the keys on it.
func (k *Keyboard) CreateRenderer() fyne.WidgetRenderer { return &renderer{k} }

type renderer struct{ k *Keyboard }

func (r *renderer) Destroy()                     {}
func (r *renderer) Layout(fyne.Size)             { r.k.place() }
func (r *renderer) MinSize() fyne.Size           { return r.k.MinSize() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.k.content }
func (r *renderer) Refresh() {
	r.k.repaintAll()
	r.k.place()
	canvas.Refresh(r.k)
}

// repaintAll takes the theme's colours and sizes anew.
func (k *Keyboard) repaintAll() {
	k.tray.FillColor = theme.Color(theme.ColorOff)
	for _, key := range k.keys {
		key.style()
	}
	k.bar.style()
}

// rearrange puts the keys of the present layout and mode on the board.
func (k *Keyboard) rearrange() {
	k.place()
	k.bar.update()
	canvas.Refresh(k)
}

// gather lists what is drawn, from below to above.
func (k *Keyboard) gather() {
	k.content = append([]fyne.CanvasObject{k.tray, k.sheet}, k.bar.objects()...)
	for _, key := range k.keys {
		k.content = append(k.content, key)
	}
}

var _ touch.Flexible = (*Keyboard)(nil)
