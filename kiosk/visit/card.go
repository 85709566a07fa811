package visit

import (
	"context"
	"errors"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
)

// keyRemove asks for the card that still lies on the reader to be taken away.
const keyRemove = "visit.card.remove"

// cardRun is one attempt to read a card, of one stay.
type cardRun struct{ cancel context.CancelFunc }

// presenceErrors is how often in a row a reader may fail to tell whether a card lies there before it is no longer asked.
const presenceErrors = 5

// startCard begins to wait for a card.
func (m *Machine) startCard(s *stay) {
	m.stopCard()
	ctx, cancel := context.WithCancel(s.ctx)
	run := &cardRun{cancel}
	m.run = run
	s.phase, s.trouble = CardWaiting, Message{}
	dropCard(s.card)
	s.card = nil
	m.work.Go(func() {
		defer cancel()
		m.readCard(ctx, run, s)
	})
}

// stopCard gives up the read under way.
func (m *Machine) stopCard() {
	if m.run != nil {
		m.run.cancel()
		m.run = nil
	}
}

// RetryCard reads again: after a failure, or because the citizen wants to use another card.
func (m *Machine) RetryCard() {
	m.event(func() bool {
		s := m.stay
		if m.step != CardStep || m.problem != nil || s.phase == CardReading {
			return false
		}
		if s.form != nil { // answers belong to the person of the card before
			s.form.Wipe()
			s.form, s.page, s.editing = nil, 0, false
		}
		m.startCard(s)
		return true
	})
}

// takeReader waits for the card reader to be free.
func (m *Machine) takeReader(ctx context.Context) bool {
	select {
	case <-m.reader:
		return true
	case <-ctx.Done():
		return false
	}
}

func (m *Machine) giveReader() { m.reader <- struct{}{} }

// during does f for a run that is still the one under way.
func (m *Machine) during(run *cardRun, s *stay, f func()) bool {
	current := false
	m.later(s, func() {
		if current = m.run == run; current {
			f()
		}
	})
	return current
}

// readCard waits for a card until one is read or ctx ends; the reader's errors are shown and tried again.
func (m *Machine) readCard(ctx context.Context, run *cardRun, s *stay) {
	if !m.takeReader(ctx) {
		return
	}
	defer m.giveReader()
	if !m.cardGone(ctx, run, s) {
		return
	}
	for {
		card, err := m.cfg.Cards.Read(ctx, func(p idcard.Phase) {
			m.during(run, s, func() {
				switch p {
				case idcard.Reading:
					s.phase, s.trouble = CardReading, Message{}
					m.touch() // whoever lays a card down is there
				case idcard.Waiting:
					// What the citizen did wrong stays to be read until a card lies there again; the reader's own troubles are over.
					if s.phase == CardFailed || s.trouble.Key == keyRemove {
						s.trouble = Message{}
					}
					s.phase = CardWaiting
				case idcard.Lift:
					s.phase, s.trouble = CardWaiting, Message{Key: keyRemove}
				}
			})
		})
		if err == nil {
			// Read may have ended in the same moment as the visit: then nobody waits for the card's contents, but it lies there.
			m.cardRead(run, s, card)
			return
		}
		if ctx.Err() != nil {
			return
		}
		m.log.Warn("card not read", "err", err)
		m.during(run, s, func() {
			s.phase, s.trouble = cardTrouble(err)
		})
		if !m.sleep(ctx, m.cfg.CardRetry) {
			return
		}
	}
}

// cardRead takes the card over.
func (m *Machine) cardRead(run *cardRun, s *stay, card idcard.Card) {
	m.mu.Lock()
	m.cardLies, m.cardSeen = true, true
	if !m.watching && !m.closed {
		m.watching = true
		m.work.Go(m.watchCard)
	}
	m.mu.Unlock()
	taken := m.during(run, s, func() {
		s.card, s.phase, s.trouble = &card, CardRead, Message{}
		m.run = nil
	})
	if !taken {
		dropCard(&card)
	}
}

// cardTrouble says what a reader's error means for the citizen. The read goes on by itself after each of them.
func cardTrouble(err error) (CardPhase, Message) {
	for _, t := range []struct {
		err   error
		phase CardPhase
		key   string
	}{
		{idcard.ErrMoved, CardWaiting, "moved"},
		{idcard.ErrWrongCard, CardWaiting, "wrong"},
		{idcard.ErrUntrusted, CardWaiting, "untrusted"},
		{idcard.ErrNonsense, CardFailed, "nonsense"},
		{idcard.ErrDisconnected, CardFailed, "away"},
		{idcard.ErrOutOfService, CardFailed, "out"},
		{devices.ErrNoDevice, CardFailed, "out"},
	} {
		if errors.Is(err, t.err) {
			return t.phase, Message{Key: "visit.card." + t.key}
		}
	}
	return CardFailed, Message{Key: "visit.card.failed"}
}

// cardGone waits until a card that was read before is taken away: it may be another citizen's.
func (m *Machine) cardGone(ctx context.Context, run *cardRun, s *stay) bool {
	failures := 0
	for {
		m.mu.Lock()
		lies := m.cardLies
		m.mu.Unlock()
		if !lies {
			return true
		}
		present, err := m.cfg.Cards.Present(ctx)
		if ctx.Err() != nil {
			return false
		}
		switch {
		case err == nil && !present:
			m.cardTaken()
			m.during(run, s, func() { s.phase, s.trouble = CardWaiting, Message{} })
			return true
		case err == nil:
			failures = 0
			m.during(run, s, func() { s.phase, s.trouble = CardWaiting, Message{Key: keyRemove} })
		default:
			if failures++; failures >= presenceErrors && !away(err) {
				m.cardTaken() // a reader that cannot tell must not shut everybody out
				return true
			}
			m.during(run, s, func() { s.phase, s.trouble = cardTrouble(err) })
		}
		if !m.sleep(ctx, m.cfg.CardPoll) {
			return false
		}
	}
}

func away(err error) bool {
	return errors.Is(err, idcard.ErrDisconnected) || errors.Is(err, idcard.ErrOutOfService)
}

func (m *Machine) cardTaken() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropSight()
}

// dropSight forgets the card that lay on the reader.
func (m *Machine) dropSight() {
	was := m.cardSeen
	m.cardLies, m.cardSeen = false, false
	if was && !m.closed {
		m.publish()
	}
}

// watchCard looks whether the card that was read is taken away, to remind of it. There is one such goroutine at most.
func (m *Machine) watchCard() {
	for failures := 0; ; {
		if !m.sleep(m.ctx, m.cfg.CardPoll) || !m.takeReader(m.ctx) {
			return
		}
		over := m.watchOnce(&failures)
		m.giveReader()
		if over {
			return
		}
	}
}

// watchOnce looks at the reader once and tells whether there is nothing more to look for.
func (m *Machine) watchOnce(failures *int) (over bool) {
	m.mu.Lock()
	lies := m.cardLies
	m.watching = lies
	m.mu.Unlock()
	if !lies {
		return true // a read has seen it gone
	}
	present, err := m.cfg.Cards.Present(m.ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.ctx.Err() != nil {
		return true
	}
	seen := err == nil && present
	switch {
	case seen:
		*failures = 0
	case err == nil:
		over = true
	case !away(err): // from a reader that is away nobody knows; the next read looks first
		*failures++
		over = *failures >= presenceErrors
	}
	if over {
		m.watching = false
		m.dropSight()
	} else if m.cardSeen != seen {
		m.cardSeen = seen
		m.publish()
	}
	return over
}
