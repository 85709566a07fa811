package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/theme"
)

// Style is how a text is set: names of the theme's size and colour, so that it follows the mode.
type Style struct {
	Size  fyne.ThemeSizeName  // SizeBody when empty
	Color fyne.ThemeColorName // ColorInk when empty
	Bold  bool
	Align fyne.TextAlign
	Lines int // at most so many, the last one shortened with "…"; 0 for as many as it takes
}

// The styles that screens use most.
var (
	Body    = Style{}
	Muted   = Style{Color: theme.ColorMuted}
	Caption = Style{Size: theme.SizeCaption, Color: theme.ColorMuted}
	Strong  = Style{Bold: true}
	Large   = Style{Size: theme.SizeLarge}
	Heading = Style{Size: theme.SizeHeading, Bold: true}
	Title   = Style{Size: theme.SizeTitle, Bold: true}
)

// In is the style in another colour.
func (s Style) In(color fyne.ThemeColorName) Style { s.Color = color; return s }

// Centred is the style set in the middle.
func (s Style) Centred() Style { s.Align = fyne.TextAlignCenter; return s }

// Max is the style with at most n lines.
func (s Style) Max(n int) Style { s.Lines = n; return s }

// Text is a text that is broken into lines at its width. It is Flexible.
type Text struct {
	widget.BaseWidget
	text  string
	short string
	style Style

	lines []*canvas.Text
	broke struct { // what lines were made of
		text  string
		style Style
		size  float32
		width float32
	}
}

// NewText makes a text.
func NewText(text string, style Style) *Text {
	t := &Text{text: text, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// Text is what it reads.
func (t *Text) Text() string { return t.text }

// SetText changes what it reads; nothing is drawn anew where that is the same.
func (t *Text) SetText(text string) {
	if t.text == text {
		return
	}
	t.text = text
	t.Refresh()
}

// SetShort gives words to read instead where a text of one line does not fit.
func (t *Text) SetShort(short string) {
	if t.short != short {
		t.short, t.broke.width = short, 0
		t.Refresh()
	}
}

// SetStyle changes how it is set.
func (t *Text) SetStyle(style Style) {
	if t.style == style {
		return
	}
	t.style = style
	t.Refresh()
}

// HeightFor is the height at a width.
func (t *Text) HeightFor(width float32) float32 {
	n := len(t.breakAt(width))
	return float32(max(n, 1)) * t.lineHeight()
}

// Width is the width of the text without any breaking.
func (t *Text) Width() float32 {
	var w float32
	for _, line := range breakLines(t.text, 0, t.size(), t.face()) {
		w = max(w, fyne.MeasureText(line, t.size(), t.face()).Width)
	}
	return w
}

func (t *Text) size() float32 {
	if t.style.Size == "" {
		return px(theme.SizeBody)
	}
	return px(t.style.Size)
}

func (t *Text) face() fyne.TextStyle { return fyne.TextStyle{Bold: t.style.Bold} }

func (t *Text) lineHeight() float32 { return t.size() * theme.LineHeight }

func (t *Text) breakAt(width float32) []string {
	lines := breakLines(t.text, width, t.size(), t.face())
	if n := t.style.Lines; n > 0 && len(lines) > n {
		if n == 1 && t.short != "" {
			lines = breakLines(t.short, width, t.size(), t.face())
		}
		if len(lines) == n {
			return lines
		}
		lines = lines[:n]
		lines[n-1] = ellipsis(lines[n-1], width, t.size(), t.face())
	}
	return lines
}

// CreateRenderer draws a line of canvas text for each line.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: func() []fyne.CanvasObject {
			out := make([]fyne.CanvasObject, len(t.lines))
			for i, l := range t.lines {
				out[i] = l
			}
			return out
		},
		layout: func(s fyne.Size) { t.place(s) },
		least: func() fyne.Size {
			if t.style.Lines == 1 { // never broken, so it has a width of its own
				return fyne.NewSize(t.Width(), t.lineHeight())
			}
			if w := t.Size().Width; w > 1 {
				return fyne.NewSize(1, t.HeightFor(w))
			}
			return fyne.NewSize(1, t.lineHeight())
		},
		refresh: func() { t.place(t.Size()); canvas.Refresh(t) },
	}
}

// place breaks the text where it has changed, and puts the lines from the top down; a text that is higher than its lines is
// set in the middle of its height.
func (t *Text) place(s fyne.Size) {
	color := t.style.Color
	if color == "" {
		color = theme.ColorInk
	}
	ink, size := theme.Color(color), t.size()
	if b := &t.broke; b.text != t.text || b.style != t.style || b.size != size || b.width != s.Width {
		b.text, b.style, b.size, b.width = t.text, t.style, size, s.Width
		lines := t.breakAt(s.Width)
		for len(t.lines) < len(lines) {
			t.lines = append(t.lines, canvas.NewText("", ink))
		}
		t.lines = t.lines[:len(lines)]
		for i, line := range lines {
			t.lines[i].Text = line
		}
	}
	h := t.lineHeight()
	top := max(0, (s.Height-h*float32(len(t.lines)))/2)
	for i, l := range t.lines {
		l.Color, l.TextSize, l.TextStyle, l.Alignment = ink, size, t.face(), t.style.Align
		setLine(l, fyne.NewPos(0, top+h*float32(i)), s.Width, h)
	}
}
