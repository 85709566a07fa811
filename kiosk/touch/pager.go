package touch

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zizhuban/kiosk/theme"
)

// PagerLabels are a pager's words in the language of the visit.
type PagerLabels struct {
	Back, Forward string
	At            func(page, pages int) string // such as 第 1 页，共 3 页; both from 1
}

// Pager turns pages: 上一页, where one is, 下一页. With one page only it is hidden.
type Pager struct {
	*fyne.Container
	labels        PagerLabels
	back, forward *Button
	at            *Text
	page, pages   int
	onTurn        func(page int)
}

// NewPager makes a pager; prefix is what its buttons' IDs begin with, such as list.
func NewPager(prefix string, labels PagerLabels, onTurn func(page int)) *Pager {
	p := &Pager{labels: labels, onTurn: onTurn, at: NewText("", Muted.Centred().Max(1))}
	p.back = NewButton(prefix+".page.back", labels.Back, "chevron-left", Secondary, func() { p.turn(-1) })
	p.forward = NewButton(prefix+".page.forward", labels.Forward, "chevron-right", Secondary, func() { p.turn(1) }).IconAfter()
	p.Container = Row(Gap(1), []float32{3, 3, 3}, p.back, p.at, p.forward)
	p.Set(0, 1)
	return p
}

// SetLabels changes the words.
func (p *Pager) SetLabels(l PagerLabels) {
	p.labels = l
	p.back.SetLabel(l.Back)
	p.forward.SetLabel(l.Forward)
	p.Set(p.page, p.pages)
}

// Set tells which page, from 0, of how many is seen.
func (p *Pager) Set(page, pages int) {
	p.page, p.pages = page, pages
	if p.labels.At != nil {
		p.at.SetShort(strconv.Itoa(page+1) + " / " + strconv.Itoa(pages))
		p.at.SetText(p.labels.At(page+1, pages))
	}
	p.back.SetEnabled(page > 0)
	p.forward.SetEnabled(page+1 < pages)
	show(p.Container, pages > 1)
}

// Page is the page that is seen, from 0.
func (p *Pager) Page() int { return p.page }

func (p *Pager) turn(by int) {
	if to := p.page + by; to >= 0 && to < p.pages {
		p.onTurn(to)
	}
}

// Pages shows as many of its sections as fit, from the top, and the rest on further pages, which a Pager at its foot turns.
// A section is never divided; one that is higher than a page has a page of its own and is cut off, which screens avoid by
// giving small sections.
type Pages struct {
	*fyne.Container
	layout *pagesLayout
	pager  *Pager
	onTurn func()
}

// NewPages makes an empty sequence of pages. onTurn is called when another page is seen; it may be nil.
func NewPages(prefix string, labels PagerLabels, columns int, onTurn func()) *Pages {
	p := &Pages{onTurn: onTurn}
	p.pager = NewPager(prefix, labels, p.Turn)
	p.layout = &pagesLayout{pager: p.pager, columns: max(1, columns), gap: Gap(1)}
	p.Container = container.New(p.layout)
	return p
}

// Detach takes the pager out of the pages: the screen puts it elsewhere.
func (p *Pages) Detach() *Pager {
	p.layout.apart = true
	return p.pager
}

// SetSections changes what is shown, from the first page on.
func (p *Pages) SetSections(sections []fyne.CanvasObject) {
	p.layout.sections, p.layout.page = sections, 0
	objects := append([]fyne.CanvasObject{}, sections...)
	if !p.layout.apart {
		objects = append(objects, p.pager.Container)
	}
	p.Container.Objects = objects
	p.layout.Layout(nil, p.Size())
	p.Container.Refresh()
}

// SetGap changes the distance between sections.
func (p *Pages) SetGap(gap float32) { p.layout.gap = gap }

// Fill makes rows higher where a whole page of them leaves room below, so that a grid fills what it is given.
func (p *Pages) Fill() *Pages {
	p.layout.fill = true
	return p
}

// Peek leaves the pager out where there is room only for it or for the first row, as above a keyboard.
func (p *Pages) Peek() *Pages {
	p.layout.peek = true
	return p
}

// Turn shows a page, from 0.
func (p *Pages) Turn(page int) {
	p.layout.page = page
	p.layout.Layout(nil, p.Size())
	p.Container.Refresh()
	if p.onTurn != nil {
		p.onTurn()
	}
}

// Page is the page that is seen, from 0.
func (p *Pages) Page() int { return p.layout.page }

// Count is how many pages there are at the present size.
func (p *Pages) Count() int { return max(1, len(p.layout.starts)) }

// Last tells whether the last page is seen.
func (p *Pages) Last() bool { return p.layout.page+1 >= p.Count() }

type pagesLayout struct {
	pager    *Pager
	sections []fyne.CanvasObject
	columns  int
	gap      float32
	fill     bool
	peek     bool
	apart    bool // the pager stands elsewhere
	page     int
	starts   []int // first section of each page
}

// split finds where pages begin when they are height high.
func (l *pagesLayout) split(cell, height float32) []int {
	starts := []int{0}
	y := float32(0)
	for i := 0; i < len(l.sections); i += l.columns {
		h := l.rowHeight(i, cell)
		if y > 0 && y+h > height+0.5 {
			starts = append(starts, i)
			y = 0
		}
		y += h + l.gap
	}
	return starts
}

func (l *pagesLayout) rowHeight(at int, cell float32) float32 {
	h := float32(0)
	for _, o := range l.sections[at:min(at+l.columns, len(l.sections))] {
		h = max(h, HeightFor(o, cell))
	}
	return h
}

// Layout shows the sections of the present page.
func (l *pagesLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if size.Width < 1 || size.Height < 1 {
		return
	}
	cell := (size.Width - l.gap*float32(l.columns-1)) / float32(l.columns)
	foot := px(theme.SizeTouch) + Gap(1.5)
	if l.apart || l.peek && size.Height-foot < l.rowHeight(0, cell) {
		foot = 0
	}
	l.starts = l.split(cell, size.Height)
	if len(l.starts) > 1 {
		l.starts = l.split(cell, size.Height-foot)
	}
	l.page = min(max(0, l.page), len(l.starts)-1)
	from, to := l.starts[l.page], len(l.sections)
	if l.page+1 < len(l.starts) {
		to = l.starts[l.page+1]
	}
	y, extra := float32(0), l.extra(cell, size.Height, foot)
	for i := 0; i < len(l.sections); i++ {
		show(l.sections[i], i >= from && i < to)
	}
	for i := from; i < to; i += l.columns {
		h := l.rowHeight(i, cell) + extra
		for j := i; j < min(i+l.columns, to); j++ {
			l.sections[j].Move(fyne.NewPos(float32(j-i)*(cell+l.gap), y))
			l.sections[j].Resize(fyne.NewSize(cell, h))
		}
		y += h + l.gap
	}
	l.pager.Set(l.page, len(l.starts))
	if l.apart {
		return
	}
	if foot == 0 {
		l.pager.Set(0, 1)
	}
	l.pager.Move(fyne.NewPos(0, size.Height-px(theme.SizeTouch)))
	l.pager.Resize(fyne.NewSize(size.Width, px(theme.SizeTouch)))
}

// extra is how much higher each row of a grid may be, so that the first page fills its height; at most half as high again.
func (l *pagesLayout) extra(cell, height, foot float32) float32 {
	if !l.fill || len(l.sections) == 0 {
		return 0
	}
	to := len(l.sections)
	if len(l.starts) > 1 {
		to, height = l.starts[1], height-foot
	}
	used, rows := -l.gap, float32(0)
	for i := 0; i < to; i += l.columns {
		used += l.rowHeight(i, cell) + l.gap
		rows++
	}
	return min(max(0, (height-used)/rows), l.rowHeight(0, cell)/2)
}

// HeightFor is what all sections need on one page.
func (l *pagesLayout) HeightFor(_ []fyne.CanvasObject, width float32) float32 {
	cell := (width - l.gap*float32(l.columns-1)) / float32(l.columns)
	h := float32(0)
	for i := 0; i < len(l.sections); i += l.columns {
		if i > 0 {
			h += l.gap
		}
		h += l.rowHeight(i, cell)
	}
	return h
}

// MinSize is small: pages take the room that they are given.
func (l *pagesLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(1, 2*px(theme.SizeTouch))
}
