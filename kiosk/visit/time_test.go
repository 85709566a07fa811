package visit_test

import (
	"testing"
	"time"

	"zizhuban/kiosk/visit"
)

func warned(n int) func(visit.State) bool {
	return func(s visit.State) bool { return s.Warning != nil && s.Warning.Seconds == n }
}

func atIdle(s visit.State) bool { return s.Step == visit.Idle }

func TestVisit_asks_whether_anyone_is_there_and_then_wipes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		elder      bool
		idle, warn int // seconds
	}{{"standard", false, 75, 20}, {"elder", true, 120, 30}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tm := aTerminal(t)
			tm.toForm(plainItem)
			tm.SetElder(c.elder)
			from := tm.clock.Now()
			tm.passUntil("the question", time.Second, c.idle, warned(c.warn))
			if d := tm.clock.Now().Sub(from); d != time.Duration(c.idle)*time.Second {
				t.Errorf("asked after %v", d)
			}
			tm.Stay()
			if s := tm.State(); s.Warning != nil || s.Step != visit.FormStep {
				t.Fatalf("the answer was not heard: %+v", s.Warning)
			}
			tm.passUntil("the question", time.Second, c.idle, warned(c.warn))
			for n := c.warn - 1; n > 0; n-- {
				tm.pass(1, time.Second)
				tm.await("the count-down", warned(n))
			}
			tm.pass(1, time.Second)
			s := tm.await("idle", atIdle)
			if s.Elder || s.Warning != nil || s.FormView != nil {
				t.Errorf("left: %+v", s)
			}
		})
	}
}

func TestVisit_gives_twice_the_time_where_there_is_much_to_read(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.Start()
	tm.Choose(plainItem.Code)
	from := tm.clock.Now()
	tm.passUntil("the question", time.Second, 151, warned(20))
	if d := tm.clock.Now().Sub(from); d != 150*time.Second {
		t.Errorf("asked after %v", d)
	}
}

func TestVisit_does_not_hurry_while_a_device_works(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	gate := make(chan struct{})
	tm.toReview(plainItem)
	tm.store.with(func() { tm.store.gate = gate })
	tm.Submit()
	tm.awaitStep(visit.Submitting)
	for range 100 {
		tm.pass(1, 5*time.Second)
	}
	if s := tm.State(); s.Step != visit.Submitting || s.Warning != nil {
		t.Errorf("%s %+v", s.Step, s.Warning)
	}
	close(gate)
	tm.awaitStep(visit.Done)
}

func TestVisit_begins_the_citizens_time_anew_when_a_device_is_done(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toCard()
	tm.reader.keepReading(true)
	tm.reader.put(cardB)
	tm.await("reading", phase(visit.CardReading))
	for range 40 {
		tm.pass(1, 5*time.Second)
	}
	tm.reader.keepReading(false)
	tm.await("the card", phase(visit.CardRead))
	tm.passUntil("the question", time.Second, 75, warned(20))
}

func TestVisit_counts_down_from_done_to_idle(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toReview(plainItem)
	tm.Submit()
	tm.awaitStep(visit.Done)
	tm.pass(1, time.Second)
	tm.await("29", func(s visit.State) bool { return s.Countdown == 29 })
	tm.Stay()
	if n := tm.State().Countdown; n != 30 {
		t.Errorf("count-down %d after the citizen asked for time", n)
	}
	for n := 29; n > 0; n-- {
		tm.pass(1, time.Second)
		tm.await("the count-down", func(s visit.State) bool { return s.Countdown == n })
	}
	tm.pass(1, time.Second)
	tm.await("idle", atIdle)
}

func TestVisit_leaves_a_problem_that_nobody_answers(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.printer.with(func() { tm.printer.paper = 0 })
	tm.toReview(plainItem)
	tm.Submit()
	tm.awaitProblem("printer-paper-out")
	tm.passUntil("idle", 5*time.Second, 30, atIdle)
	tm.waitSaid("submission-1 failed")
}

func TestVisit_puts_language_and_mode_back_when_nobody_begins(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.SetLanguage("en")
	tm.SetElder(true)
	tm.passUntil("the usual", 5*time.Second, 30, func(s visit.State) bool { return s.Lang == "zh" && !s.Elder })
}

func TestVisit_shows_the_hall_as_it_is_now(t *testing.T) {
	t.Parallel()
	online := make(chan bool, 1)
	online <- false
	tm := aTerminal(t, func(c *visit.Config) {
		c.Hall = func() (bool, int) {
			on := <-online
			online <- on
			return on, 3
		}
	})
	if s := tm.State(); s.Online || s.Queued != 3 {
		t.Errorf("online %v, queued %d", s.Online, s.Queued)
	}
	<-online
	online <- true
	tm.pass(1, 5*time.Second)
	tm.await("the hall", func(s visit.State) bool { return s.Online })
}
