package screens

import (
	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// card asks for the identity card: where to put it, what is being done, whose card it is.
type card struct {
	env     *env
	root    *fyne.Container
	picture *cardPicture
	title   *touch.Text
	hint    *touch.Text
	trouble *note
	holder  *fyne.Container
	name    *touch.Text
	number  *touch.Text
	notes   *note
	lift    *note
	again   *touch.Button
}

func newCard(e *env) *card {
	c := &card{env: e, picture: newCardPicture(), title: touch.NewText("", touch.Heading.Centred()), hint: touch.NewText("", touch.Body.Centred()),
		trouble: newNote("warn", ""), notes: newNote("warn", ""), lift: newNote("info", e.t("card.lift")),
		name: touch.NewText("", touch.Style{Size: theme.SizeHeading, Bold: true}), number: touch.NewText("", touch.Style{Size: theme.SizeLarge})}
	row := func(name string, value fyne.CanvasObject) fyne.CanvasObject {
		return touch.Row(touch.Gap(1.5), []float32{0.3, 0.7}, touch.Middle(touch.NewText(name, touch.Muted)), touch.Middle(value))
	}
	c.holder = touch.Card(touch.Column(touch.Gap(1), row(e.t("card.name"), c.name), touch.Rule(), row(e.t("card.number"), c.number)))
	c.again = touch.NewButton("card.retry", e.t("card.retry"), "refresh-cw", touch.Secondary, e.visit.RetryCard)
	words := touch.Column(touch.Gap(1.5), c.title, c.hint, c.trouble.Container, c.holder, c.notes.Container)
	if e.wide {
		c.root = touch.Row(touch.Gap(3), []float32{1, 1}, touch.Column(touch.Gap(1.5), touch.Stretch(c.picture), c.lift.Container, c.again), touch.Middle(words))
	} else {
		words.Add(c.lift.Container)
		words.Add(c.again)
		c.root = touch.Column(touch.Gap(2.5), touch.Space(), touch.Stretch(touch.Box(1, 560, c.picture)), words, touch.Space(), touch.Space())
	}
	return c
}

func (c *card) body() fyne.CanvasObject { return c.root }

func (c *card) next(s *visit.State) next {
	return next{label: c.env.t("next"), icon: "arrow-right", off: !s.CanNext, do: c.env.visit.Next}
}

func (c *card) show(s *visit.State) {
	v := s.CardView
	if v == nil {
		return
	}
	e := c.env
	c.picture.set(v.Phase)
	c.title.SetText(e.t("card." + string(v.Phase) + ".title"))
	c.hint.SetText(e.t("card." + string(v.Phase) + ".hint"))
	trouble := ""
	if said(v.Trouble) {
		trouble = e.say(v.Trouble)
	}
	c.trouble.set(trouble)
	read := v.Phase == visit.CardRead
	setVisible(c.holder, read)
	c.name.SetText(v.Name)
	c.number.SetText(v.Number)
	notes := ""
	for _, n := range v.Notes {
		if notes != "" {
			notes += "\n"
		}
		notes += e.say(n)
	}
	c.notes.set(notes)
	lift := ""
	if read && v.Lift {
		lift = e.t("card.lift")
	}
	c.lift.set(lift)
	setVisible(c.again, read || v.Phase == visit.CardFailed)
	c.root.Refresh()
}
