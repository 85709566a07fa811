package visit

import (
	"time"

	"zizhuban/devices/printer"
)

// lateFor is how long after its submission a slip that was lost to a restart is offered.
const lateFor = 10 * time.Minute

// lateSlip is a slip that was not known to be printed when the terminal stopped. It bears the number and the item, and
// nothing of the citizen, whom the terminal has forgotten.
type lateSlip struct {
	Unfinished
	printed string
	until   time.Time
}

func newLateSlip(u *Unfinished, now time.Time) *lateSlip {
	if u == nil || u.Submission == "" {
		return nil
	}
	until := u.At.Add(lateFor)
	if limit := now.Add(lateFor); until.After(limit) { // the clock was set back
		until = limit
	}
	if !until.After(now) {
		return nil
	}
	return &lateSlip{Unfinished: *u, printed: SlipPending, until: until}
}

func (l *lateSlip) shown() bool { return l != nil && l.until != time.Time{} }

// rest takes a slip off the screen that was printed.
func (l *lateSlip) rest() {
	if l.shown() && l.printed != SlipPending && l.printed != SlipFailed && l.printed != SlipPrinting {
		l.until = time.Time{}
	}
}

// expire takes the slip off the screen when its time is over.
func (l *lateSlip) expire(now time.Time) bool {
	if !l.shown() || now.Before(l.until) || l.printed == SlipPrinting {
		return false
	}
	l.until = time.Time{}
	return true
}

// PrintUnfinished prints the slip that was lost to a restart.
func (m *Machine) PrintUnfinished() {
	m.event(func() bool {
		l := m.late
		if !l.shown() || m.step != Idle && m.step != Home || m.problem != nil || l.printed != SlipPending && l.printed != SlipFailed {
			return false
		}
		l.printed = SlipPrinting
		slip := m.cfg.Slips.Receipt(SlipData{
			Lang: m.lang, Place: m.cfg.Place, ItemName: l.ItemName, LocalNumber: l.LocalNumber, Tracking: l.Tracking, SubmittedAt: l.At,
			Copy: l.Doubt, // the first may have come out after all
		})
		m.work.Go(func() { m.printLate(l.Submission, slip) })
		return true
	})
}

func (m *Machine) printLate(submission string, slip printer.Slip) {
	state, reason := m.printOut(m.ctx, submission, slip)
	if !m.takeLate(state, reason) {
		m.tellStopped(submission, state)
	}
}

// takeLate shows what became of the late slip; false when the machine is closed.
func (m *Machine) takeLate(state, reason string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	l := m.late
	l.printed = state
	if state == SlipFailed {
		if m.step == Home && m.problem == nil {
			m.printerTrouble("reprint", reason, l.LocalNumber, nil, ActOK)
		}
	} else {
		m.note(l.Submission, state)
		if soon := m.clock.Now().Add(10 * time.Second); soon.Before(l.until) {
			l.until = soon // long enough to be read
		}
	}
	m.publish()
	return true
}

// DismissUnfinished says that the slip that was lost to a restart is not wanted.
func (m *Machine) DismissUnfinished() {
	m.event(func() bool {
		l := m.late
		if !l.shown() || m.step != Idle && m.step != Home || l.printed == SlipPrinting {
			return false
		}
		if l.printed == SlipPending || l.printed == SlipFailed {
			m.note(l.Submission, SlipDeclined)
		}
		l.until = time.Time{}
		return true
	})
}
