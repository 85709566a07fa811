package keyboard

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch/pinyin"
)

// candidateBar is the line of letters and the row of candidates above the pinyin keys. 更多 opens it over the whole keyboard.
type candidateBar struct {
	k                *Keyboard
	line             *canvas.Text // letters, or what to do
	cands            []*key       // pool
	more, next, prev *key
	back             *key // of the open bar, which covers the one of the letters

	form   form
	left   float32
	inner  float32
	shown  string // letters whose candidates are seen
	starts []int  // where each page up to the present one begins
	after  int    // where the next one would begin
}

func (b *candidateBar) init(k *Keyboard) {
	b.k, b.line = k, canvas.NewText("", nil)
	b.more, b.next, b.prev, b.back = newKey(k), newKey(k), newKey(k), newKey(k)
	b.next.cap = keycap{id: "key.next", icon: "chevron-right", rank: side, act: func() { b.turn(1) }}
	b.prev.cap = keycap{id: "key.prev", icon: "chevron-left", rank: side, act: func() { b.turn(-1) }}
	b.hide()
}

func (b *candidateBar) objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{b.line, b.more, b.next, b.prev, b.back}
	for _, c := range b.cands {
		all = append(all, c)
	}
	return all
}

func (b *candidateBar) hide() {
	for _, o := range b.objects() {
		o.Hide()
	}
}

// forget drops what the hidden keys and the line still bear.
func (b *candidateBar) forget() {
	b.shown, b.line.Text = "", ""
	for _, c := range b.cands {
		c.cap, c.label.Text = keycap{}, ""
	}
}

// style takes the theme's colours and sizes anew.
func (b *candidateBar) style() {
	for _, o := range b.objects() {
		if c, ok := o.(*key); ok {
			c.style()
		}
	}
}

// place remembers where the bar stands, and draws it.
func (b *candidateBar) place(f form, left, inner float32) {
	b.form, b.left, b.inner, b.shown = f, left, inner, ""
	b.update()
}

// turn shows another page. The closed bar begins again after the last one.
func (b *candidateBar) turn(by int) {
	switch {
	case by < 0 && len(b.starts) > 1:
		b.starts = b.starts[:len(b.starts)-1]
	case by > 0 && b.after < len(b.k.composer.Candidates()):
		b.starts = append(b.starts, b.after)
	case by > 0:
		b.starts = b.starts[:1]
	}
	b.update()
}

// update shows the letters and the candidates as they are now.
func (b *candidateBar) update() {
	switch {
	case b.form.bar == 0:
		b.hide()
		b.forget()
	case !b.k.chinese():
		b.hide()
		b.say(b.k.word("hint.latin"), theme.ColorMuted)
	case !b.k.composing():
		b.hide()
		b.forget()
		b.say(b.k.word("hint.pinyin"), theme.ColorMuted)
	default:
		letters := b.k.composer.Shown()
		if letters != b.shown {
			b.shown, b.starts = letters, []int{0}
		}
		b.say(letters, theme.ColorBrand)
		b.show(b.k.composer.Candidates())
	}
}

// lineWidth is the width of the letters: all of it, or a part where the candidates stand beside them.
func (b *candidateBar) lineWidth() float32 {
	if b.form.line > 0 {
		return b.inner
	}
	return b.inner * 0.22
}

// say writes the line; what is no letters has the whole bar.
func (b *candidateBar) say(text string, ink fyne.ThemeColorName) {
	room := fyne.NewSize(b.inner, b.form.bar-b.form.gap)
	if b.k.composing() {
		room = fyne.NewSize(b.lineWidth(), b.form.line)
		if b.form.line == 0 {
			room.Height = b.form.key
		}
	}
	color, size := theme.Color(ink), theme.Size(theme.SizeBody)
	if w := fyne.MeasureText(text, size, fyne.TextStyle{}).Width; w > room.Width {
		size *= room.Width / w
	}
	if b.line.Text != text || b.line.Color != color || b.line.TextSize != size {
		b.line.Text, b.line.Color, b.line.TextSize = text, color, size
		canvas.Refresh(b.line)
	}
	b.line.Move(fyne.NewPos(b.left, b.form.pad))
	b.line.Resize(room)
	b.line.Show()
}

// show puts a page of candidates into keys.
func (b *candidateBar) show(all []pinyin.Candidate) {
	f, rows, buttons := b.form, 1, float32(2)
	if b.k.mode.expanded {
		rows, buttons = f.rows+1, 1
	}
	wide := f.key * 1.2 // of the keys at the right end
	end := b.left + b.inner - buttons*(wide+f.gap)
	i, used := b.starts[len(b.starts)-1], 0
	for row := range rows {
		x, y := b.left, f.pad+f.line+float32(row)*(f.key+f.gap)
		if row == 0 && f.line == 0 {
			x += b.lineWidth() + f.gap
		}
		for _, w := range b.row(all[i:], end-x) {
			n, c := i, b.take(used)
			c.set(keycap{id: fmt.Sprintf("key.cand.%d", used), label: all[i].Text, act: func() { b.k.choose(n) }})
			c.Move(fyne.NewPos(x, y))
			c.Resize(fyne.NewSize(w, f.key))
			x += w + f.gap
			used++
			i++
		}
	}
	b.after = i
	for _, c := range b.cands[used:] {
		c.Hide()
	}
	b.buttons(wide, i < len(all))
}

// row gives the widths of the candidates that fit into a room. Where more follow, they share what is left over.
func (b *candidateBar) row(all []pinyin.Candidate, room float32) []float32 {
	var widths []float32
	used := -b.form.gap
	for _, c := range all {
		w := min(b.width(c.Text), room)
		if len(widths) > 0 && used+b.form.gap+w > room {
			for i := range widths {
				widths[i] += (room - used) / float32(len(widths))
			}
			break
		}
		widths = append(widths, w)
		used += b.form.gap + w
	}
	return widths
}

// buttons puts the keys at the right end: 更多 and the next page beside each other; in the open bar one below the other, with
// the page before and 退格.
func (b *candidateBar) buttons(wide float32, another bool) {
	f, open := b.form, b.k.mode.expanded
	put := func(c *key, column, row float32) {
		c.Move(fyne.NewPos(b.left+b.inner-wide-column*(wide+f.gap), f.pad+f.line+row*(f.key+f.gap)))
		c.Resize(fyne.NewSize(wide, f.key))
		c.Show()
	}
	label := b.k.word("more")
	if open {
		label = b.k.word("less")
	}
	b.more.set(keycap{id: "key.more", label: label, rank: side, act: b.k.toggle(&b.k.mode.expanded)})
	b.back.set(b.k.back(1))
	put(b.more, 0, 0)
	b.next.SetEnabled(another || len(b.starts) > 1 && !open)
	b.prev.SetEnabled(len(b.starts) > 1)
	if open {
		put(b.prev, 0, 1)
		put(b.next, 0, 2)
		put(b.back, 0, 3)
		return
	}
	put(b.next, 1, 0)
	b.prev.Hide()
	b.back.Hide()
}

// width of a candidate's key.
func (b *candidateBar) width(text string) float32 {
	w := fyne.MeasureText(text, theme.Size(theme.SizeLarge), fyne.TextStyle{}).Width
	return max(w+b.form.key*0.45, b.form.key)
}

// take gives candidate key i of the pool, shown.
func (b *candidateBar) take(i int) *key {
	if i == len(b.cands) {
		b.cands = append(b.cands, newKey(b.k))
		b.k.gather()
	}
	b.cands[i].Show()
	return b.cands[i]
}
