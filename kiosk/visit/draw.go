package visit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"zizhuban/assets/i18n"
	"zizhuban/devices/idcard"
	"zizhuban/kiosk/form"
	"zizhuban/sync/items"
)

// searchLimit is how many items a search shows.
const searchLimit = 100

// draw makes the picture of this moment. Nothing in it is shared with what may change.
func (m *Machine) draw(revision uint64) State {
	st := State{
		Step: m.step, Revision: revision, Lang: m.lang, Elder: m.elder, Place: m.cfg.Place,
		Online: m.outside.online, Queued: m.outside.queued, TrailAt: -1, TakeCard: m.cardSeen,
	}
	if m.warning > 0 {
		st.Warning = &Warning{Seconds: m.warning}
	}
	if p := m.problem; p != nil {
		copied := *p
		copied.Actions = slices.Clone(p.Actions)
		copied.Title, copied.Body = m.say(p.Title), m.say(p.Body)
		st.Problem = &copied
	}
	if s := m.stay; s != nil {
		st.Trail = s.trail()
		if st.TrailAt = slices.Index(st.Trail, m.step); st.TrailAt < 0 { // Submitting and Printing lead to the last
			st.TrailAt = len(st.Trail) - 1
		}
	}
	m.drawStep(&st)
	if st.Problem != nil {
		st.CanBack, st.CanNext = false, false
	}
	return st
}

// say puts messages and texts within a message's args into the present language.
func (m *Machine) say(msg Message) Message {
	args := make(map[string]any, len(msg.Args))
	for name, v := range msg.Args {
		switch v := v.(type) {
		case Message:
			args[name] = i18n.T(m.lang, v.Key, v.Args)
		case items.Text:
			args[name] = v.In(m.lang)
		default:
			args[name] = v
		}
	}
	msg.Args = args
	return msg
}

func (m *Machine) drawStep(st *State) {
	s := m.stay
	switch m.step {
	case Idle:
		st.HomeView = &HomeView{Notices: m.notices(), Unfinished: m.lateView()}
	case Home:
		st.HomeView = m.homeView()
	case List:
		st.CanBack = true
		st.ListView = m.listView()
	case Guide:
		st.CanBack, st.CanNext = true, s.fits.offered
		st.GuideView = m.guideView(s)
	case Consent:
		st.CanBack, st.CanNext = true, s.read
		st.GuideView = m.guideView(s)
	case CardStep:
		st.CanBack, st.CanNext = true, s.phase == CardRead
		st.CardView = m.cardView(s)
	case FormStep:
		st.CanBack, st.CanNext = true, true
		page := s.form.Page(s.page)
		st.FormView = &FormView{
			Page: s.page, Pages: s.form.Pages(), Title: page.Title,
			Fields: page.Fields, Hints: page.Hints, Broken: page.Broken, Editing: s.editing,
		}
	case Review:
		st.CanBack, st.CanNext = true, true
		st.ReviewView = m.reviewView(s)
	case Sign:
		enough := enoughInk(s.strokes)
		st.CanBack, st.CanNext = true, enough
		st.SignView = &SignView{Promise: m.promise(s), Strokes: len(s.strokes), Enough: enough}
	case Printing, Done:
		view := s.slip
		view.Deferred = slices.Clone(view.Deferred)
		st.SlipView = &view
		if m.step == Done {
			st.Countdown = m.count
		}
	}
}

func (m *Machine) homeView() *HomeView {
	v := &HomeView{Hot: m.tiles(m.idx.Hot()), Notices: m.notices(), Unfinished: m.lateView()}
	v.Departments = m.groups(m.idx.Departments())
	v.Themes = m.groups(m.idx.Themes())
	return v
}

func (m *Machine) groups(groups []items.Group) []Group {
	out := make([]Group, len(groups))
	for i, g := range groups {
		out[i] = Group{Key: g.Key, Name: g.Name.In(m.lang), Icon: g.Icon, Count: g.Count}
	}
	return out
}

func (m *Machine) lateView() *SlipView {
	if !m.late.shown() {
		return nil
	}
	l := m.late
	return &SlipView{LocalNumber: l.LocalNumber, ItemName: l.ItemName, Tracking: l.Tracking, Printed: l.printed, Doubt: l.Doubt}
}

// notices are what is out of order.
func (m *Machine) notices() []Message {
	if m.cfg.Modules == nil {
		return nil
	}
	modules := m.cfg.Modules()
	var out []Message
	for _, name := range []string{"card", "slip", "a4", "scan", "cam", "face", "sign"} {
		if well, fitted := modules[name]; fitted && !well {
			out = append(out, Message{Key: "visit.notice.broken", Args: map[string]any{"module": m.moduleNames([]string{name})}})
		}
	}
	return out
}

func (m *Machine) moduleNames(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		if words[i] = name; i18n.Has(m.lang, "visit.module."+name) {
			words[i] = i18n.T(m.lang, "visit.module."+name, nil)
		}
	}
	return strings.Join(words, i18n.T(m.lang, "visit.comma", nil))
}

func (m *Machine) listView() *ListView {
	v := &ListView{Kind: m.list.kind, Query: m.list.query}
	switch m.list.kind {
	case "department":
		v.Tiles = m.tiles(m.idx.Department(m.list.key))
		v.Title = groupName(m.idx.Departments(), m.list.key, m.lang)
	case "theme":
		v.Tiles = m.tiles(m.idx.Theme(m.list.key))
		v.Title = groupName(m.idx.Themes(), m.list.key, m.lang)
	case "search":
		v.Title = i18n.T(m.lang, "visit.search", nil)
		if strings.TrimSpace(m.list.query) != "" {
			v.Tiles = m.tiles(m.idx.Search(m.list.query, searchLimit))
		}
	}
	return v
}

func groupName(groups []items.Group, key, lang string) string {
	for _, g := range groups {
		if g.Key == key {
			return g.Name.In(lang)
		}
	}
	return ""
}

func (m *Machine) tiles(hits []items.Hit) []Tile {
	depts := map[string]string{}
	for _, d := range m.idx.Catalogue().Departments {
		depts[d.Code] = d.Name.In(m.lang)
	}
	tiles := make([]Tile, len(hits))
	for i, h := range hits {
		o := m.offerOf(h)
		tiles[i] = Tile{
			Code: h.Item.Code, Name: h.Item.Name.In(m.lang), Department: depts[h.Item.Department], Kind: h.Item.Kind,
			Promised: h.Item.Promised.Words.In(m.lang), Offered: o.offered, Why: m.why(h.Item, o),
		}
	}
	return tiles
}

// why tells why an item is not offered here, and where it is.
func (m *Machine) why(item *items.Item, o offer) Message {
	switch {
	case o.offered:
		return Message{}
	case o.offSite:
		places := make([]string, len(item.Sites))
		for i, site := range item.Sites {
			places[i] = i18n.T(m.lang, "visit.site."+site, nil)
		}
		return Message{Key: "visit.why.site", Args: map[string]any{"places": strings.Join(places, i18n.T(m.lang, "visit.comma", nil))}}
	case len(o.broken) > 0 && len(o.missing) == 0:
		return Message{Key: "visit.why.broken", Args: map[string]any{"modules": m.moduleNames(o.broken)}}
	}
	return Message{Key: "visit.why.missing", Args: map[string]any{"modules": m.moduleNames(o.missing)}}
}

func (m *Machine) guideView(s *stay) *GuideView {
	v := &GuideView{Item: s.item, Lang: m.lang, Dept: s.dept.In(m.lang), Offered: s.fits.offered, Why: m.why(s.item, s.fits), Read: s.read}
	v.Notice, v.NoticeVer = s.notice(m.lang, m.cfg.Place)
	return v
}

// notice is the text to consent to, with the version that the consent records: the item's version, the language, and the
// beginning of the text's SHA-256, so that it can be shown later which words were agreed to.
func (s *stay) notice(lang, place string) (text, version string) {
	text = s.item.Notice.In(lang)
	if text == "" {
		text = i18n.T(lang, "visit.consent.notice", map[string]any{
			"dept": s.dept.In(lang), "item": s.item.Name.In(lang), "contact": s.item.Contact.In(lang), "place": place,
		})
	}
	sum := sha256.Sum256([]byte(text))
	return text, fmt.Sprintf("%d-%s-%s", s.item.Version, lang, hex.EncodeToString(sum[:6]))
}

func (m *Machine) cardView(s *stay) *CardView {
	v := &CardView{Phase: s.phase, Trouble: s.trouble, Lift: m.cardSeen}
	if s.card != nil {
		v.Name, v.Number = form.MaskName(s.card.Name), form.MaskID(s.card.IDNumber)
		if s.card.ValidTo != "" && s.card.ValidTo != idcard.LongTerm && s.card.ValidTo < m.clock.Now().Format("2006-01-02") {
			v.Notes = append(v.Notes, Message{Key: "visit.card.expired", Args: map[string]any{"date": s.card.ValidTo}})
		}
	}
	return v
}

func (m *Machine) reviewView(s *stay) *ReviewView {
	v := &ReviewView{Item: s.item.Name.In(m.lang), Materials: m.shownMaterials(s)}
	if s.card != nil {
		for _, row := range []struct{ key, value string }{
			{"form.label.name", form.MaskName(s.card.Name)}, {"form.label.id_number", form.MaskID(s.card.IDNumber)},
		} {
			v.Rows = append(v.Rows, ReviewRow{Label: i18n.T(m.lang, row.key, nil), Value: row.value, Page: -1})
		}
	}
	for _, row := range s.form.Rows() {
		v.Rows = append(v.Rows, ReviewRow{Label: row.Label, Value: row.Value, Page: row.Page})
	}
	return v
}

// promise is what the citizen signs, with the promises that count as materials.
func (m *Machine) promise(s *stay) string {
	text := i18n.T(m.lang, "visit.sign.promise", map[string]any{"item": s.item.Name.In(m.lang), "dept": s.dept.In(m.lang)})
	var names []string
	for _, d := range m.materials(s) {
		if d.state == materialPromised {
			names = append(names, d.Name.In(m.lang))
		}
	}
	if len(names) > 0 {
		text += i18n.T(m.lang, "visit.sign.with", map[string]any{"names": strings.Join(names, i18n.T(m.lang, "visit.comma", nil))})
	}
	return text
}
