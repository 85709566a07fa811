package visit

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/assets/i18n"
	"zizhuban/sync/items"
)

// Machine runs one visit after another. Its methods are the events of a visit: each is safe from any goroutine, returns at
// once, counts as a touch, and does nothing where it does not belong. What takes time goes on in goroutines of the machine,
// which shows what they come to as further changes of its State.
//
// What a citizen enters lives in the machine's stay and nowhere else; it is gone when the visit ends, by whatever way: the
// end of the count-down, inactivity, [Machine.End], [Machine.GoHome], [Machine.Close].
type Machine struct {
	cfg    Config
	clock  clockwork.Clock
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	reader chan struct{} // holds one token: who has it may use the card reader
	wake   chan struct{} // the clock's goroutine looks again

	mu       sync.Mutex
	closed   bool
	step     Step
	lang     string
	elder    bool
	idx      *items.Index // what Home and List show
	list     listing
	stay     *stay    // nil until an item is chosen
	problem  *Problem // stands above the step
	onAct    func(Action)
	warning  int // seconds shown, 0 when not asked
	touched  time.Time
	polled   time.Time
	doneAt   time.Time // when Done ends; zero elsewhere
	count    int       // seconds shown on Done
	run      *cardRun  // the read under way
	cardLies bool      // a card that was read has not been seen taken away
	cardSeen bool      // the reader said lately that a card lies there
	watching bool      // a goroutine looks whether it is taken away
	late     *lateSlip // found at the start
	notes    []slipNote
	noting   bool
	state    State
	outside  outside

	watchers notifier
}

// listing is which items List shows.
type listing struct{ kind, key, query string }

// outside is what the machine shows of the world and looks at now and then.
type outside struct {
	online  bool
	queued  int
	modules string
}

// New begins at Idle.
func New(cfg Config) (*Machine, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.fill()
	ctx, cancel := context.WithCancel(context.Background())
	m := &Machine{
		cfg: cfg, clock: cfg.Clock, log: cfg.Log, ctx: ctx, cancel: cancel,
		reader: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		step: Idle, lang: cfg.Language,
	}
	m.reader <- struct{}{}
	m.touched = m.clock.Now()
	m.polled = m.touched
	m.idx = cfg.Catalogue.Index()
	m.late = newLateSlip(cfg.Unfinished, m.touched)
	m.watchers.begin()
	m.mu.Lock()
	m.outside = m.look()
	m.publish()
	m.mu.Unlock()
	m.work.Go(m.keepTime)
	return m, nil
}

// Close ends the visit under way, wipes it, and waits for every goroutine. A slip whose fate is open then keeps the state that
// it has, so that it is offered after the restart: the citizen has not left it. It must not be called from a watcher.
func (m *Machine) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	m.wipe()
	m.publish()
	m.mu.Unlock()
	m.cancel()
	m.work.Wait()
	m.watchers.end()
	return nil
}

// State is the picture of this moment.
func (m *Machine) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Watch has f called after every change with the new State, in order and never at once with another call, from a goroutine of
// the machine. One who falls far behind misses what is old. f may use the machine, but not Close.
func (m *Machine) Watch(f func(State)) (stop func()) { return m.watchers.add(f) }

// event does f under the lock, as the citizen's doing, and publishes when f tells that something changed.
func (m *Machine) event(f func() bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	changed := m.touch()
	if f() || changed {
		m.publish()
	}
}

// later does f for work that began in stay s, unless that visit has ended meanwhile.
func (m *Machine) later(s *stay, f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || s == nil || m.stay != s {
		return false
	}
	waited := m.paused()
	f()
	if waited && !m.paused() {
		m.touched = m.clock.Now() // the citizen's time begins when the device is done
	}
	m.publish()
	return true
}

// touch puts off the inactivity; it tells whether a warning was taken away.
func (m *Machine) touch() bool {
	m.touched = m.clock.Now()
	warned := m.warning > 0
	m.warning = 0
	if warned {
		m.nudge()
	}
	return warned
}

// nudge has the clock's goroutine look again at what is due next.
func (m *Machine) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// publish draws the state anew and hands it on.
func (m *Machine) publish() {
	m.state = m.draw(m.state.Revision + 1)
	m.watchers.put(m.state)
	m.nudge()
}

// look asks for what the machine shows of the world.
func (m *Machine) look() outside {
	var o outside
	o.online, o.queued = m.cfg.Hall()
	if m.cfg.Modules != nil {
		var names []string
		for name, well := range m.cfg.Modules() {
			if well {
				name += "+"
			}
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			o.modules += name + " "
		}
	}
	return o
}

// Refresh looks at the world outside at once: the hall, the modules, the catalogue. The machine does so by itself every few
// seconds. It does not count as a touch.
func (m *Machine) Refresh() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed && m.refresh() {
		m.publish()
	}
}

func (m *Machine) refresh() bool {
	m.polled = m.clock.Now()
	changed := false
	if now := m.look(); now != m.outside {
		m.outside, changed = now, true
	}
	if m.stay == nil {
		if idx := m.cfg.Catalogue.Index(); idx != m.idx {
			m.idx, changed = idx, true
		}
	}
	return changed
}

// wipe ends the visit and drops all that it held.
func (m *Machine) wipe() {
	if s := m.stay; s != nil {
		m.stopCard()
		if s.ticket != nil && !s.settled && !m.closed {
			m.note(s.ticket.Submission, SlipFailed)
		}
		s.wipe()
		m.stay = nil
	}
	m.step, m.list = Idle, listing{}
	m.lang, m.elder = m.cfg.Language, false
	m.problem, m.onAct = nil, nil
	m.warning, m.count, m.doneAt = 0, 0, time.Time{}
	m.idx = m.cfg.Catalogue.Index()
	m.late.rest()
	m.watchers.drop()
	m.state = State{Revision: m.state.Revision}
}

// trouble puts a problem above the step; act is what its actions do, beside ActEnd and ActHome, which are the same everywhere.
func (m *Machine) trouble(code string, args map[string]any, act func(Action), actions ...Action) {
	m.problem = &Problem{
		Code:    code,
		Title:   Message{Key: "visit.problem." + code + ".title", Args: args},
		Body:    Message{Key: "visit.problem." + code + ".body", Args: args},
		Actions: actions,
	}
	m.onAct = act
	m.log.Warn("problem shown", "code", code, "step", string(m.step))
}

// Touch says that someone is there.
func (m *Machine) Touch() { m.event(func() bool { return false }) }

// Stay answers the question of whether the citizen is still there, and on Done begins the count-down anew.
func (m *Machine) Stay() {
	m.event(func() bool {
		if m.step != Done {
			return false
		}
		m.beginCount()
		return true
	})
}

// End ends the visit: everything is wiped. It waits neither for the disk nor for the printer: while a submission is being
// written or printed it does nothing.
func (m *Machine) End() {
	m.event(func() bool {
		if m.step == Idle || m.committed() {
			return false
		}
		m.wipe()
		return true
	})
}

// GoHome ends the visit and begins another one of the same citizen, in the same language and mode, with nothing kept.
func (m *Machine) GoHome() {
	m.event(func() bool {
		if m.step == Idle || m.committed() {
			return false
		}
		m.goHome()
		return true
	})
}

func (m *Machine) goHome() {
	lang, elder := m.lang, m.elder
	m.wipe()
	m.lang, m.elder, m.step = lang, elder, Home
}

// committed tells whether the visit is where it cannot be left: between the order to submit and the slip's fate.
func (m *Machine) committed() bool {
	return (m.step == Submitting || m.step == Printing) && m.problem == nil
}

// Act presses a button of the problem.
func (m *Machine) Act(a Action) {
	m.event(func() bool {
		if m.problem == nil || !slices.Contains(m.problem.Actions, a) {
			return false
		}
		act := m.onAct
		m.problem, m.onAct = nil, nil
		switch {
		case a == ActEnd:
			m.wipe()
		case a == ActHome:
			m.goHome()
		case act != nil:
			act(a)
		}
		return true
	})
}

// SetLanguage changes the language: zh or en. It goes back when the terminal is idle.
func (m *Machine) SetLanguage(lang string) {
	m.event(func() bool {
		if lang == m.lang || lang != i18n.Chinese && lang != i18n.English {
			return false
		}
		m.lang = lang
		if m.step == Consent {
			m.stay.read = false // these words were not shown yet
		}
		if m.stay != nil && m.stay.form != nil {
			m.stay.form.SetLang(lang)
		}
		return true
	})
}

// SetElder changes to the mode for the elderly or back. The citizen stays at the same question.
func (m *Machine) SetElder(elder bool) {
	m.event(func() bool {
		if elder == m.elder {
			return false
		}
		m.elder = elder
		if s := m.stay; s != nil && s.form != nil {
			s.keepPlace(func() { s.form.SetElder(elder) })
		}
		return true
	})
}
