package visit

import (
	"context"
	"slices"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices/printer"
	"zizhuban/kiosk/form"
	"zizhuban/sync/wire"
)

// Submit gives the application in. Taps after the first do nothing: a visit submits once.
func (m *Machine) Submit() { m.event(m.submit) }

func (m *Machine) submit() bool {
	s := m.stay
	switch {
	case m.problem != nil || s == nil || s.ticket != nil:
		return false
	case m.step == Review && !s.needs("sign"):
	case m.step == Sign && enoughInk(s.strokes):
	default:
		return false
	}
	if m.mend(s) { // midnight, or a sibling's rule, may have come between
		return true
	}
	s.from, m.step = m.step, Submitting
	s.at = m.clock.Now()
	app := m.application(s)
	ctx := s.ctx
	m.work.Go(func() { m.store(ctx, s, app) })
	return true
}

// store makes the submission durable and prints its slip.
func (m *Machine) store(ctx context.Context, s *stay, app wire.Application) {
	var ticket Ticket
	err := m.cfg.Submitter.Room(ctx)
	if err == nil {
		ticket, err = m.cfg.Submitter.Submit(ctx, func(t Ticket) wire.Application {
			app.Submission, app.LocalNumber = t.Submission, t.LocalNumber
			return app
		})
	}
	if err != nil {
		m.log.Error("submission not stored", "item", app.ItemCode, "err", err)
		m.later(s, func() {
			m.step = s.from
			m.trouble(storeCode(err), nil, func(a Action) {
				if a == ActRetry {
					m.submit()
				}
			}, ActRetry, ActEnd)
		})
		return
	}
	m.log.Info("submission stored", "submission", ticket.Submission, "sequence", ticket.Sequence, "item", app.ItemCode)
	var slip printer.Slip
	if m.later(s, func() {
		s.ticket = &ticket
		m.step = Printing
		m.fillSlip(s, ticket)
		s.printing = true
		slip = m.cfg.Slips.Receipt(s.data)
	}) {
		m.print(ctx, s, ticket.Submission, slip)
	}
}

// fillSlip makes what the slip and the last screens show.
func (m *Machine) fillSlip(s *stay, t Ticket) {
	holder := s.form.Holder()
	follow := m.follow(s)
	name := s.item.Name.In(m.lang)
	s.slip = SlipView{LocalNumber: t.LocalNumber, ItemName: name, Tracking: t.Tracking, Printed: SlipPrinting, Deferred: follow, Reprints: s.reprints}
	s.data = SlipData{
		Lang: m.lang, Place: m.cfg.Place,
		ItemCode: s.item.Code, ItemName: name, Department: s.dept.In(m.lang),
		Promised: s.item.Promised.Words.In(m.lang), Contact: s.item.Contact.In(m.lang),
		Applicant: form.MaskName(holder.Name), IDNumber: form.MaskID(holder.IDNumber),
		LocalNumber: t.LocalNumber, Tracking: t.Tracking, SubmittedAt: s.at, Follow: slices.Clone(follow),
	}
}

// print prints one slip, first asking the printer how it is, and shows what became of it.
func (m *Machine) print(ctx context.Context, s *stay, submission string, slip printer.Slip) {
	state, reason := m.printOut(ctx, submission, slip)
	if !m.later(s, func() { m.printed(s, state, reason) }) {
		m.tellStopped(submission, state)
	}
}

// tellStopped keeps what became of a slip in the moment in which the terminal is stopped. Only that it came out is kept: of one
// that was cut off there stands that it may be printing, so that it is offered after the restart.
func (m *Machine) tellStopped(submission, state string) {
	if state == SlipPrinted || state == SlipProcessed {
		m.tell(submission, state)
	}
}

// printOut prints and gives the state of the slip, with the reason of a failure.
func (m *Machine) printOut(ctx context.Context, submission string, slip printer.Slip) (state, reason string) {
	ctx, cancel := clockwork.WithTimeout(ctx, m.clock, m.cfg.PrintLimit)
	defer cancel()
	before, err := m.cfg.Printer.Status(ctx)
	if err != nil {
		m.log.Warn("printer does not tell its state", "err", err)
		return SlipFailed, reasonOf(err)
	}
	if err := before.Ready(); err != nil {
		m.log.Warn("printer cannot print", "err", err)
		return SlipFailed, reasonOf(err)
	}
	// Kept before the first byte goes out: after a crash it must be known whether a slip may have come out.
	if submission != "" {
		m.tell(submission, SlipPrinting)
	}
	out, err := m.cfg.Printer.Print(ctx, slip) // the outcome counts with an error too
	m.log.Info("slip sent to the printer", "confirmation", string(out.Confirmation), "bytes", out.Bytes, "reason", out.Reason, "err", err)
	switch out.Confirmation {
	case printer.Printed:
		return SlipPrinted, ""
	case printer.Processed:
		return SlipProcessed, ""
	case printer.Unknown:
		return SlipUnknown, ""
	}
	if out.Reason == "" && err != nil {
		return SlipFailed, reasonOf(err)
	}
	return SlipFailed, known(out.Reason)
}

// printed takes what became of the slip.
func (m *Machine) printed(s *stay, state, reason string) {
	s.printing = false
	if state != SlipFailed {
		m.settle(s, state)
		m.finish()
		return
	}
	s.slip.Printed = SlipFailed
	m.printerTrouble("printer", reason, s.slip.LocalNumber, func(a Action) {
		switch a {
		case ActRetry:
			s.printing, s.slip.Printed = true, SlipPrinting
			m.printAgain(s)
		case ActWithoutSlip:
			m.settle(s, SlipNumber)
			m.finish()
		}
	}, ActRetry, ActWithoutSlip)
}

// printAgain prints the slip of s as it is in s.data, whole.
func (m *Machine) printAgain(s *stay) {
	ctx, submission, slip := s.ctx, s.ticket.Submission, m.cfg.Slips.Receipt(s.data)
	m.work.Go(func() { m.print(ctx, s, submission, slip) })
}

// settle keeps the fate of the slip.
func (m *Machine) settle(s *stay, state string) {
	s.slip.Printed, s.settled = state, true
	m.note(s.ticket.Submission, state)
}

func (m *Machine) finish() {
	m.step = Done
	m.beginCount()
}

// PrintAgain prints another copy of the slip, as often as Config.Reprints says.
func (m *Machine) PrintAgain() {
	m.event(func() bool {
		s := m.stay
		if m.step != Done || m.problem != nil || s.printing || s.slip.Reprints <= 0 {
			return false
		}
		before := s.slip.Printed
		s.slip.Reprints--
		s.slip.Printed, s.printing = SlipPrinting, true
		s.data.Copy = before != SlipNumber // who took the number has no slip yet
		ctx, slip := s.ctx, m.cfg.Slips.Receipt(s.data)
		m.work.Go(func() {
			state, reason := m.printOut(ctx, "", slip) // that the first came out is kept already
			m.later(s, func() {
				s.printing = false
				m.beginCount()
				if state == SlipFailed {
					s.slip.Printed = before
					s.slip.Reprints++
					m.printerTrouble("reprint", reason, s.slip.LocalNumber, nil, ActOK)
					return
				}
				m.settle(s, state)
			})
		})
		return true
	})
}

// slipNote is a slip's state that the submitter is to keep.
type slipNote struct{ submission, state string }

// note has the state of a slip kept, after those noted before, without waiting for it.
func (m *Machine) note(submission, state string) {
	m.notes = append(m.notes, slipNote{submission, state})
	if !m.noting {
		m.noting = true
		m.work.Go(m.keepNotes)
	}
}

func (m *Machine) keepNotes() {
	for {
		m.mu.Lock()
		if len(m.notes) == 0 {
			m.notes, m.noting = nil, false
			m.mu.Unlock()
			return
		}
		n := m.notes[0]
		m.notes = m.notes[1:]
		m.mu.Unlock()
		m.tell(n.submission, n.state)
	}
}

// tell has the submitter keep the state of a slip. It is done even while the machine closes: a state that is lost would have
// the terminal offer a slip that was printed.
func (m *Machine) tell(submission, state string) {
	ctx, cancel := clockwork.WithTimeout(context.WithoutCancel(m.ctx), m.clock, 10*time.Second)
	defer cancel()
	if err := m.cfg.Submitter.Slip(ctx, submission, state); err != nil {
		m.log.Error("the state of a slip was not kept", "submission", submission, "state", state, "err", err)
	}
}
