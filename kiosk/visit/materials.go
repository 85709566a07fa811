package visit

import (
	"strings"
	"time"

	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// What becomes of a material; the words of wire.MaterialState.
const (
	materialRead     = "read"
	materialShared   = "shared"
	materialPromised = "promised"
	materialDeferred = "deferred"
	materialBrought  = "brought"
	materialAbsent   = "absent"
)

// dueDays is how many working days a deferred material has where the item says nothing.
const dueDays = 5

// dueMaterial is a material that the answers call for, and what becomes of it.
type dueMaterial struct {
	items.Material
	state string
	due   string
}

// materials decides what becomes of each material that the answers call for.
//
// The first that is read from a card is the card that was read; a second card was not. What an authority shares the hall
// fetches; what is a promise is given here; what may follow later gets a date; what is needed and cannot be taken here is
// brought to the window.
func (m *Machine) materials(s *stay) []dueMaterial {
	var out []dueMaterial
	cardUsed := s.card == nil
	for _, mat := range s.program.Materials(s.form.Facts()) {
		d := dueMaterial{Material: mat}
		how := mat.How.ZH
		switch {
		case !cardUsed && strings.Contains(how, "读卡"):
			cardUsed = true
			d.state = materialRead
		case mat.Level == "D" && (strings.Contains(how, "签") || strings.Contains(how, "承诺")):
			d.state = materialPromised
		case strings.Contains(how, "共享"), strings.Contains(how, "联网"):
			d.state = materialShared
		case mat.Need == 3:
			d.state = materialDeferred
			days := mat.DueDays
			if days <= 0 {
				days = dueDays
			}
			d.due = workingDays(m.clock.Now(), days).Format("2006-01-02")
		case mat.Need == 1:
			d.state = materialBrought
		default:
			d.state = materialAbsent
		}
		out = append(out, d)
	}
	return out
}

// workingDays is the day n working days after from: weekends do not count. Holidays are for a calendar that the hall sends.
func workingDays(from time.Time, n int) time.Time {
	for n > 0 {
		from = from.AddDate(0, 0, 1)
		if d := from.Weekday(); d != time.Saturday && d != time.Sunday {
			n--
		}
	}
	return from
}

// shownMaterials are all materials for the review.
func (m *Machine) shownMaterials(s *stay) []ReviewMaterial {
	var out []ReviewMaterial
	for _, d := range m.materials(s) {
		out = append(out, ReviewMaterial{Name: d.Name.In(m.lang), State: d.state, Due: d.due})
	}
	return out
}

// follow are the materials that must still be brought or follow.
func (m *Machine) follow(s *stay) []ReviewMaterial {
	var out []ReviewMaterial
	for _, r := range m.shownMaterials(s) {
		if r.State == materialDeferred || r.State == materialBrought {
			out = append(out, r)
		}
	}
	return out
}

// application is what is submitted, but for the ticket.
func (m *Machine) application(s *stay) wire.Application {
	app := wire.Application{
		ItemCode: s.item.Code, ItemVersion: s.item.Version, ItemName: s.item.Name.ZH, Language: m.lang,
		Applicant: s.applicant(), Answers: s.form.Answers(), Consent: *s.consent, SubmittedAt: s.at,
		Materials: []wire.MaterialState{}, Signature: []wire.Stroke{},
	}
	for _, d := range m.materials(s) {
		app.Materials = append(app.Materials, wire.MaterialState{Name: d.Name.ZH, Level: d.Level, State: d.state, Due: d.due})
	}
	if s.needs("sign") {
		for _, stroke := range s.strokes {
			app.Signature = append(app.Signature, append(wire.Stroke{}, stroke...))
		}
	}
	return app
}

func (s *stay) applicant() wire.Applicant {
	a := wire.Applicant{Identified: "typed", Phone: s.form.Phone(), Contact: s.form.Contact()}
	h := s.form.Holder()
	a.Name, a.Sex, a.Nation, a.Birth, a.Address, a.IDNumber = h.Name, h.Sex, h.Nation, h.Birth, h.Address, h.IDNumber
	if c := s.card; c != nil {
		a.Identified = "card"
		a.Authority, a.ValidFrom, a.ValidTo = c.Authority, c.ValidFrom, c.ValidTo
	}
	return a
}
