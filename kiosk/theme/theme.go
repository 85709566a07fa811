// Package theme is the one scale of sizes, colours and type in which the terminal is drawn: standard, elder (长辈版) and high
// contrast.
//
// It promises that every text colour stands on every surface it is used on with a contrast of at least 7:1, that a control is
// never lower than [SizeTouch], and that hovering changes nothing (after a touch the pointer stays where the finger was).
// Text is set in the embedded fonts only, never in a system font: a fallback draws Japanese forms of Chinese characters.
//
// Widgets ask [Size] and [Color], which read the theme of the running app; [New] makes the theme itself. Sizes are pixels of
// a 27 inch panel of 1080×1920 (0.31 mm each); a panel on which that is not right gets [NewScaled].
package theme

import (
	"image/color"
	"sync"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"zizhuban/assets/fonts"
)

// Mode is one of the three ways in which the terminal looks.
type Mode int

// The modes.
const (
	Standard     Mode = iota
	Elder             // 长辈版: larger type and controls
	HighContrast      // white and yellow on black, in the sizes of the elder mode
)

// String names the mode, for logs and tests.
func (m Mode) String() string {
	switch m {
	case Elder:
		return "elder"
	case HighContrast:
		return "high-contrast"
	default:
		return "standard"
	}
}

// The fonts as Fyne takes them. Only two faces are kept: every further style in use would hold another copy in memory.
var (
	regular = &fyne.StaticResource{StaticName: "sc-regular.otf", StaticContent: fonts.Regular}
	bold    = &fyne.StaticResource{StaticName: "sc-bold.otf", StaticContent: fonts.Bold}
)

// kiosk is the theme of one mode.
type kiosk struct {
	mode   Mode
	sizes  map[fyne.ThemeSizeName]float32
	colors map[fyne.ThemeColorName]color.Color
	base   fyne.Theme
}

// base answers for the names that are not ours. Fyne makes it when first asked, without a lock.
var base = sync.OnceValue(fynetheme.DefaultTheme)

// New makes the theme of a mode at the sizes of the reference panel.
func New(mode Mode) fyne.Theme { return NewScaled(mode, 1) }

// NewScaled makes the theme of a mode with all sizes multiplied by scale.
func NewScaled(mode Mode, scale float32) fyne.Theme {
	k := &kiosk{mode: mode, sizes: map[fyne.ThemeSizeName]float32{}, colors: palette(mode), base: base()}
	for name, px := range sizes(mode) {
		k.sizes[name] = px * scale
	}
	return k
}

// Color gives the colour of a name; the variant (light or dark desktop) plays no part.
func (k *kiosk) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := k.colors[name]; ok {
		return c
	}
	return k.base.Color(name, fynetheme.VariantLight)
}

// Font gives the bold face for bold text and the regular one for everything else.
func (k *kiosk) Font(style fyne.TextStyle) fyne.Resource {
	if style.Bold {
		return bold
	}
	return regular
}

// Icon gives Fyne's own icons; the terminal's are in assets/icons.
func (k *kiosk) Icon(name fyne.ThemeIconName) fyne.Resource { return k.base.Icon(name) }

// Size gives the size of a name.
func (k *kiosk) Size(name fyne.ThemeSizeName) float32 {
	if px, ok := k.sizes[name]; ok {
		return px
	}
	return k.base.Size(name)
}

// Size reads a size from the theme of the running app.
func Size(name fyne.ThemeSizeName) float32 {
	return fyne.CurrentApp().Settings().Theme().Size(name)
}

// Color reads a colour from the theme of the running app.
func Color(name fyne.ThemeColorName) color.Color {
	return fyne.CurrentApp().Settings().Theme().Color(name, fynetheme.VariantLight)
}
