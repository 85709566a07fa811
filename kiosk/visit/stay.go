package visit

import (
	"context"
	"slices"
	"time"

	"zizhuban/devices/idcard"
	"zizhuban/kiosk/form"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// stay is everything that a visit knows of its citizen, from the choice of an item on. Work that a stay began holds a pointer
// to it; what comes back when the machine holds another stay, or none, is dropped.
type stay struct {
	ctx    context.Context
	cancel context.CancelFunc

	item    *items.Item // pinned: a new catalogue does not change a visit in progress
	program *items.Program
	dept    items.Text
	fits    offer // as of the choice

	read    bool // the notice was shown to its end
	consent *wire.Consent

	phase   CardPhase
	trouble Message
	card    *idcard.Card

	form    *form.Form
	page    int
	editing bool // came from the review and goes back there

	strokes []wire.Stroke

	from     Step // where Submit was pressed
	ticket   *Ticket
	at       time.Time // of the submission
	slip     SlipView
	data     SlipData
	printing bool
	settled  bool // the slip's fate is told to the submitter
	reprints int
}

// trail is the steps of this item's visit.
func (s *stay) trail() []Step {
	trail := []Step{Guide, Consent}
	if s.needs("card") {
		trail = append(trail, CardStep)
	}
	trail = append(trail, FormStep, Review)
	if s.needs("sign") {
		trail = append(trail, Sign)
	}
	return append(trail, Done)
}

func (s *stay) needs(module string) bool { return slices.Contains(s.item.Modules, module) }

// beside gives the step by steps after (or, below 0, before) step on the trail.
func (s *stay) beside(step Step, by int) Step {
	trail := s.trail()
	return trail[slices.Index(trail, step)+by]
}

// keepPlace does f, which may change the form's pages, and finds the page again.
func (s *stay) keepPlace(f func()) {
	anchor := s.form.FirstOf(s.page)
	f()
	s.page = min(s.form.PageOf(anchor), s.form.Pages()-1)
}

// wipe drops all that belongs to the citizen. Strings cannot be overwritten in Go; bytes and points are.
func (s *stay) wipe() {
	s.cancel()
	dropCard(s.card)
	if s.form != nil {
		s.form.Wipe()
	}
	dropStrokes(s.strokes)
	*s = stay{ctx: s.ctx, cancel: s.cancel}
}

func dropCard(c *idcard.Card) {
	if c != nil {
		clear(c.Photo)
		clear(c.Warnings)
		*c = idcard.Card{}
	}
}

func dropStrokes(strokes []wire.Stroke) {
	for _, stroke := range strokes {
		clear(stroke)
	}
	clear(strokes)
}

// offer is whether an item is offered on this terminal now, and why not.
type offer struct {
	offered bool
	offSite bool
	missing []string // modules that are not fitted
	broken  []string // modules that are out of order
}

// offerOf judges a hit of the index by the modules as they are now.
func (m *Machine) offerOf(h items.Hit) offer {
	o := offer{offered: h.Offered, offSite: h.OffSite, missing: h.Missing}
	if m.cfg.Modules == nil {
		return o
	}
	o.missing = nil
	modules := m.cfg.Modules()
	for _, name := range h.Item.Modules {
		if well, fitted := modules[name]; !fitted {
			o.missing = append(o.missing, name)
		} else if !well {
			o.broken = append(o.broken, name)
		}
	}
	o.offered = !o.offSite && len(o.missing) == 0 && len(o.broken) == 0
	return o
}

func (m *Machine) newStay(item *items.Item, program *items.Program, fits offer) *stay {
	ctx, cancel := context.WithCancel(m.ctx)
	s := &stay{ctx: ctx, cancel: cancel, item: item, program: program, fits: fits, reprints: m.cfg.Reprints}
	for _, d := range m.idx.Catalogue().Departments {
		if d.Code == item.Department {
			s.dept = d.Name
		}
	}
	return s
}
