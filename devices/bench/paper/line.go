package paper

import "strings"

// line is what waits in the print buffer.
type line struct {
	items []item
	x     int // where the next character goes
}

// item is one character or one picture in the buffer.
type item struct {
	glyph
	mode mode // its looks
	advance, height,
	wide, tall int
	chinese bool
}

func (l *line) empty() bool { return len(l.items) == 0 }

// text is what the buffer says.
func (l *line) text() string {
	var b strings.Builder
	for _, it := range l.items {
		b.WriteRune(it.r)
	}
	return b.String()
}

// character puts a character into the buffer, after printing a line that is full.
func (i *Interpreter) character(t token, raw []byte) Effect {
	m := i.mode
	it := item{glyph: glyph{r: t.char}, mode: m, wide: m.wide, tall: m.tall, chinese: t.wide}
	cell, before := column, 0
	it.height = 24
	switch {
	case t.wide:
		cell = 24
		before = m.before * m.wide
		it.advance = m.after * m.wide
		if len(raw) == 2 {
			it.image = i.glyphs[[2]byte{raw[0], raw[1]}]
		}
		if it.image != nil {
			it.r = Picture
		}
	case m.small:
		cell = 9
		it.height = 17
		it.advance = m.right * m.wide
	default:
		it.advance = m.right * m.wide
	}
	it.dots = cell * m.wide
	it.height *= m.tall
	it.advance += it.dots
	return i.place(it, before, "text")
}

// place puts an item at the end of the line.
func (i *Interpreter) place(it item, before int, name string) Effect {
	e := Effect{Command: name}
	if i.line.x+before+it.dots > i.mode.area && !i.line.empty() {
		e.Feed = i.printLine(i.mode.spacing)
	}
	if before+it.dots > i.mode.area {
		i.problem(name, "wider than the print area: left out")
		return e
	}
	it.x = i.line.x + before
	i.line.items = append(i.line.items, it)
	i.line.x = it.x + it.advance
	return e
}

// printLine prints the buffer and feeds at least that far; it gives the dots that the paper moved.
func (i *Interpreter) printLine(feed int) int {
	items := i.line.items
	i.line = line{}
	if len(items) == 0 {
		i.y += feed
		return feed
	}
	height, end := 0, 0
	for _, it := range items {
		height, end = max(height, it.height), max(end, it.x+it.dots)
	}
	left := i.mode.margin + shift(i.mode.align, i.mode.area-end)
	l := Line{Y: i.y, Height: height, Align: i.mode.align}
	for _, it := range items {
		it.x += left
		it.glyph.x = it.x
		l.add(it)
	}
	i.slip.Lines = append(i.slip.Lines, l)
	feed = max(feed, height)
	i.y += feed
	return feed
}

// shift is how far something moves to the right that leaves room beside it.
func shift(a Align, room int) int {
	if room <= 0 {
		return 0
	}
	switch a {
	case Centre:
		return room / 2
	case Right:
		return room
	}
	return 0
}

// add puts an item into the last run, or into a new one where it looks different or stands apart.
func (l *Line) add(it item) {
	underline := it.mode.underline
	if it.chinese {
		underline = it.mode.kanjiLine
	}
	r := Run{
		X: it.x, Dots: it.dots, Text: string(it.r), Wide: it.wide, Tall: it.tall, Bold: it.mode.bold,
		Small: it.mode.small && !it.chinese && it.image == nil, Underline: underline, Reverse: it.mode.reverse, Image: it.image,
		glyphs: []glyph{it.glyph},
	}
	if n := len(l.Runs); n > 0 {
		p := &l.Runs[n-1]
		gap := it.x - (p.X + p.Dots)
		alike := p.Wide == r.Wide && p.Tall == r.Tall && p.Bold == r.Bold && p.Small == r.Small &&
			p.Underline == r.Underline && p.Reverse == r.Reverse && p.Image == nil && r.Image == nil
		if alike && gap >= 0 && gap < column {
			p.Text += r.Text
			p.Dots = it.x + it.dots - p.X
			p.glyphs = append(p.glyphs, it.glyph)
			return
		}
	}
	l.Runs = append(l.Runs, r)
}

// tab moves to the next tab stop.
func (i *Interpreter) tab() {
	stops := i.mode.tabs
	if stops == nil {
		for c := 8; c < 48; c += 8 {
			stops = append(stops, c)
		}
	}
	for _, c := range stops {
		if x := c * column; x > i.line.x && x < i.mode.area {
			i.line.x = x
			return
		}
	}
}
