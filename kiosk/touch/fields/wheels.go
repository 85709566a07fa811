package fields

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
)

// The canonical forms of days and months (items.Field).
const (
	dayLayout   = "2006-01-02"
	monthLayout = "2006-01"
)

// The years that a date can have where the field sets no bound.
const (
	firstYear = 1900
	lastYear  = 2100
)

// wheels are year, month and day, each with a key to go forward and one to go back; years also by ten, as a birthday may be
// eighty years away.
type wheels struct {
	widget.BaseWidget
	env     *env
	month   bool // no day
	at      time.Time
	min     time.Time
	max     time.Time
	turned  func(value string)
	body    *fyne.Container
	texts   []*touch.Text
	buttons []turner
}

// turner is a key that turns a wheel.
type turner struct {
	*touch.Button
	years, months, days int
}

func newWheels(e *env, id string, month, blank bool, turned func(string), cleared func()) *wheels {
	w := &wheels{env: e, month: month, turned: turned}
	year := w.wheel(id+".year", turner{years: 1}, true)
	columns, weights := []fyne.CanvasObject{year, w.wheel(id+".month", turner{months: 1}, false)}, []float32{1.7, 1}
	if !month {
		columns, weights = append(columns, w.wheel(id+".day", turner{days: 1}, false)), append(weights, 1)
	}
	today := e.t("today")
	if month {
		today = e.t("thismonth")
	}
	side := touch.Column(touch.Gap(0.75), touch.NewButton(id+".today", today, "", touch.Secondary, func() { w.turn(w.day(e.host.Now())) }))
	if blank {
		side.Add(touch.Space())
		side.Add(touch.NewButton(id+".blank", e.t("blank"), "", touch.Secondary, cleared))
	}
	w.body = touch.Row(touch.Gap(1), append(weights, 1), append(columns, side)...)
	w.ExtendBaseWidget(w)
	return w
}

// wheel is one column: forward above, the value, back below.
func (w *wheels) wheel(id string, step turner, byTen bool) fyne.CanvasObject {
	text := touch.NewText("", touch.Style{Size: theme.SizeHeading, Bold: true, Align: fyne.TextAlignCenter, Lines: 1})
	w.texts = append(w.texts, text)
	keys := func(sign int, name, mark string) fyne.CanvasObject {
		one := w.turner(id+"."+name, mark+"1", step, sign)
		if !byTen {
			return one
		}
		return touch.Row(touch.Gap(0.5), []float32{1, 1}, one, w.turner(id+"."+name+"10", mark+"10", step, 10*sign))
	}
	return touch.Column(touch.Gap(0.25), keys(1, "up", "+"), touch.Box(1, theme.Size(theme.SizeHeading)*1.7, text), keys(-1, "down", "−"))
}

func (w *wheels) turner(id, label string, step turner, by int) fyne.CanvasObject {
	t := turner{years: step.years * by, months: step.months * by, days: step.days * by}
	t.Button = touch.NewButton(id, label, "", touch.Secondary, func() { w.turn(w.moved(t)) })
	w.buttons = append(w.buttons, t)
	return t.Button
}

// bounds sets the first and the last date, as the view has them; what is not a date is no bound.
func (w *wheels) bounds(first, last string) {
	w.min = parse(first, time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC))
	w.max = parse(last, time.Date(lastYear, 12, 31, 0, 0, 0, 0, time.UTC))
	if w.month {
		w.min = time.Date(w.min.Year(), w.min.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
}

// parse reads a day or a month; otherwise it gives instead.
func parse(s string, instead time.Time) time.Time {
	for _, layout := range []string{dayLayout, monthLayout} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return instead
}

// day is the day of a moment, or the first of its month where only months count.
func (w *wheels) day(t time.Time) time.Time {
	if w.month {
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// moved is the date after a turn: a wheel that has come to its end goes on at its beginning, but for the year; the day stays
// within its month.
func (w *wheels) moved(t turner) time.Time {
	year, month, day := w.at.Year()+t.years, int(w.at.Month()), w.at.Day()
	month = (month-1+t.months+12)%12 + 1
	last := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if t.days != 0 {
		day = (day-1+t.days+last)%last + 1
	}
	return time.Date(year, time.Month(month), min(day, last), 0, 0, 0, 0, time.UTC)
}

// clamp keeps a date within the bounds.
func (w *wheels) clamp(t time.Time) time.Time {
	if t.After(w.max) {
		t = w.max
	}
	if t.Before(w.min) {
		t = w.min
	}
	return w.day(t)
}

// turn moves to a date, as far as the bounds allow, and tells it.
func (w *wheels) turn(to time.Time) {
	w.show(w.clamp(to))
	w.turned(w.value())
}

// turnTo shows a date without telling it.
func (w *wheels) turnTo(value string) { w.show(w.clamp(parse(value, w.at))) }

func (w *wheels) show(t time.Time) {
	w.at = t
	lang := w.env.lang
	texts := []string{t.Format("2006年"), t.Format("1月"), t.Format("2日")}
	if lang == i18n.English {
		texts = []string{t.Format("2006"), t.Format("Jan"), t.Format("2")}
	}
	for i, text := range w.texts {
		text.SetText(texts[i])
	}
	for _, b := range w.buttons {
		b.SetEnabled(!w.clamp(w.moved(b)).Equal(w.at))
	}
}

// value is the date in canonical form.
func (w *wheels) value() string {
	if w.month {
		return w.at.Format(monthLayout)
	}
	return w.at.Format(dayLayout)
}

// HeightFor is the height at a width.
func (w *wheels) HeightFor(width float32) float32 { return touch.HeightFor(w.body, width) }

// CreateRenderer draws the wheels.
func (w *wheels) CreateRenderer() fyne.WidgetRenderer { return &wrapped{w, w.body, w.HeightFor} }

// spoken is a day or a month as people read it.
func spoken(value, lang string) string {
	layouts := [2]string{"2006年1月2日", "2006年1月"}
	if lang == i18n.English {
		layouts = [2]string{"2 January 2006", "January 2006"}
	}
	if t, err := time.Parse(dayLayout, value); err == nil {
		return t.Format(layouts[0])
	}
	if t, err := time.Parse(monthLayout, value); err == nil {
		return t.Format(layouts[1])
	}
	return value
}
