package visit

import (
	"context"
	"time"
)

// pollEvery is how often the machine looks at the hall, the modules and the catalogue by itself.
const pollEvery = 2 * time.Second

// keepTime is the goroutine that waits for whatever is due next.
func (m *Machine) keepTime() {
	for {
		m.mu.Lock()
		due := m.due()
		m.mu.Unlock()
		wait := due.Sub(m.clock.Now())
		if wait > 0 {
			timer := m.clock.NewTimer(wait)
			select {
			case <-timer.Chan():
			case <-m.wake:
			case <-m.ctx.Done():
				timer.Stop()
				return
			}
			timer.Stop()
		} else if m.ctx.Err() != nil {
			return
		}
		m.tick()
	}
}

// due is when the next thing happens by itself.
func (m *Machine) due() time.Time {
	next := m.polled.Add(pollEvery)
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	switch {
	case m.paused():
	case m.step == Done:
		sooner(secondBefore(m.doneAt, m.count))
	case m.counts():
		idle, warn := m.patience()
		if end := m.touched.Add(idle + warn); m.warning > 0 {
			sooner(secondBefore(end, m.warning))
		} else {
			sooner(m.touched.Add(idle))
		}
	}
	if m.late.shown() && m.late.printed != SlipPrinting {
		sooner(m.late.until)
	}
	return next
}

// secondBefore is when a count-down to end that shows n changes.
func secondBefore(end time.Time, n int) time.Time {
	return end.Add(-time.Duration(max(n-1, 0)) * time.Second)
}

// left is what a count-down to end shows at now: whole seconds, rounded up.
func left(end, now time.Time) int {
	return int((end.Sub(now) + time.Second - 1) / time.Second)
}

// counts tells whether inactivity matters at this step.
func (m *Machine) counts() bool {
	if m.step == Idle {
		return m.lang != m.cfg.Language || m.elder // someone chose and went away
	}
	return m.step != Done
}

// paused tells whether a device or the disk works and the citizen can only wait.
func (m *Machine) paused() bool {
	if m.problem != nil {
		return false
	}
	switch m.step {
	case Submitting, Printing:
		return true
	case Done:
		return m.stay != nil && m.stay.printing
	case CardStep:
		return m.stay != nil && m.stay.phase == CardReading
	}
	return false
}

// patience is how long nobody need touch anything, and how long the question stands. There is more to read on some steps.
func (m *Machine) patience() (idle, warn time.Duration) {
	idle, warn = m.cfg.Idle, m.cfg.Warn
	if m.elder {
		idle, warn = m.cfg.IdleElder, m.cfg.WarnElder
	}
	switch m.step {
	case Idle:
		warn = 0 // there is nothing to lose, and nobody to ask
	case Guide, Consent, Review:
		idle *= 2
	}
	return idle, warn
}

// tick does what is due.
func (m *Machine) tick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	now := m.clock.Now()
	changed := false
	switch {
	case m.paused():
		m.touched = now
	case m.step == Done:
		if n := left(m.doneAt, now); n <= 0 {
			m.log.Info("visit over", "why", "count-down")
			m.wipe()
			changed = true
		} else if n != m.count {
			m.count, changed = n, true
		}
	case m.counts():
		changed = m.tickIdle(now)
	}
	if m.late.expire(now) {
		changed = true
	}
	if !now.Before(m.polled.Add(pollEvery)) && m.refresh() {
		changed = true
	}
	if changed {
		m.publish()
	}
}

func (m *Machine) tickIdle(now time.Time) bool {
	idle, warn := m.patience()
	if now.Before(m.touched.Add(idle)) {
		return false
	}
	n := left(m.touched.Add(idle+warn), now)
	if n <= 0 {
		m.log.Info("visit over", "why", "inactivity", "step", string(m.step))
		m.wipe()
		return true
	}
	if n == m.warning {
		return false
	}
	m.warning = n
	return true
}

// beginCount begins the count-down of Done.
func (m *Machine) beginCount() {
	d := m.cfg.DoneFor
	if m.elder {
		d *= 2
	}
	now := m.clock.Now()
	m.doneAt = now.Add(d)
	m.count = left(m.doneAt, now)
}

// sleep waits on the machine's clock; false when ctx ended first.
func (m *Machine) sleep(ctx context.Context, d time.Duration) bool {
	timer := m.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.Chan():
		return true
	case <-ctx.Done():
		return false
	}
}
