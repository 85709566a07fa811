package theme_test

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"zizhuban/kiosk/theme"
)

var modes = []theme.Mode{theme.Standard, theme.Elder, theme.HighContrast}

func TestTheme_sets_every_text_at_7_to_1_on_every_surface_it_stands_on(t *testing.T) {
	t.Parallel()
	everywhere := []fyne.ThemeColorName{theme.ColorPaper, theme.ColorCard, theme.ColorAccent}
	stands := map[fyne.ThemeColorName][]fyne.ThemeColorName{
		theme.ColorInk:     append([]fyne.ThemeColorName{theme.ColorWarnBg, theme.ColorDangerBg, theme.ColorOKBg}, everywhere...),
		theme.ColorMuted:   everywhere,
		theme.ColorBrand:   everywhere,
		theme.ColorOnBrand: {theme.ColorBrand, theme.ColorDeep, theme.ColorDanger},
		theme.ColorDanger:  {theme.ColorPaper, theme.ColorCard, theme.ColorDangerBg},
		theme.ColorWarn:    {theme.ColorPaper, theme.ColorCard, theme.ColorWarnBg},
		theme.ColorOK:      {theme.ColorPaper, theme.ColorCard, theme.ColorOKBg},
	}
	for _, mode := range modes {
		th := theme.New(mode)
		for text, surfaces := range stands {
			for _, surface := range surfaces {
				got := theme.Contrast(th.Color(text, fynetheme.VariantDark), th.Color(surface, fynetheme.VariantDark))
				if got < 7 {
					t.Errorf("%v: %s on %s has a contrast of %.2f, want 7", mode, text, surface, got)
				}
			}
		}
	}
}

func TestTheme_draws_the_edge_of_a_control_at_3_to_1(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		th := theme.New(mode)
		for _, c := range []struct{ edge, surface fyne.ThemeColorName }{
			{theme.ColorEdge, theme.ColorPaper}, {theme.ColorEdge, theme.ColorCard},
			{theme.ColorDisabled, theme.ColorOff}, {theme.ColorBrand, theme.ColorPaper},
		} {
			got := theme.Contrast(th.Color(c.edge, fynetheme.VariantLight), th.Color(c.surface, fynetheme.VariantLight))
			if got < 3 {
				t.Errorf("%v: %s on %s has a contrast of %.2f, want 3", mode, c.edge, c.surface, got)
			}
		}
	}
}

func TestTheme_never_colours_what_the_pointer_rests_on(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		if _, _, _, a := theme.New(mode).Color(fynetheme.ColorNameHover, fynetheme.VariantLight).RGBA(); a != 0 {
			t.Errorf("%v: hovering paints with alpha %d", mode, a)
		}
	}
}

func TestTheme_keeps_the_least_sizes_for_standing_and_for_older_people(t *testing.T) {
	t.Parallel()
	least := map[theme.Mode]map[fyne.ThemeSizeName]float32{
		theme.Standard:     {theme.SizeBody: 32, theme.SizeTouch: 96, theme.SizeKey: 72, theme.SizeHeading: 48, theme.SizeGap: 8},
		theme.Elder:        {theme.SizeBody: 42, theme.SizeTouch: 96, theme.SizeKey: 72, theme.SizeHeading: 48, theme.SizeGap: 8},
		theme.HighContrast: {theme.SizeBody: 42, theme.SizeTouch: 96, theme.SizeKey: 72, theme.SizeHeading: 48, theme.SizeGap: 8},
	}
	for mode, want := range least {
		th := theme.New(mode)
		for name, px := range want {
			if got := th.Size(name); got < px {
				t.Errorf("%v: %s is %v px, want at least %v", mode, name, got, px)
			}
		}
	}
}

func TestTheme_scales_every_size_alike(t *testing.T) {
	t.Parallel()
	whole, half := theme.New(theme.Standard), theme.NewScaled(theme.Standard, 0.5)
	for _, name := range []fyne.ThemeSizeName{theme.SizeBody, theme.SizeTouch, theme.SizeRadius, fynetheme.SizeNameText} {
		if got, want := half.Size(name), whole.Size(name)/2; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestTheme_uses_two_faces_only(t *testing.T) {
	t.Parallel()
	th, seen := theme.New(theme.Standard), map[string]bool{}
	for i := range 8 {
		style := fyne.TextStyle{Bold: i&1 != 0, Italic: i&2 != 0, Monospace: i&4 != 0}
		seen[th.Font(style).Name()] = true
	}
	if len(seen) != 2 {
		t.Errorf("faces: %s, want two", fmt.Sprint(seen))
	}
}

func TestContrast_is_21_between_black_and_white(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.HighContrast)
	if got := theme.Contrast(th.Color(theme.ColorPaper, 0), th.Color(theme.ColorInk, 0)); got < 20.9 || got > 21.1 {
		t.Errorf("contrast of black and white is %.2f, want 21", got)
	}
}
