package visit

import (
	"errors"

	"zizhuban/kiosk/form"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// Start leaves Idle for Home, where the newest catalogue shows.
func (m *Machine) Start() {
	m.event(func() bool {
		if m.step != Idle {
			return false
		}
		m.idx = m.cfg.Catalogue.Index()
		m.outside = m.look()
		m.step = Home
		m.log.Info("visit begun", "catalogue", m.idx.Catalogue().Version)
		return true
	})
}

// OpenDepartment lists the items of a department, by its code.
func (m *Machine) OpenDepartment(key string) { m.open(listing{kind: "department", key: key}) }

// OpenTheme lists the items of a theme.
func (m *Machine) OpenTheme(key string) { m.open(listing{kind: "theme", key: key}) }

// Search lists what a query finds, best first. Every key stroke may call it.
func (m *Machine) Search(query string) { m.open(listing{kind: "search", query: query}) }

func (m *Machine) open(l listing) {
	m.event(func() bool {
		if m.step != Home && m.step != List || m.problem != nil || m.step == List && l == m.list {
			return false
		}
		m.step, m.list = List, l
		return true
	})
}

// Choose opens an item's guide, by the item's code.
func (m *Machine) Choose(code string) {
	m.event(func() bool {
		if m.step != Home && m.step != List || m.problem != nil {
			return false
		}
		item, program, ok := m.idx.Item(code)
		if !ok {
			return false
		}
		hit, _ := m.idx.Offer(code)
		m.stay = m.newStay(item, program, m.offerOf(hit))
		m.step = Guide
		m.log.Info("item chosen", "item", code, "version", item.Version)
		return true
	})
}

// Begin leaves the guide for notice and consent. Whether there is room for one more submission is looked at meanwhile, so
// that nobody fills in a form for nothing.
func (m *Machine) Begin() { m.event(m.begin) }

func (m *Machine) begin() bool {
	s := m.stay
	if m.step != Guide || m.problem != nil {
		return false
	}
	hit, _ := m.idx.Offer(s.item.Code)
	if s.fits = m.offerOf(hit); !s.fits.offered {
		return true // the screen shows why, as it is now
	}
	m.step = Consent
	ctx := s.ctx
	m.work.Go(func() {
		if err := m.cfg.Submitter.Room(ctx); err != nil && ctx.Err() == nil {
			m.log.Error("there is no room for a submission", "err", err)
			m.later(s, func() {
				if m.problem == nil && !m.committed() && s.ticket == nil {
					m.trouble("no-room", nil, nil, ActHome, ActEnd)
				}
			})
		}
	})
	return true
}

// storeCode is the problem's code for what a Submitter says.
func storeCode(err error) string {
	switch {
	case errors.Is(err, ErrFull):
		return "queue-full"
	case errors.Is(err, ErrNoSpace):
		return "disk-full"
	}
	return "store-failed"
}

// ReadNotice says that the notice was shown to its end; only then can it be agreed to.
func (m *Machine) ReadNotice() {
	m.event(func() bool {
		if m.step != Consent || m.stay.read {
			return false
		}
		m.stay.read = true
		return true
	})
}

// Agree is the citizen's consent to the notice as it stands on the screen; its version and the time are recorded.
func (m *Machine) Agree() { m.event(m.agree) }

func (m *Machine) agree() bool {
	s := m.stay
	if m.step != Consent || m.problem != nil || !s.read {
		return false
	}
	_, version := s.notice(m.lang, m.cfg.Place)
	s.consent = &wire.Consent{Version: version, At: m.clock.Now()}
	m.enter(s.beside(Consent, 1))
	return true
}

// Refuse goes back to the guide, which tells the other ways.
func (m *Machine) Refuse() {
	m.event(func() bool {
		if m.step != Consent || m.problem != nil {
			return false
		}
		m.stay.consent = nil
		m.step = Guide
		m.trouble("refused", map[string]any{"place": m.stay.item.Place, "contact": m.stay.item.Contact}, nil, ActOK, ActHome)
		return true
	})
}

// enter goes to a step of the trail and begins what belongs to it.
func (m *Machine) enter(step Step) {
	s := m.stay
	m.step = step
	switch step {
	case CardStep:
		if s.card == nil {
			m.startCard(s)
		}
	case FormStep:
		if s.form == nil {
			s.form = form.New(s.item, s.program, s.holder(), m.clock, m.lang)
			s.form.SetElder(m.elder)
			s.page = 0
		}
	}
}

// holder is the card's, or nobody where the item takes none.
func (s *stay) holder() items.Holder {
	if s.card == nil {
		return items.Holder{}
	}
	c := s.card
	return items.Holder{Name: c.Name, Sex: c.Sex, Nation: c.Nation, Birth: c.Birth, Address: c.Address, IDNumber: c.IDNumber}
}

// Answer answers a question of the form: path is a field's key, or list.0.key within a row.
func (m *Machine) Answer(path string, value any) {
	m.form(func(s *stay) bool {
		var err error
		s.keepPlace(func() { err = s.form.Set(path, value) })
		if err != nil {
			m.log.Debug("answer ignored", "path", path) // the error could quote what a broken screen sent
		}
		return err == nil
	})
}

// LeaveField says that the citizen is done with the field answered last, such as when the keyboard closes; its error may show.
func (m *Machine) LeaveField() {
	m.form(func(s *stay) bool {
		s.form.Leave()
		return true
	})
}

// AddRow adds an empty entry to a list.
func (m *Machine) AddRow(key string) { m.form(func(s *stay) bool { return s.form.AddRow(key) }) }

// RemoveRow takes entry i out of a list.
func (m *Machine) RemoveRow(key string, i int) {
	m.form(func(s *stay) bool { return s.form.RemoveRow(key, i) })
}

func (m *Machine) form(f func(*stay) bool) {
	m.event(func() bool {
		if m.step != FormStep || m.problem != nil {
			return false
		}
		return f(m.stay)
	})
}

// Next is the step's main button.
func (m *Machine) Next() {
	m.event(func() bool {
		if m.problem != nil {
			return false
		}
		s := m.stay
		switch m.step {
		case Guide:
			return m.begin()
		case Consent:
			return m.agree()
		case CardStep:
			if s.phase != CardRead {
				return false
			}
			m.enter(FormStep)
			return true
		case FormStep:
			m.nextPage(s)
			return true
		case Review:
			if s.needs("sign") {
				m.enter(Sign)
				return true
			}
			return m.submit()
		case Sign:
			return m.submit()
		}
		return false
	})
}

// nextPage leaves a page of the form when everything on it is acceptable. The review is reached when all pages are.
func (m *Machine) nextPage(s *stay) {
	ok := false
	s.keepPlace(func() { _, ok = s.form.Check(s.page) })
	switch {
	case !ok:
	case !s.editing && s.page+1 < s.form.Pages():
		s.page++
	case m.mend(s):
	default:
		s.editing = false
		m.enter(Review)
	}
}

// mend goes to the first page that is not acceptable, if there is one.
func (m *Machine) mend(s *stay) bool {
	page, ok := s.form.CheckAll()
	if ok {
		return false
	}
	s.form.Check(page)
	m.step, s.page, s.editing = FormStep, page, true
	return true
}

// Back goes one step or page back; nothing that was entered is lost.
func (m *Machine) Back() {
	m.event(func() bool {
		if m.problem != nil {
			return false
		}
		s := m.stay
		switch m.step {
		case List:
			m.step, m.list = Home, listing{}
		case Guide:
			s.wipe()
			m.stay = nil
			if m.step = List; m.list.kind == "" {
				m.step = Home
			}
			m.refresh() // nothing is pinned any more
		case Consent:
			m.step = Guide
		case CardStep:
			if s.card == nil {
				m.stopCard()
			}
			m.step = Consent
		case FormStep:
			s.form.Leave()
			switch {
			case s.editing:
				if !m.mend(s) {
					s.editing = false
					m.step = Review
				}
			case s.page > 0:
				s.page--
			default:
				m.step = s.beside(FormStep, -1)
			}
		case Review:
			m.step, s.page, s.editing = FormStep, s.form.Pages()-1, false
		case Sign:
			m.step = Review
		default:
			return false
		}
		return true
	})
}

// GoTo opens a page of the form from the review; Next and Back lead back there.
func (m *Machine) GoTo(page int) {
	m.event(func() bool {
		if m.step != Review || m.problem != nil || page < 0 || page >= m.stay.form.Pages() {
			return false
		}
		m.step, m.stay.page, m.stay.editing = FormStep, page, true
		return true
	})
}
