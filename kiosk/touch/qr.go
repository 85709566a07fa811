package touch

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"
)

// QR is a QR code to be photographed with a phone: black on white in every mode, with its quiet zone, each module a whole
// number of pixels.
type QR struct {
	widget.BaseWidget
	side   float32
	text   string
	bits   [][]bool
	raster *canvas.Raster
}

// NewQR makes a code of a side in pixels. An empty text, or one too long for a code, shows nothing.
func NewQR(text string, side float32) *QR {
	q := &QR{side: side}
	q.raster = canvas.NewRaster(q.draw)
	q.raster.ScaleMode = canvas.ImageScalePixels
	q.encode(text)
	q.ExtendBaseWidget(q)
	return q
}

// SetText changes what the code says.
func (q *QR) SetText(text string) {
	if q.text == text {
		return
	}
	q.encode(text)
	q.Refresh()
}

// Text is what the code says.
func (q *QR) Text() string { return q.text }

func (q *QR) encode(text string) {
	q.text, q.bits = text, nil
	if text == "" {
		return
	}
	if code, err := qrcode.New(text, qrcode.Medium); err == nil {
		q.bits = code.Bitmap() // quiet zone included
	}
}

// Readable tells whether there is a code to photograph.
func (q *QR) Readable() bool { return q.bits != nil }

// Picture draws the code into a picture of w by h pixels.
func (q *QR) Picture(w, h int) image.Image { return q.draw(w, h) }

func (q *QR) draw(w, h int) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black})
	n := len(q.bits)
	if n == 0 {
		return img
	}
	module := min(w, h) / n
	if module == 0 {
		return img
	}
	x0, y0 := (w-module*n)/2, (h-module*n)/2
	for y, row := range q.bits {
		for x, dark := range row {
			if !dark {
				continue
			}
			for dy := range module {
				at := (y0+y*module+dy)*img.Stride + x0 + x*module
				for dx := range module {
					img.Pix[at+dx] = 1
				}
			}
		}
	}
	return img
}

// CreateRenderer draws the code.
func (q *QR) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: func() []fyne.CanvasObject { return []fyne.CanvasObject{q.raster} },
		layout: func(s fyne.Size) {
			side := min(s.Width, s.Height)
			q.raster.Resize(fyne.NewSquareSize(side))
			q.raster.Move(fyne.NewPos((s.Width-side)/2, (s.Height-side)/2))
		},
		least:   func() fyne.Size { return fyne.NewSquareSize(q.side) },
		refresh: func() { q.raster.Refresh() },
	}
}
