package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zizhuban/kiosk/theme"
)

// Column puts objects below each other at full width, gap pixels apart. Hidden ones take no room. What is left over goes to
// the objects made by Stretch.
func Column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(column{gap}, objects...)
}

// Row puts objects beside each other at full height. A weight is the share of the width that an object gets; with weight 0 it
// gets what it needs.
func Row(gap float32, weights []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(row{gap: gap, weights: weights}, objects...)
}

// Grid puts objects into equal columns, from left to right; each row is as high as its highest.
func Grid(columns int, gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(grid{columns: columns, gap: gap}, objects...)
}

// Fitting puts objects below each other and shows only those, from the first on, for which there is room.
func Fitting(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&fitted{gap}, objects...)
}

// Inset keeps room around an object: left and right, above and below.
func Inset(x, y float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(inset{x, y}, o)
}

// Narrow keeps an object no wider than width, in the middle.
func Narrow(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(narrow{width}, o)
}

// Middle keeps an object at the height that it needs, in the middle of the height that there is.
func Middle(o fyne.CanvasObject) *fyne.Container { return container.New(middle{}, o) }

// Box gives an object a least size.
func Box(width, height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(box{fyne.NewSize(width, height)}, o)
}

// Stretch makes an object take what is left over in a column.
func Stretch(o fyne.CanvasObject) *fyne.Container { return container.New(stretch{}, o) }

// Space is an empty object that takes what is left over in a column.
func Space() *fyne.Container { return container.New(stretch{}) }

// Split puts one object above another: the upper one gets the height that it needs, up to a share of what there is, the lower
// one the rest.
func Split(gap, share float32, upper, lower fyne.CanvasObject) *fyne.Container {
	return container.New(split{gap, share}, upper, lower)
}

// Over puts objects on top of each other, each at full size.
func Over(objects ...fyne.CanvasObject) *fyne.Container { return container.New(over{}, objects...) }

type column struct{ gap float32 }

func (l column) heights(objects []fyne.CanvasObject, width float32) (heights []float32, sum float32, stretchers int) {
	first := true
	heights = make([]float32, len(objects))
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		if !first {
			sum += l.gap
		}
		first = false
		if isStretch(o) {
			stretchers++
		}
		heights[i] = HeightFor(o, width)
		sum += heights[i]
	}
	return heights, sum, stretchers
}

func (l column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	heights, sum, stretchers := l.heights(objects, size.Width)
	extra, give := float32(0), float32(0)
	if stretchers > 0 {
		extra = max(0, size.Height-sum) / float32(stretchers)
	}
	// With too little room the stretching objects give way, each in proportion to its height.
	if over := sum - size.Height; over > 0 {
		yielding := float32(0)
		for i, o := range objects {
			if o.Visible() && isStretch(o) {
				yielding += heights[i]
			}
		}
		if yielding > 0 {
			give = min(1, over/yielding)
		}
	}
	y := float32(0)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		h := heights[i]
		if isStretch(o) {
			h += extra - give*h
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + l.gap
	}
}

func (l column) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	_, sum, _ := l.heights(objects, width)
	return sum
}

func (l column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w, l.HeightFor(objects, w))
}

type row struct {
	gap     float32
	weights []float32
}

func (l row) widths(objects []fyne.CanvasObject, width float32) []float32 {
	out := make([]float32, len(objects))
	var fixed, weights float32
	first := true
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		if !first {
			fixed += l.gap
		}
		first = false
		if w := l.weight(i); w > 0 {
			weights += w
		} else {
			out[i] = o.MinSize().Width
			fixed += out[i]
		}
	}
	for i, o := range objects {
		if w := l.weight(i); w > 0 && o.Visible() {
			out[i] = max(0, width-fixed) * w / weights
		}
	}
	return out
}

func (l row) weight(i int) float32 {
	if i < len(l.weights) {
		return l.weights[i]
	}
	return 0
}

func (l row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, w := range l.widths(objects, size.Width) {
		if !objects[i].Visible() {
			continue
		}
		objects[i].Move(fyne.NewPos(x, 0))
		objects[i].Resize(fyne.NewSize(w, size.Height))
		x += w + l.gap
	}
}

func (l row) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for i, w := range l.widths(objects, width) {
		if objects[i].Visible() {
			h = max(h, HeightFor(objects[i], w))
		}
	}
	return h
}

func (l row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		s.Width += least.Width
		s.Height = max(s.Height, least.Height)
		n++
	}
	s.Width += l.gap * float32(max(0, n-1))
	return s
}

type grid struct {
	columns int
	gap     float32
}

func (l grid) each(objects []fyne.CanvasObject, width float32, place func(o fyne.CanvasObject, x, y, w, h float32)) float32 {
	cell := (width - l.gap*float32(l.columns-1)) / float32(l.columns)
	var shown []fyne.CanvasObject
	for _, o := range objects {
		if o.Visible() {
			shown = append(shown, o)
		}
	}
	y := float32(0)
	for at := 0; at < len(shown); at += l.columns {
		end := min(at+l.columns, len(shown))
		h := float32(0)
		for _, o := range shown[at:end] {
			h = max(h, HeightFor(o, cell))
		}
		if at > 0 {
			y += l.gap
		}
		for i, o := range shown[at:end] {
			place(o, float32(i)*(cell+l.gap), y, cell, h)
		}
		y += h
	}
	return y
}

func (l grid) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.each(objects, size.Width, func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	})
}

func (l grid) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.each(objects, width, func(fyne.CanvasObject, float32, float32, float32, float32) {})
}

func (l grid) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)*float32(l.columns) + l.gap*float32(l.columns-1)
	return fyne.NewSize(w, l.HeightFor(objects, w))
}

type fitted struct{ gap float32 }

func (l *fitted) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y, room := float32(0), true
	for _, o := range objects {
		h := HeightFor(o, size.Width)
		room = room && y+h <= size.Height+0.5
		show(o, room)
		if room {
			o.Move(fyne.NewPos(0, y))
			o.Resize(fyne.NewSize(size.Width, h))
			y += h + l.gap
		}
	}
}

func (l *fitted) HeightFor([]fyne.CanvasObject, float32) float32 { return 0 }

func (l *fitted) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }

type inset struct{ x, y float32 }

func (l inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(l.x, l.y))
		o.Resize(fyne.NewSize(max(0, size.Width-2*l.x), max(0, size.Height-2*l.y)))
	}
}

func (l inset) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return tallest(objects, width-2*l.x) + 2*l.y
}

func (l inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w+2*l.x, tallest(objects, w)+2*l.y)
}

type narrow struct{ width float32 }

func (l narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w := min(l.width, size.Width)
	for _, o := range objects {
		o.Move(fyne.NewPos((size.Width-w)/2, 0))
		o.Resize(fyne.NewSize(w, size.Height))
	}
}

func (l narrow) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return tallest(objects, min(l.width, width))
}

func (l narrow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := min(l.width, widest(objects))
	return fyne.NewSize(w, tallest(objects, w))
}

type middle struct{}

func (middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		h := min(HeightFor(o, size.Width), size.Height)
		o.Move(fyne.NewPos(0, (size.Height-h)/2))
		o.Resize(fyne.NewSize(size.Width, h))
	}
}

func (middle) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return tallest(objects, width)
}

func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w, tallest(objects, w))
}

type box struct{ least fyne.Size }

func (l box) Layout(objects []fyne.CanvasObject, size fyne.Size) { over{}.Layout(objects, size) }

func (l box) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return max(l.least.Height, tallest(objects, width))
}

func (l box) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := max(l.least.Width, widest(objects))
	return fyne.NewSize(w, l.HeightFor(objects, w))
}

type split struct{ gap, share float32 }

func (l split) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	upper := min(HeightFor(objects[0], size.Width), size.Height*l.share)
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(size.Width, upper))
	objects[1].Move(fyne.NewPos(0, upper+l.gap))
	objects[1].Resize(fyne.NewSize(size.Width, max(0, size.Height-upper-l.gap)))
}

func (l split) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return HeightFor(objects[0], width) + l.gap + HeightFor(objects[1], width)
}

func (l split) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w, l.HeightFor(objects, w))
}

type over struct{}

func (over) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

func (over) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return tallest(objects, width)
}

func (over) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := widest(objects)
	return fyne.NewSize(w, tallest(objects, w))
}

type stretch struct{ over }

func isStretch(o fyne.CanvasObject) bool {
	c, ok := o.(*fyne.Container)
	if !ok {
		return false
	}
	_, ok = c.Layout.(stretch)
	return ok
}

func widest(objects []fyne.CanvasObject) float32 {
	var w float32
	for _, o := range objects {
		if o.Visible() {
			w = max(w, o.MinSize().Width)
		}
	}
	return w
}

func tallest(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for _, o := range objects {
		if o.Visible() {
			h = max(h, HeightFor(o, width))
		}
	}
	return h
}

// Panel is a card: a surface with rounded corners around an object. Surface and edge are names of colours; an empty edge
// draws none.
func Panel(surface, edge fyne.ThemeColorName, pad float32, o fyne.CanvasObject) *fyne.Container {
	return Over(newSurface(surface, edge), Inset(pad, pad, o))
}

// Card is a Panel in the colours of a card.
func Card(o fyne.CanvasObject) *fyne.Container {
	return Panel(theme.ColorCard, theme.ColorLine, Gap(1.75), o)
}

// Rule is a thin line across.
func Rule() fyne.CanvasObject { return Box(1, 2, newSurface(theme.ColorLine, "")) }
