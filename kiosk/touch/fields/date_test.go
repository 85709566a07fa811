package fields_test

import (
	"testing"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/fields"
	"zizhuban/sync/items"
)

func shown(e fields.Editor, id string) string { return find(e, id).(touch.Described).Label() }

func TestDate_begins_at_today_of_the_terminal(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "d", Type: items.TypeDate})
	w.tap(t, e, "field.d", "key.done")
	if w.last() != `d="2026-03-05"` || w.open {
		t.Errorf("said %s; the panel is open: %v", w.last(), w.open)
	}
	if got := shown(e, "field.d"); got != "2026年3月5日" {
		t.Errorf("shows %q", got)
	}
}

func TestDate_is_turned_by_years_months_and_days(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "d", Type: items.TypeDate, Value: "2024-01-31"})
	w.tap(t, e, "field.d")
	for _, step := range []struct{ touch, want string }{
		{"month.up", "2024-02-29"},   // the day stays within its month
		{"day.up", "2024-02-01"},     // and goes round in it
		{"day.down", "2024-02-29"},   // both ways
		{"year.up", "2025-02-28"},    // no leap year
		{"month.down", "2025-01-28"}, // months go round, the year stays
		{"month.down", "2025-12-28"},
		{"year.down10", "2015-12-28"},
		{"year.up10", "2025-12-28"},
		{"year.down", "2024-12-28"},
		{"today", "2026-03-05"},
	} {
		w.tap(t, e, "field.d."+step.touch)
		if got := w.answers["d"]; got != step.want {
			t.Errorf("after %s it is %v, want %s", step.touch, got, step.want)
		}
	}
}

func TestDate_stays_within_its_bounds(t *testing.T) {
	w := aWindow("zh")
	v := form.FieldView{Key: "d", Type: items.TypeDate, Min: "2026-01-10", Max: "2026-03-05", Value: "2026-03-05", Required: true}
	e := w.editor(v)
	w.tap(t, e, "field.d")
	for _, off := range []string{"year.up", "year.down10", "blank"} {
		if o := find(w.board, "field.d."+off); o != nil && off == "blank" {
			t.Error("a date that must be given cannot be left empty")
		} else if o != nil && off == "year.up" && o.(touch.Described).Enabled() {
			t.Errorf("%s leads beyond the bounds", off)
		}
	}
	w.tap(t, e, "field.d.year.down")
	if got := w.answers["d"]; got != "2026-01-10" {
		t.Errorf("a turn beyond the first day goes to it; got %v", got)
	}
	v.Max = "2025-12-31" // before the minimum: nothing is possible, and nothing breaks
	e.Update(v)
	w.tap(t, e, "field.d")
}

func TestDate_that_need_not_be_given_can_be_left_empty(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "d", Type: items.TypeDate, Value: "2026-01-10"})
	w.tap(t, e, "field.d", "field.d.blank")
	if w.last() != "d=<nil>" || w.open || shown(e, "field.d") != "" {
		t.Errorf("said %s; the panel is open: %v; shows %q", w.last(), w.open, shown(e, "field.d"))
	}
}

func TestMonth_has_no_day(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "m", Type: items.TypeMonth, Max: "2026-03"})
	w.tap(t, e, "field.m", "field.m.month.down")
	if w.last() != `m="2026-02"` || find(w.board, "field.m.day.up") != nil {
		t.Errorf("said %s", w.last())
	}
	if got := shown(e, "field.m"); got != "2026年2月" {
		t.Errorf("shows %q", got)
	}
	w.tap(t, e, "field.m.today")
	if w.last() != `m="2026-03"` {
		t.Errorf("this month is %s", w.last())
	}
}

func TestRange_has_two_days_the_second_not_before_the_first(t *testing.T) {
	w := aWindow("zh")
	v := form.FieldView{Key: "r", Type: items.TypeDateRange, Max: "2026-03-05"}
	e := w.editor(v)
	w.tap(t, e, "field.r.from", "field.r.from.month.down", "key.done")
	if w.last() != `r=[]string{"2026-02-05", ""}` {
		t.Errorf("said %s", w.last())
	}
	v.Value = []string{"2026-02-05", ""}
	e.Update(v)
	w.tap(t, e, "field.r.to", "field.r.to.month.down")
	if find(w.board, "field.r.to.day.down").(touch.Described).Enabled() || find(w.board, "field.r.to.year.down").(touch.Described).Enabled() {
		t.Error("the last day can be turned back before the first")
	}
	if w.last() != `r=[]string{"2026-02-05", "2026-02-05"}` {
		t.Errorf("said %s", w.last())
	}
	w.tap(t, e, "field.r.to.blank", "field.r.from", "field.r.from.blank")
	if w.last() != "r=<nil>" {
		t.Errorf("said %s", w.last())
	}
}

func TestDate_is_spoken_in_the_language_of_the_visit(t *testing.T) {
	w := aWindow("en")
	e := fields.New(form.FieldView{Key: "d", Type: items.TypeDate, Value: "1958-03-12"}, "en", w, w.answer)
	lay(e)
	if got := shown(e, "field.d"); got != "12 March 1958" {
		t.Errorf("shows %q", got)
	}
}

func TestDate_shows_what_is_no_date_as_it_is(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "d", Type: items.TypeDate, Value: "三月", Min: "x", Max: "y"})
	if got := shown(e, "field.d"); got != "三月" {
		t.Errorf("shows %q", got)
	}
	w.tap(t, e, "field.d", "field.d.year.up")
	if w.answers["d"] == nil {
		t.Error("it cannot be mended")
	}
}
