package touch

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/theme"
)

// Trail shows where a person is among named steps: those that are done, the present one, and what is left. It lies down
// (numbers with names below) or stands (names beside); lying, where the names do not fit, it shows only the present one's.
// Colour is never the only sign: a step that is done bears a tick, the present one a larger, filled disc and bold type.
type Trail struct {
	widget.BaseWidget
	names    []string
	at       int
	upright  bool
	progress string // such as "第 2 步，共 7 步：", before the present name where not all names fit

	objects []fyne.CanvasObject
	built   fyne.Size // for which objects were made; made anew at every layout they would have the window lay out for ever
}

// NewTrail makes a trail; upright ones stand.
func NewTrail(upright bool) *Trail {
	t := &Trail{upright: upright, at: -1}
	t.ExtendBaseWidget(t)
	return t
}

// Set changes names and place. progress is what to read before the present name where not all names fit.
func (t *Trail) Set(names []string, at int, progress string) {
	same := len(names) == len(t.names) && at == t.at && progress == t.progress
	for i := 0; same && i < len(names); i++ {
		same = names[i] == t.names[i]
	}
	if same {
		return
	}
	t.names, t.at, t.progress = append([]string(nil), names...), at, progress
	t.Refresh()
}

// Texts are the names, for a test.
func (t *Trail) Texts() []string { return t.names }

// HeightFor is the height at a width.
func (t *Trail) HeightFor(float32) float32 {
	if t.upright {
		return float32(len(t.names)) * t.pitch()
	}
	return t.disc() + px(theme.SizeCaption)*1.4 + Gap(0.5)
}

func (t *Trail) disc() float32 { return px(theme.SizeCaption) * 1.7 }

func (t *Trail) pitch() float32 { return t.disc() + Gap(2.5) }

func (t *Trail) place(s fyne.Size) {
	if t.built == s && len(t.objects) > 0 {
		return
	}
	t.built = s
	t.objects = nil
	if len(t.names) == 0 || s.Width < 1 {
		return
	}
	if t.upright {
		pitch := min(t.pitch(), s.Height/float32(len(t.names)))
		for i := range t.names {
			y := float32(i) * pitch
			if i+1 < len(t.names) {
				t.line(fyne.NewPos(t.disc()/2-2, y+t.disc()), fyne.NewSize(4, pitch-t.disc()), i < t.at)
			}
			t.mark(i, fyne.NewPos(0, y))
			t.name(i, t.names[i], fyne.NewPos(t.disc()+Gap(1), y), fyne.NewSize(s.Width-t.disc()-Gap(1), t.disc()), fyne.TextAlignLeading)
		}
		return
	}
	cell := s.Width / float32(len(t.names))
	all := true
	for i, name := range t.names {
		all = all && fyne.MeasureText(name, px(theme.SizeCaption), fyne.TextStyle{Bold: i == t.at}).Width <= cell-Gap(0.25)
	}
	for i := range t.names {
		x := float32(i) * cell
		if i > 0 {
			t.line(fyne.NewPos(x-cell/2+t.disc()/2, t.disc()/2-2), fyne.NewSize(cell-t.disc(), 4), i <= t.at)
		}
		t.mark(i, fyne.NewPos(x+(cell-t.disc())/2, 0))
		if all {
			t.name(i, t.names[i], fyne.NewPos(x, t.disc()+Gap(0.25)), fyne.NewSize(cell, px(theme.SizeCaption)*1.4), fyne.TextAlignCenter)
		}
	}
	if !all && t.at >= 0 && t.at < len(t.names) {
		t.name(t.at, t.progress+t.names[t.at], fyne.NewPos(0, t.disc()+Gap(0.25)), fyne.NewSize(s.Width, px(theme.SizeCaption)*1.4), fyne.TextAlignCenter)
	}
}

func (t *Trail) line(at fyne.Position, size fyne.Size, done bool) {
	name := theme.ColorLine
	if done {
		name = theme.ColorBrand
	}
	r := canvas.NewRectangle(theme.Color(name))
	r.Move(at)
	r.Resize(size)
	t.objects = append(t.objects, r)
}

func (t *Trail) mark(i int, at fyne.Position) {
	d := t.disc()
	fill, edge, text := theme.ColorCard, theme.ColorEdge, theme.ColorMuted
	if i <= t.at {
		fill, edge, text = theme.ColorBrand, theme.ColorBrand, theme.ColorOnBrand
	}
	disc := canvas.NewRectangle(theme.Color(fill))
	disc.StrokeColor, disc.StrokeWidth, disc.CornerRadius = theme.Color(edge), px(theme.SizeStroke), d/2
	disc.Move(at)
	disc.Resize(fyne.NewSquareSize(d))
	t.objects = append(t.objects, disc)
	if i < t.at {
		tick := canvas.NewImageFromResource(painted("check", text))
		tick.FillMode = canvas.ImageFillContain
		tick.Move(at.AddXY(d*0.2, d*0.2))
		tick.Resize(fyne.NewSquareSize(d * 0.6))
		t.objects = append(t.objects, tick)
		return
	}
	n := canvas.NewText(strconv.Itoa(i+1), theme.Color(text))
	n.TextSize, n.TextStyle.Bold, n.Alignment = px(theme.SizeCaption), i == t.at, fyne.TextAlignCenter
	setLine(n, at, d, d)
	t.objects = append(t.objects, n)
}

func (t *Trail) name(i int, name string, at fyne.Position, room fyne.Size, align fyne.TextAlign) {
	color := theme.ColorMuted
	if i == t.at {
		color = theme.ColorBrand
	}
	style := fyne.TextStyle{Bold: i == t.at}
	size := px(theme.SizeCaption)
	if t.upright {
		size = px(theme.SizeBody)
	}
	if fyne.MeasureText(name, size, style).Width > room.Width {
		name = ellipsis(name, room.Width, size, style)
	}
	n := canvas.NewText(name, theme.Color(color))
	n.TextSize, n.TextStyle, n.Alignment = size, style, align
	setLine(n, at, room.Width, room.Height)
	t.objects = append(t.objects, n)
}

// CreateRenderer draws the steps.
func (t *Trail) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: func() []fyne.CanvasObject { return t.objects },
		layout:  t.place,
		least:   func() fyne.Size { return fyne.NewSize(1, t.HeightFor(0)) },
		refresh: func() { t.built = fyne.Size{}; t.place(t.Size()); canvas.Refresh(t) },
	}
}
