package icons_test

import (
	"encoding/xml"
	"image/color"
	"strings"
	"testing"

	"zizhuban/assets/icons"
)

func TestIcons_are_well_formed_and_take_their_colour_from_outside(t *testing.T) {
	t.Parallel()
	names := icons.Names()
	if len(names) < 50 {
		t.Fatalf("only %d icons are embedded", len(names))
	}
	for _, name := range names {
		var root struct {
			XMLName xml.Name
			ViewBox string `xml:"viewBox,attr"`
			Stroke  string `xml:"stroke,attr"`
		}
		if err := xml.Unmarshal(icons.SVG(name), &root); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if root.XMLName.Local != "svg" || root.ViewBox != "0 0 24 24" || root.Stroke != "currentColor" {
			t.Errorf("%s: root is %+v", name, root)
		}
	}
}

func TestIcons_give_the_default_for_a_name_that_is_not_known(t *testing.T) {
	t.Parallel()
	if icons.Has("no-such-icon") || !icons.Has(icons.Default) {
		t.Fatal("Has is wrong about the default or about an unknown name")
	}
	if got := icons.SVG("../../secrets"); string(got) != string(icons.SVG(icons.Default)) {
		t.Errorf("an unknown name gave %q", got)
	}
}

func TestPainted_replaces_every_use_of_the_outside_colour(t *testing.T) {
	t.Parallel()
	got := string(icons.Painted("house", color.NRGBA{R: 0x0A, G: 0x4A, B: 0x9E, A: 0xFF}))
	if strings.Contains(got, "currentColor") || !strings.Contains(got, `stroke="#0a4a9e"`) {
		t.Errorf("painted icon is %s", got)
	}
}
