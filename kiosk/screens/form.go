package screens

import (
	"fyne.io/fyne/v2"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/fields"
	"zizhuban/kiosk/visit"
)

// formPage is one page of the form: a block for each field, below each other, and more of them by 上一屏 and 下一屏 or by a
// finger where they are higher than the screen.
type formPage struct {
	env    *env
	root   *fyne.Container
	title  *touch.Text
	at     *touch.Text
	hints  *fyne.Container
	column *fyne.Container
	scroll *touch.Scroll
	more   *fyne.Container
	up     *touch.Button
	down   *touch.Button

	page   int
	drawn  bool
	blocks []*block
	told   []string // hints that are shown
}

// block is a field with its name, its help, its editor and what is wrong with its answer.
type block struct {
	*fyne.Container
	key, kind string
	label     *touch.Text
	help      *touch.Text
	editor    fields.Editor
	err       *note
}

func newForm(e *env) *formPage {
	f := &formPage{env: e, page: -1, title: touch.NewText("", touch.Heading.Max(2)),
		at: touch.NewText("", touch.Muted.Max(1)), hints: touch.Column(touch.Gap(1)), column: touch.Column(touch.Gap(2.25))}
	f.scroll = touch.NewScroll(f.column, func() {
		e.visit.Touch()
		f.scrolled()
	})
	up, down := e.t("form.up"), e.t("form.down")
	if e.wide {
		up, down = "", ""
	}
	f.up = touch.NewButton("form.up", up, "chevron-up", touch.Secondary, func() { f.turn(-1) })
	f.down = touch.NewButton("form.down", down, "chevron-down", touch.Secondary, func() { f.turn(1) })
	head := touch.Row(touch.Gap(1), []float32{1, 0}, f.title, touch.Middle(f.at))
	if e.wide {
		f.more = touch.Middle(touch.Column(touch.Gap(2), f.up, f.down))
		f.root = touch.Column(touch.Gap(1.25), head, touch.Stretch(touch.Row(touch.Gap(1), []float32{1, 0}, f.scroll, f.more)))
	} else {
		f.more = touch.Row(touch.Gap(1), []float32{1, 1}, f.up, f.down)
		f.root = touch.Column(touch.Gap(1.25), head, touch.Stretch(f.scroll), f.more)
	}
	f.more.Hide()
	return f
}

func (f *formPage) body() fyne.CanvasObject { return f.root }

func (f *formPage) next(s *visit.State) next {
	key := "form.next"
	if v := s.FormView; v != nil && v.Page+1 >= v.Pages {
		key = "form.review"
	}
	return next{label: f.env.t(key), icon: "arrow-right", off: !s.CanNext, do: f.goOn}
}

// goOn leaves the page; where something is wrong with it, the machine keeps it and the first error is brought into view.
func (f *formPage) goOn() {
	f.env.w.frame.HideKeyboard()
	f.env.visit.Next()
}

func (f *formPage) show(s *visit.State) {
	v := s.FormView
	if v == nil {
		return
	}
	title := v.Title
	alone := len(v.Fields) == 1 && v.Fields[0].Label == v.Title // the one question of a page is not asked twice
	if alone {
		title = nameOf(f.env, v.Fields[0])
	}
	f.title.SetText(title)
	f.at.SetText(f.env.t("form.at", "page", v.Page+1, "pages", v.Pages))
	wrong := f.firstError()
	turned := !f.drawn || f.page != v.Page
	f.page, f.drawn = v.Page, true
	f.fill(v, turned)
	for _, b := range f.blocks {
		setVisible(b.label, !alone)
	}
	if turned {
		f.scroll.ScrollTo(0)
	}
	f.root.Refresh()
	f.scroll.ContentChanged()
	f.scrolled()
	if now := f.firstError(); now != nil && now != wrong && f.env.w.frame.dock.object == nil {
		f.reveal(now.Container)
	}
}

// fill updates the blocks that are there, and makes those that are not.
func (f *formPage) fill(v *visit.FormView, turned bool) {
	old := map[string]*block{}
	if !turned {
		for _, b := range f.blocks {
			old[b.key] = b
		}
	}
	f.blocks = f.blocks[:0:0]
	objects := []fyne.CanvasObject{}
	for _, field := range v.Fields {
		b := old[field.Key]
		if b == nil || b.kind != field.Type {
			b = f.newBlock(field)
		}
		b.update(f.env, field)
		f.blocks = append(f.blocks, b)
		objects = append(objects, b.Container)
	}
	f.tell(v.Hints)
	if len(v.Hints) > 0 {
		objects = append(objects, f.hints)
	}
	f.column.Objects = objects
}

func (f *formPage) newBlock(v form.FieldView) *block {
	e := f.env
	b := &block{key: v.Key, kind: v.Type, label: touch.NewText("", touch.Strong), help: touch.NewText("", touch.Caption), err: newNote("danger", "")}
	b.editor = fields.New(v, e.lang, e.w.frame, func(path string, value any) { e.visit.Answer(path, value) })
	b.Container = touch.Column(touch.Gap(0.75), touch.Column(0, b.label, b.help), b.editor, b.err.Container)
	return b
}

func (b *block) update(e *env, v form.FieldView) {
	b.label.SetText(nameOf(e, v))
	help := v.Help
	if v.Example != "" && !v.ReadOnly {
		if help != "" {
			help += " · "
		}
		help += e.t("form.example", "example", v.Example)
	}
	b.help.SetText(help)
	setVisible(b.help, help != "")
	b.editor.Update(v)
	b.err.set(v.Error)
}

// nameOf is a field's name, and whether it may be left out.
func nameOf(e *env, v form.FieldView) string {
	if !v.Required && !v.ReadOnly {
		return e.t("form.optional", "label", v.Label)
	}
	return v.Label
}

func (f *formPage) firstError() *block {
	for _, b := range f.blocks {
		if b.err.Visible() {
			return b
		}
	}
	return nil
}

func (f *formPage) tell(hints []string) {
	same := len(hints) == len(f.told)
	for i := 0; same && i < len(hints); i++ {
		same = hints[i] == f.told[i]
	}
	if same {
		return
	}
	f.told = append([]string(nil), hints...)
	f.hints.Objects = nil
	for _, h := range hints {
		f.hints.Add(newNote("info", h).Container)
	}
}

// turn moves by most of a screen.
func (f *formPage) turn(by int) {
	f.scroll.ScrollTo(f.scroll.Offset() + float32(by)*(f.scroll.Size().Height-2*theme.Size(theme.SizeTouch)))
}

// scrolled shows the buttons only where there is more than fits and no keyboard.
func (f *formPage) scrolled() {
	if setVisible(f.more, f.tooLong() && f.env.w.frame.dock.object == nil) {
		f.root.Refresh()
	}
	above, below := f.scroll.Hidden()
	f.up.SetEnabled(above > 1)
	f.down.SetEnabled(below > 1)
}

// tooLong tells whether the page is higher than its window would be without the buttons, which take some of its room: else
// they would be the reason for themselves.
func (f *formPage) tooLong() bool {
	room := f.scroll.Size()
	if f.more.Visible() {
		if f.env.wide {
			room.Width += f.more.MinSize().Width + touch.Gap(1)
		} else {
			room.Height += touch.HeightFor(f.more, room.Width) + touch.Gap(1.25)
		}
	}
	return f.scroll.HeightFor(room.Width) > room.Height+1
}

// reveal brings what is typed into, with the whole of its block where that fits, into view.
func (f *formPage) reveal(o fyne.CanvasObject) {
	f.scrolled()
	driver := fyne.CurrentApp().Driver()
	base := driver.AbsolutePositionForObject(f.column).Y
	target := driver.AbsolutePositionForObject(o).Y - base
	for _, b := range f.blocks {
		top := b.Position().Y
		if bottom := top + b.Size().Height; target >= top && target < bottom {
			if bottom-top <= f.scroll.Size().Height {
				f.scroll.Reveal(top, bottom)
				return
			}
		}
	}
	f.scroll.Reveal(target-touch.Gap(1), target+o.Size().Height+touch.Gap(1))
}

// laidOut shows whether there is more than fits, which is known only now.
func (f *formPage) laidOut() { f.scrolled() }

func (f *formPage) wipe() {
	for i := range f.blocks {
		f.blocks[i] = nil
	}
	f.blocks, f.column.Objects = nil, nil
}
