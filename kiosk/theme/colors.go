package theme

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The colours. "Text" colours reach 7:1 on Paper, Card, Accent and the soft surfaces of their own kind.
const (
	ColorInk      fyne.ThemeColorName = "kiosk.ink"       // text
	ColorMuted    fyne.ThemeColorName = "kiosk.muted"     // text of the second rank
	ColorPaper    fyne.ThemeColorName = "kiosk.paper"     // surface of the window
	ColorCard     fyne.ThemeColorName = "kiosk.card"      // surface of a card, a field, a key
	ColorBrand    fyne.ThemeColorName = "kiosk.brand"     // surface of the main button and the top bar; text and icons that can be touched
	ColorOnBrand  fyne.ThemeColorName = "kiosk.on-brand"  // text on Brand, BrandDeep and Danger
	ColorAccent   fyne.ThemeColorName = "kiosk.accent"    // surface of what is chosen or pressed; Ink and Brand stand on it
	ColorDanger   fyne.ThemeColorName = "kiosk.danger"    // text of an error; surface of a button that ends or deletes
	ColorWarn     fyne.ThemeColorName = "kiosk.warn"      // text of a warning
	ColorOK       fyne.ThemeColorName = "kiosk.ok"        // text of what went well
	ColorLine     fyne.ThemeColorName = "kiosk.line"      // lines that only part; never the only edge of a control
	ColorEdge     fyne.ThemeColorName = "kiosk.edge"      // edge of a control, 3:1 on Paper and Card
	ColorDeep     fyne.ThemeColorName = "kiosk.deep"      // Brand while it is pressed
	ColorDisabled fyne.ThemeColorName = "kiosk.disabled"  // text of what cannot be touched now
	ColorOff      fyne.ThemeColorName = "kiosk.off"       // surface of what cannot be touched now
	ColorWarnBg   fyne.ThemeColorName = "kiosk.warn-bg"   // surface below Warn
	ColorDangerBg fyne.ThemeColorName = "kiosk.danger-bg" // surface below Danger
	ColorOKBg     fyne.ThemeColorName = "kiosk.ok-bg"     // surface below OK
	ColorScrim    fyne.ThemeColorName = "kiosk.scrim"     // over the window below a question
)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

func palette(mode Mode) map[fyne.ThemeColorName]color.Color {
	p := map[fyne.ThemeColorName]color.Color{
		ColorInk: rgb(0x15202E), ColorMuted: rgb(0x3D4B5E), ColorPaper: rgb(0xF2F6FB), ColorCard: rgb(0xFFFFFF),
		ColorBrand: rgb(0x0A4A9E), ColorOnBrand: rgb(0xFFFFFF), ColorAccent: rgb(0xE3EEFB), ColorDeep: rgb(0x06346F),
		ColorDanger: rgb(0x971A1A), ColorDangerBg: rgb(0xFDEEEC), ColorWarn: rgb(0x6E3F00), ColorWarnBg: rgb(0xFFF4DC),
		ColorOK: rgb(0x07532F), ColorOKBg: rgb(0xE6F5EC), ColorLine: rgb(0xCCD7E4), ColorEdge: rgb(0x71829A),
		ColorDisabled: rgb(0x6A7687), ColorOff: rgb(0xE4E9F0), ColorScrim: color.NRGBA{R: 0x0B, G: 0x1A, B: 0x2E, A: 0xB8},
	}
	if mode == HighContrast {
		p = map[fyne.ThemeColorName]color.Color{
			ColorInk: rgb(0xFFFFFF), ColorMuted: rgb(0xE6E6E6), ColorPaper: rgb(0x000000), ColorCard: rgb(0x0A0A0A),
			ColorBrand: rgb(0xFFE000), ColorOnBrand: rgb(0x000000), ColorAccent: rgb(0x2E2A00), ColorDeep: rgb(0xD8BE00),
			ColorDanger: rgb(0xFFB3A8), ColorDangerBg: rgb(0x2B0A06), ColorWarn: rgb(0xFFD27A), ColorWarnBg: rgb(0x2A1C00),
			ColorOK: rgb(0x8CF0B4), ColorOKBg: rgb(0x04240F), ColorLine: rgb(0x8A8A8A), ColorEdge: rgb(0xFFFFFF),
			ColorDisabled: rgb(0x9C9C9C), ColorOff: rgb(0x1C1C1C), ColorScrim: color.NRGBA{A: 0xD8},
		}
	}
	clear := color.NRGBA{}
	for name, c := range map[fyne.ThemeColorName]color.Color{
		fynetheme.ColorNameBackground:          p[ColorPaper],
		fynetheme.ColorNameForeground:          p[ColorInk],
		fynetheme.ColorNameButton:              p[ColorCard],
		fynetheme.ColorNameDisabled:            p[ColorDisabled],
		fynetheme.ColorNameDisabledButton:      p[ColorOff],
		fynetheme.ColorNameError:               p[ColorDanger],
		fynetheme.ColorNameWarning:             p[ColorWarn],
		fynetheme.ColorNameSuccess:             p[ColorOK],
		fynetheme.ColorNameFocus:               clear, // one touch, one meaning: focus is shown by the field's own edge
		fynetheme.ColorNameHover:               clear, // a pointer that stays after a touch must not colour anything
		fynetheme.ColorNamePressed:             p[ColorAccent],
		fynetheme.ColorNamePrimary:             p[ColorBrand],
		fynetheme.ColorNameHyperlink:           p[ColorBrand],
		fynetheme.ColorNameForegroundOnPrimary: p[ColorOnBrand],
		fynetheme.ColorNameForegroundOnError:   p[ColorOnBrand],
		fynetheme.ColorNameForegroundOnWarning: p[ColorOnBrand],
		fynetheme.ColorNameForegroundOnSuccess: p[ColorOnBrand],
		fynetheme.ColorNameInputBackground:     p[ColorCard],
		fynetheme.ColorNameInputBorder:         p[ColorEdge],
		fynetheme.ColorNamePlaceHolder:         p[ColorMuted],
		fynetheme.ColorNameScrollBar:           p[ColorEdge],
		fynetheme.ColorNameScrollBarBackground: p[ColorOff],
		fynetheme.ColorNameSelection:           p[ColorAccent],
		fynetheme.ColorNameSeparator:           p[ColorLine],
		fynetheme.ColorNameShadow:              clear,
		fynetheme.ColorNameHeaderBackground:    p[ColorPaper],
		fynetheme.ColorNameMenuBackground:      p[ColorCard],
		fynetheme.ColorNameOverlayBackground:   p[ColorCard],
	} {
		p[name] = c
	}
	return p
}

// Contrast is the contrast ratio of two opaque colours after WCAG 2.2, 1 to 21.
func Contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	if la < lb {
		la, lb = lb, la
	}
	return (la + 0.05) / (lb + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		x := float64(v) / 0xFFFF
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
