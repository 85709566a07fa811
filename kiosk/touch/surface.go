package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/assets/icons"
	"zizhuban/kiosk/theme"
)

// surface is a rectangle in colours of the theme, with rounded corners unless it is square.
type surface struct {
	widget.BaseWidget
	fill, edge fyne.ThemeColorName
	square     bool
	rect       *canvas.Rectangle
}

func newSurface(fill, edge fyne.ThemeColorName) *surface {
	s := &surface{fill: fill, edge: edge, rect: canvas.NewRectangle(nil)}
	s.ExtendBaseWidget(s)
	return s
}

// Surface is a plain area of a colour, with square corners.
func Surface(fill fyne.ThemeColorName) fyne.CanvasObject {
	s := newSurface(fill, "")
	s.square = true
	return s
}

func (s *surface) paint() {
	s.rect.FillColor, s.rect.StrokeColor, s.rect.StrokeWidth, s.rect.CornerRadius = theme.Color(s.fill), nil, 0, px(theme.SizeRadius)
	if s.edge != "" {
		s.rect.StrokeColor, s.rect.StrokeWidth = theme.Color(s.edge), px(theme.SizeStroke)
	}
	if s.square {
		s.rect.CornerRadius = 0
	}
}

// CreateRenderer draws the rectangle.
func (s *surface) CreateRenderer() fyne.WidgetRenderer {
	s.paint()
	return &renderer{
		objects: func() []fyne.CanvasObject { return []fyne.CanvasObject{s.rect} },
		layout:  func(size fyne.Size) { s.rect.Resize(size) },
		least:   func() fyne.Size { return fyne.Size{} },
		refresh: func() { s.paint(); canvas.Refresh(s.rect) },
	}
}

// Icon is a line icon of assets/icons in a colour of the theme.
type Icon struct {
	widget.BaseWidget
	name  string
	color fyne.ThemeColorName
	size  float32 // side; 0 for the theme's
	image *canvas.Image
}

// NewIcon makes an icon of a side in pixels; 0 is the theme's size of an icon.
func NewIcon(name string, color fyne.ThemeColorName, side float32) *Icon {
	i := &Icon{name: name, color: color, size: side, image: &canvas.Image{FillMode: canvas.ImageFillContain}}
	i.ExtendBaseWidget(i)
	return i
}

// Set changes icon and colour.
func (i *Icon) Set(name string, color fyne.ThemeColorName) {
	if i.name == name && i.color == color {
		return
	}
	i.name, i.color = name, color
	i.Refresh()
}

func (i *Icon) side() float32 {
	if i.size > 0 {
		return i.size
	}
	return px(theme.SizeIcon)
}

// painted is an icon as a resource; its name tells its colour, as Fyne keeps drawn icons by name.
func painted(name string, color fyne.ThemeColorName) fyne.Resource {
	c := theme.Color(color)
	r, g, b, _ := c.RGBA()
	key := string([]byte{hex(r >> 12), hex(r >> 8), hex(g >> 12), hex(g >> 8), hex(b >> 12), hex(b >> 8)})
	return fyne.NewStaticResource(name+"-"+key+".svg", icons.Painted(name, c))
}

// setIcon paints an icon into an image; a picture that is there already is left alone, as painting costs.
func setIcon(image *canvas.Image, name string, color fyne.ThemeColorName) {
	if r := painted(name, color); image.Resource == nil || image.Resource.Name() != r.Name() {
		image.Resource = r
		image.Refresh()
	}
}

// setLine puts a line of text into a stretch of height high, its letters in the middle.
func setLine(t *canvas.Text, at fyne.Position, width, high float32) {
	h := fyne.MeasureText(t.Text, t.TextSize, t.TextStyle).Height
	t.Resize(fyne.NewSize(width, h))
	t.Move(fyne.NewPos(at.X, at.Y+(high-h)/2))
}

func hex(v uint32) byte { return "0123456789abcdef"[v&0xF] }

// CreateRenderer draws the icon in the middle.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	setIcon(i.image, i.name, i.color)
	return &renderer{
		objects: func() []fyne.CanvasObject { return []fyne.CanvasObject{i.image} },
		layout: func(size fyne.Size) {
			side := min(i.side(), size.Width, size.Height)
			i.image.Resize(fyne.NewSquareSize(side))
			i.image.Move(fyne.NewPos((size.Width-side)/2, (size.Height-side)/2))
		},
		least:   func() fyne.Size { return fyne.NewSquareSize(i.side()) },
		refresh: func() { setIcon(i.image, i.name, i.color) },
	}
}
