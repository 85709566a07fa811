package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The sizes. Figures are pixels in standard and elder mode.
const (
	SizeCaption fyne.ThemeSizeName = "kiosk.caption" // 26, 34: small print, never the only place of anything important
	SizeBody    fyne.ThemeSizeName = "kiosk.body"    // 32, 42: all running text
	SizeLarge   fyne.ThemeSizeName = "kiosk.large"   // 38, 48: labels of buttons and tiles, answers
	SizeHeading fyne.ThemeSizeName = "kiosk.heading" // 48, 56: the heading of a screen
	SizeTitle   fyne.ThemeSizeName = "kiosk.title"   // 64, 64: one line a screen at most
	SizeGap     fyne.ThemeSizeName = "kiosk.gap"     // 16: between neighbours; multiples of it elsewhere
	SizeTouch   fyne.ThemeSizeName = "kiosk.touch"   // 96, 112: least height of a control, 30 mm
	SizeKey     fyne.ThemeSizeName = "kiosk.key"     // 84, 92: height of a key of the keyboard, at least 22 mm
	SizeRadius  fyne.ThemeSizeName = "kiosk.radius"  // 14: corners of cards and controls
	SizeIcon    fyne.ThemeSizeName = "kiosk.icon"    // 44, 52: an icon beside a label
	SizeStroke  fyne.ThemeSizeName = "kiosk.stroke"  // 2, 3: edge of a control
	SizeSlop    fyne.ThemeSizeName = "kiosk.slop"    // 16: how far a finger may slide (5 mm) and still have tapped
)

// LineHeight is the height of a line of running text as a multiple of its size; the rules for older users ask for 1.3.
const LineHeight = 1.45

// sizes is the scale of a mode. Elder grows type most, controls some and gaps not at all: the panel stays as large as it is.
func sizes(mode Mode) map[fyne.ThemeSizeName]float32 {
	pick := func(standard, elder float32) float32 {
		if mode == Standard {
			return standard
		}
		return elder
	}
	body, gap, radius := pick(32, 42), float32(16), float32(14)
	return map[fyne.ThemeSizeName]float32{
		SizeCaption: pick(26, 34),
		SizeBody:    body,
		SizeLarge:   pick(38, 48),
		SizeHeading: pick(48, 56),
		SizeTitle:   pick(64, 64),
		SizeGap:     gap,
		SizeTouch:   pick(96, 112),
		SizeKey:     pick(84, 92),
		SizeRadius:  radius,
		SizeIcon:    pick(44, 52),
		SizeStroke:  pick(2, 3),
		SizeSlop:    16,

		// Fyne's own widgets, so that one that is used as it comes looks like the rest.
		fynetheme.SizeNameText:               body,
		fynetheme.SizeNameCaptionText:        pick(26, 34),
		fynetheme.SizeNameHeadingText:        pick(48, 56),
		fynetheme.SizeNameSubHeadingText:     pick(38, 48),
		fynetheme.SizeNamePadding:            gap / 2,
		fynetheme.SizeNameInnerPadding:       gap,
		fynetheme.SizeNameLineSpacing:        gap / 2,
		fynetheme.SizeNameInlineIcon:         pick(44, 52),
		fynetheme.SizeNameInputBorder:        pick(2, 3),
		fynetheme.SizeNameInputRadius:        radius,
		fynetheme.SizeNameButtonRadius:       radius,
		fynetheme.SizeNameCardRadius:         radius,
		fynetheme.SizeNameDialogRadius:       radius,
		fynetheme.SizeNamePopupRadius:        radius,
		fynetheme.SizeNameSelectionRadius:    radius / 2,
		fynetheme.SizeNameScrollBar:          28, // wide enough for a finger: lists do not scroll by dragging their rows
		fynetheme.SizeNameScrollBarSmall:     28,
		fynetheme.SizeNameScrollBarRadius:    14,
		fynetheme.SizeNameSeparatorThickness: 2,
	}
}
