package fields

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"zizhuban/assets/regions"
	"zizhuban/kiosk/form"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
)

// The levels of a place.
const (
	levelProvince = iota
	levelCity
	levelPart
	levels
)

// places is a panel on which a province, then a city, then a district or county is chosen.
type places struct {
	*picker
	env    *env
	chosen []string
	asked  int // the level that is offered now
	crumbs []*touch.Button
	say    func(chosen []string, whole bool)
}

// newPlaces makes one. say is told every choice, and whether there is none left to make.
func newPlaces(e *env, id string, say func(chosen []string, whole bool)) *places {
	p := &places{env: e, say: say}
	head := touch.Row(touch.Gap(0.5), []float32{1, 1, 1})
	for level, name := range []string{"province", "city", "part"} {
		b := touch.NewButton(id+".part."+name, "", "", touch.Secondary, func() { p.backTo(level) })
		p.crumbs = append(p.crumbs, b)
		head.Add(b)
	}
	p.picker = newPicker(e, id, head, p.choose)
	return p
}

// begin shows the panel at the level that is to be chosen next, or at the last one.
func (p *places) begin(chosen []string) {
	p.chosen = slices.Clone(chosen[:min(len(chosen), levels)])
	p.ask(min(len(p.chosen), levels-1))
}

// ask offers the names of a level.
func (p *places) ask(level int) {
	var names []string
	switch level {
	case levelProvince:
		for _, r := range regions.Provinces() {
			names = append(names, r.Name)
		}
	case levelCity:
		for _, c := range regions.Cities(p.chosen[levelProvince]) {
			names = append(names, c.Name)
		}
	case levelPart:
		names = regions.Parts(p.chosen[levelProvince], p.chosen[levelCity])
	}
	if len(names) == 0 && level > 0 {
		level--
		p.ask(level)
		return
	}
	p.asked = level
	now := ""
	if level < len(p.chosen) {
		now = p.chosen[level]
	}
	options := make([]form.OptionView, len(names))
	for i, name := range names {
		options[i] = form.OptionView{Value: name, Label: name}
	}
	for i, key := range []string{"province", "city", "part"} {
		c := p.crumbs[i]
		c.SetLabel(p.env.t(key))
		if i < len(p.chosen) {
			c.SetLabel(p.chosen[i])
		}
		kind := touch.Secondary
		if i == level {
			kind = touch.Chosen
		}
		c.SetKind(kind)
		c.SetEnabled(i <= len(p.chosen))
	}
	p.picker.offer(options, now)
}

// backTo asks a level again; what was chosen below it stays until another choice is made.
func (p *places) backTo(level int) {
	if level <= len(p.chosen) {
		p.ask(level)
	}
}

// choose takes a name of the level that is being asked. A level with one name only, as a municipality has, is passed over.
func (p *places) choose(name string) {
	level := p.asked
	p.chosen = append(slices.Clone(p.chosen[:min(level, len(p.chosen))]), name)
	if level == levelProvince {
		if cities := regions.Cities(name); len(cities) == 1 {
			p.chosen = append(p.chosen, cities[0].Name)
		}
	}
	whole := len(p.chosen) == levels ||
		len(p.chosen) == levelPart && len(regions.Parts(p.chosen[levelProvince], p.chosen[levelCity])) == 0
	p.say(slices.Clone(p.chosen), whole)
	if !whole {
		p.ask(len(p.chosen))
	}
}

// region is a place down to the district, held as 浙江省/杭州市/西湖区.
type region struct {
	*opener
	env   *env
	label string
	value string
	panel *places
}

func newRegion(e *env, v form.FieldView) part {
	r := &region{env: e, label: v.Label}
	r.opener = newOpener(e.id(), "map-pin", e.t("choose"), r.openPanel)
	r.update(v)
	return r
}

func (r *region) object() fyne.CanvasObject { return r.opener }

func (r *region) update(v form.FieldView) { r.show(stringOf(v.Value), v.Error != "") }

func (r *region) show(value string, wrong bool) {
	r.value = value
	var seen []string
	for _, name := range strings.Split(value, form.RegionSeparator) {
		if name != "" && !regions.Nameless(name) {
			seen = append(seen, name)
		}
	}
	r.opener.set(strings.Join(seen, " "), wrong)
}

func (r *region) openPanel() {
	if r.panel == nil {
		r.panel = newPlaces(r.env, r.env.id(), r.chosen)
	}
	var now []string
	if r.value != "" {
		now = strings.Split(r.value, form.RegionSeparator)
	}
	r.panel.begin(now)
	r.env.host.ShowKeyboard(r.opener, keyboard.Sheet(r.env.t("choose.of", "label", r.label), r.panel.picker))
}

// chosen takes a choice. A province alone is no answer yet.
func (r *region) chosen(names []string, whole bool) {
	value := strings.Join(names, form.RegionSeparator)
	r.show(value, false)
	if len(names) > levelCity {
		r.env.on(r.env.path, value)
	}
	if whole {
		r.env.host.HideKeyboard()
	}
}

// address is a place that is chosen, and what follows it, typed: street, estate, house. The answer is one text.
type address struct {
	*fyne.Container
	env    *env
	places []string
	limit  int // of characters of the whole
	box    *box
	opener *opener
	panel  *places
}

func newAddress(e *env, v form.FieldView) part {
	a := &address{env: e}
	rest := *e
	rest.on = func(string, any) { a.say() }
	a.opener = newOpener(e.id("region"), "map-pin", e.t("region"), a.openPanel)
	a.box = makeBox(&rest, form.FieldView{Key: v.Key, Type: v.Type})
	a.box.hintKey = "detail"
	a.Container = touch.Column(touch.Gap(0.75), a.opener, a.box)
	a.update(v)
	return a
}

func (a *address) object() fyne.CanvasObject { return a.Container }

// HeightFor is the height at a width.
func (a *address) HeightFor(width float32) float32 { return touch.HeightFor(a.Container, width) }

// update shows the address of a view. While it is typed into, the places stay as they were chosen.
func (a *address) update(v form.FieldView) {
	a.limit = v.MaxLen
	names, rest := regions.Leading(stringOf(v.Value))
	if a.box.typing || regions.Joined(names)+rest == regions.Joined(a.places)+a.box.Text() {
		names, rest = a.places, a.box.Text()
	}
	a.showPlaces(names, v.Error != "")
	view := form.FieldView{Type: v.Type, Error: v.Error, Value: rest}
	if a.limit > 0 {
		view.MaxLen = max(1, a.limit-len([]rune(regions.Joined(names))))
	}
	a.box.update(view)
}

func (a *address) showPlaces(names []string, wrong bool) {
	a.places = names
	a.opener.set(regions.Joined(names), wrong && len(names) == 0)
}

// say tells the whole.
func (a *address) say() {
	whole := regions.Joined(a.places) + a.box.Text()
	if whole == "" {
		a.env.on(a.env.path, nil)
		return
	}
	a.env.on(a.env.path, whole)
}

func (a *address) openPanel() {
	if a.panel == nil {
		a.panel = newPlaces(a.env, a.env.id(), a.chosen)
	}
	a.panel.begin(a.places)
	a.env.host.ShowKeyboard(a.opener, keyboard.Sheet(a.env.t("region"), a.panel.picker))
}

// chosen takes a choice, and goes on to typing when there is no more to choose.
func (a *address) chosen(names []string, whole bool) {
	a.showPlaces(names, false)
	a.say()
	if whole {
		a.env.host.ShowKeyboard(a.box, a.box.layout)
	}
}
