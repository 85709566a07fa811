package fields

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
)

// manyOptions is from how many choices on they do not stand open any more.
const manyOptions = 10

// buttons are choices that stand open, in as many columns as their labels allow.
type buttons struct {
	*fyne.Container
	all    []*touch.Button
	values []string
}

// newButtons makes a button for each option; tap is told which.
func newButtons(e *env, options []form.OptionView, tap func(i int)) *buttons {
	b := &buttons{Container: container.New(evenly{})}
	for i, o := range options {
		button := touch.NewButton(e.id("option", o.Value), o.Label, "", touch.Secondary, func() { tap(i) })
		b.all = append(b.all, button)
		b.values = append(b.values, o.Value)
		b.Add(button)
	}
	return b
}

// choose marks the chosen ones, by surface and by a tick.
func (b *buttons) choose(chosen func(value string) bool) {
	for i, button := range b.all {
		if chosen(b.values[i]) {
			button.SetKind(touch.Chosen)
			button.SetIcon("check")
		} else {
			button.SetKind(touch.Secondary)
			button.SetIcon("")
		}
	}
}

// HeightFor is the height at a width.
func (b *buttons) HeightFor(width float32) float32 {
	return evenly{}.HeightFor(b.Objects, width)
}

func (b *buttons) object() fyne.CanvasObject { return b.Container }

// evenly puts buttons into equal columns: as many as the widest label allows, at most four, and no more than make the rows
// equally long.
type evenly struct{}

func (evenly) columns(objects []fyne.CanvasObject, width float32) int {
	gap, widest := touch.Gap(0.75), theme.Size(theme.SizeTouch)*1.6
	for _, o := range objects {
		if b, ok := o.(*touch.Button); ok {
			// Room for the tick, so that nothing moves when it is chosen.
			w := fyne.MeasureText(b.Label(), theme.Size(theme.SizeLarge), fyne.TextStyle{Bold: true}).Width +
				theme.Size(theme.SizeIcon) + 3*touch.Gap(1)
			widest = max(widest, w)
		}
	}
	n := max(1, min(4, int((width+gap)/(widest+gap)), len(objects)))
	rows := (len(objects) + n - 1) / n
	return max(1, (len(objects)+rows-1)/max(1, rows))
}

func (l evenly) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	gap, high := touch.Gap(0.75), theme.Size(theme.SizeTouch)
	n := l.columns(objects, size.Width)
	w := (size.Width - gap*float32(n-1)) / float32(n)
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%n)*(w+gap), float32(i/n)*(high+gap)))
		o.Resize(fyne.NewSize(w, high))
	}
}

// HeightFor is the height at a width.
func (l evenly) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	if len(objects) == 0 {
		return 0
	}
	n := l.columns(objects, width)
	rows := float32((len(objects) + n - 1) / n)
	return rows*theme.Size(theme.SizeTouch) + (rows-1)*touch.Gap(0.75)
}

func (l evenly) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(1, theme.Size(theme.SizeTouch))
}

// choice is one of a few options.
type choice struct {
	*buttons
	env      *env
	required bool
	value    string
}

func newChoice(e *env, v form.FieldView) part {
	c := &choice{env: e, required: v.Required}
	c.buttons = newButtons(e, v.Options, c.tap)
	c.update(v)
	return c
}

func (c *choice) tap(i int) {
	value := c.values[i]
	if value == c.value && !c.required {
		value = "" // a choice that need not be made can be taken back
	}
	c.show(value)
	if value == "" {
		c.env.on(c.env.path, nil)
		return
	}
	c.env.on(c.env.path, value)
}

func (c *choice) show(value string) {
	c.value = value
	c.choose(func(v string) bool { return v == value && value != "" })
}

func (c *choice) update(v form.FieldView) { c.show(stringOf(v.Value)) }

// toggles are any number of options.
type toggles struct {
	*buttons
	env    *env
	chosen []string
}

func newToggles(e *env, v form.FieldView) part {
	t := &toggles{env: e}
	t.buttons = newButtons(e, v.Options, t.tap)
	t.update(v)
	return t
}

func (t *toggles) tap(i int) {
	value := t.values[i]
	if at := slices.Index(t.chosen, value); at >= 0 {
		t.show(slices.Delete(slices.Clone(t.chosen), at, at+1))
	} else {
		t.show(append(slices.Clone(t.chosen), value))
	}
	if len(t.chosen) == 0 {
		t.env.on(t.env.path, nil)
		return
	}
	t.env.on(t.env.path, slices.Clone(t.chosen))
}

func (t *toggles) show(chosen []string) {
	t.chosen = chosen
	t.choose(func(v string) bool { return slices.Contains(chosen, v) })
}

func (t *toggles) update(v form.FieldView) {
	chosen, _ := v.Value.([]string)
	t.show(slices.Clone(chosen))
}

// yesNo is a question.
type yesNo struct {
	*buttons
	env *env
}

func newYesNo(e *env, v form.FieldView) part {
	y := &yesNo{env: e}
	y.buttons = newButtons(e, []form.OptionView{{Value: "true", Label: e.t("yes")}, {Value: "false", Label: e.t("no")}}, func(i int) {
		y.show(y.values[i])
		e.on(e.path, i == 0)
	})
	y.update(v)
	return y
}

func (y *yesNo) show(value string) { y.choose(func(v string) bool { return v == value }) }

func (y *yesNo) update(v form.FieldView) {
	if answer, ok := v.Value.(bool); ok {
		y.show(strconv.FormatBool(answer))
		return
	}
	y.show("")
}
