package screens

import (
	"fyne.io/fyne/v2"

	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// consent is the notice, and yes or no to it. Yes can be said once the notice was seen to its end.
type consent struct {
	env    *env
	root   *fyne.Container
	item   *touch.Text
	pages  *touch.Pages
	pager  fyne.CanvasObject
	hint   *note
	refuse *touch.Button
	notice string
}

func newConsent(e *env) *consent {
	c := &consent{env: e, item: touch.NewText("", touch.Muted)}
	c.pages, c.pager = e.sheets("consent", func() {
		e.visit.Touch()
		c.seen()
	})
	c.hint = newNote("info", e.t("consent.read"))
	c.refuse = touch.NewButton("consent.refuse", e.t("consent.refuse"), "x", touch.Secondary, e.visit.Refuse)
	head, card := touch.Column(touch.Gap(0.25), touch.NewText(e.t("consent.title"), touch.Heading), c.item), touch.Stretch(touch.Card(c.pages.Container))
	if e.wide {
		c.root = touch.Column(touch.Gap(1.25), head, card, c.hint.Container)
		c.pager = touch.Row(touch.Gap(1.5), []float32{2.2, 1}, touch.Over(c.pager), c.refuse)
	} else {
		c.root = touch.Column(touch.Gap(1.25), head, card, c.hint.Container, c.refuse)
	}
	return c
}

func (c *consent) body() fyne.CanvasObject { return c.root }

func (c *consent) foot() fyne.CanvasObject { return c.pager }

func (c *consent) next(s *visit.State) next {
	return next{label: c.env.t("consent.agree"), icon: "check", off: s.GuideView == nil || !s.GuideView.Read, do: c.env.visit.Next}
}

func (c *consent) show(s *visit.State) {
	v := s.GuideView
	if v == nil || v.Item == nil {
		return
	}
	c.item.SetText(v.Item.Name.In(c.env.lang))
	if key := v.NoticeVer + v.Notice; c.notice != key {
		c.notice = key
		c.pages.SetSections(paragraphs(v.Notice, touch.Large))
	}
	hint := c.env.t("consent.read")
	if v.Read {
		hint = c.env.t("consent.ready")
	}
	c.hint.set(hint)
	c.root.Refresh()
	if !v.Read {
		c.seen()
	}
}

// seen tells the visit when the last page of the notice is on the screen.
func (c *consent) seen() {
	if c.pages.Size().Height > 1 && c.pages.Last() && c.notice != "" {
		c.env.visit.ReadNotice()
	}
}

// laidOut is called once the screen has its size: only then is it known how many pages there are.
func (c *consent) laidOut() { c.seen() }
