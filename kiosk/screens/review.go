package screens

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// review shows everything before it is signed, and leads back to what is to be changed.
type review struct {
	env       *env
	root      *fyne.Container
	item      *touch.Text
	pages     *touch.Pages
	pager     fyne.CanvasObject
	rows      []visit.ReviewRow
	materials []visit.ReviewMaterial
}

func newReview(e *env) *review {
	r := &review{env: e, item: touch.NewText("", touch.Muted)}
	r.pages, r.pager = e.sheets("review", e.visit.Touch)
	r.pages.SetGap(0)
	r.root = touch.Column(touch.Gap(1.25), touch.Column(touch.Gap(0.25), touch.NewText(e.t("review.title"), touch.Heading), r.item),
		touch.Stretch(touch.Card(r.pages.Container)))
	return r
}

func (r *review) body() fyne.CanvasObject { return r.root }

func (r *review) foot() fyne.CanvasObject { return r.pager }

func (r *review) next(s *visit.State) next {
	return next{label: r.env.t("review.next"), icon: "check", off: !s.CanNext, do: r.env.visit.Next}
}

func (r *review) show(s *visit.State) {
	v := s.ReviewView
	if v == nil {
		return
	}
	r.item.SetText(v.Item)
	if slices.Equal(v.Rows, r.rows) && slices.Equal(v.Materials, r.materials) {
		return
	}
	r.rows, r.materials = slices.Clone(v.Rows), slices.Clone(v.Materials)
	var out []fyne.CanvasObject
	page := -1
	for i, row := range v.Rows {
		out = append(out, r.row(i, row, row.Page >= 0 && row.Page != page))
		page = row.Page
	}
	if len(v.Materials) > 0 {
		out = append(out, touch.Inset(0, touch.Gap(0.75), label(r.env.t("review.materials"))))
		for _, m := range v.Materials {
			out = append(out, materialRow(r.env, m))
		}
	}
	r.pages.SetSections(out)
	r.root.Refresh()
}

// row is a label, what was answered, and 修改 where it begins another page of the form.
func (r *review) row(i int, v visit.ReviewRow, change bool) fyne.CanvasObject {
	e := r.env
	name, value := touch.NewText(v.Label, touch.Caption), touch.NewText(v.Value, touch.Style{Size: theme.SizeLarge})
	text := touch.Column(0, name, value)
	if e.wide {
		text = touch.Row(touch.Gap(1), []float32{0.3, 0.7}, touch.Middle(name), touch.Middle(value))
	}
	button := touch.NewButton("review.change."+strconv.Itoa(i), e.t("review.change"), "pencil", touch.Secondary, func() { e.visit.GoTo(v.Page) })
	right := touch.Middle(button)
	if !change {
		right = touch.Box(button.MinSize().Width, 1, touch.Space())
	}
	return touch.Column(touch.Gap(0.5), touch.Row(touch.Gap(1), []float32{1, 0}, touch.Middle(text), right), touch.Inset(0, touch.Gap(0.25), touch.Rule()))
}

// materialRow is a material and what becomes of it.
func materialRow(e *env, m visit.ReviewMaterial) fyne.CanvasObject {
	icon, color := "file-check", theme.ColorOK
	switch m.State {
	case "deferred":
		icon, color = "calendar", theme.ColorWarn
	case "brought":
		icon, color = "briefcase", theme.ColorWarn
	case "absent":
		icon, color = "minus", theme.ColorMuted
	}
	state := e.t("material."+m.State, "due", m.Due)
	return touch.Inset(0, touch.Gap(0.5), touch.Row(touch.Gap(1), []float32{0, 1}, touch.NewIcon(icon, color, 0),
		touch.Middle(touch.Column(0, touch.NewText(m.Name, touch.Body), touch.NewText(state, touch.Style{Size: theme.SizeCaption, Color: color})))))
}
