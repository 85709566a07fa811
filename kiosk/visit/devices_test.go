package visit_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"zizhuban/devices/idcard"
	"zizhuban/kiosk/visit"
)

func (tm *terminal) toCard() {
	tm.t.Helper()
	tm.toConsent(plainItem)
	tm.agree()
	tm.await("the reader", func(s visit.State) bool { return s.CardView != nil && s.CardView.Phase == visit.CardWaiting })
}

func trouble(key string) func(visit.State) bool {
	return func(s visit.State) bool { return s.CardView != nil && s.CardView.Trouble.Key == key }
}

func phase(p visit.CardPhase) func(visit.State) bool {
	return func(s visit.State) bool { return s.CardView != nil && s.CardView.Phase == p }
}

func TestVisit_reads_again_when_the_card_was_lifted_too_early(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toCard()
	tm.reader.keepReading(true)
	tm.reader.put(cardB)
	tm.await("reading", phase(visit.CardReading))
	tm.reader.lift()
	s := tm.await("the reason", trouble("visit.card.moved"))
	if s.CardView.Phase != visit.CardWaiting || s.CanNext {
		t.Errorf("%+v", s.CardView)
	}
	tm.reader.keepReading(false)
	tm.reader.put(cardB)
	if s := tm.heal("the card", phase(visit.CardRead)); s.CardView.Trouble.Key != "" {
		t.Errorf("the trouble stays: %v", s.CardView.Trouble)
	}
}

func TestVisit_says_what_is_wrong_with_the_card_or_the_reader_and_goes_on_by_itself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err   error
		key   string
		phase visit.CardPhase
	}{
		{idcard.WrongCard{}, "visit.card.wrong", visit.CardWaiting},
		{idcard.ErrUntrusted, "visit.card.untrusted", visit.CardWaiting},
		{fmt.Errorf("frame: %w", idcard.ErrNonsense), "visit.card.nonsense", visit.CardFailed},
		{idcard.ErrNoAnswer, "visit.card.away", visit.CardFailed},
		{idcard.ErrOutOfService, "visit.card.out", visit.CardFailed},
		{io.ErrUnexpectedEOF, "visit.card.failed", visit.CardFailed},
	} {
		t.Run(c.key, func(t *testing.T) {
			t.Parallel()
			tm := aTerminal(t)
			tm.reader.fail(c.err, c.err)
			tm.toConsent(plainItem)
			tm.agree()
			if s := tm.await("the reason", trouble(c.key)); s.CardView.Phase != c.phase || !s.CanBack {
				t.Errorf("%+v", s.CardView)
			}
			tm.reader.put(cardB)
			if s := tm.heal("the card", phase(visit.CardRead)); s.CardView.Trouble.Key != "" {
				t.Errorf("%+v", s.CardView)
			}
		})
	}
}

func TestVisit_waits_for_a_reader_that_was_unplugged(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toCard()
	tm.reader.unplug()
	tm.await("the reason", trouble("visit.card.away"))
	for range 3 {
		tm.pass(2, 2*time.Second)
	}
	if s := tm.State(); s.CardView.Phase != visit.CardFailed || s.CardView.Trouble.Key != "visit.card.away" {
		t.Errorf("while it is away: %+v", s.CardView)
	}
	tm.reader.plug()
	tm.heal("the reader healed", func(s visit.State) bool { return s.CardView.Phase == visit.CardWaiting && s.CardView.Trouble.Key == "" })
	tm.reader.put(cardB)
	tm.await("the card", phase(visit.CardRead))
}

func TestVisit_does_not_take_the_card_that_the_citizen_before_left(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toCard()
	tm.reader.put(cardB)
	tm.await("the card", phase(visit.CardRead))
	tm.End()
	if s := tm.State(); s.Step != visit.Idle || !s.TakeCard {
		t.Fatalf("%s, reminded of the card: %v", s.Step, s.TakeCard)
	}
	tm.toConsent(plainItem)
	tm.agree()
	tm.await("the request to take it away", trouble("visit.card.remove"))
	tm.pass(2, time.Second)
	if s := tm.State(); s.CardView.Phase == visit.CardRead {
		t.Fatal("the card of the citizen before was read")
	}
	tm.reader.lift()
	tm.heal("the reader free", func(s visit.State) bool {
		return s.CardView.Phase == visit.CardWaiting && s.CardView.Trouble.Key == "" && !s.TakeCard
	})
	tm.reader.put(cardD)
	if s := tm.await("the card", phase(visit.CardRead)); s.CardView.Number != "330***********0042" {
		t.Errorf("%+v", s.CardView)
	}
}

func TestVisit_reads_another_card_when_asked_and_forgets_the_answers_of_the_first(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toForm(plainItem)
	tm.Answer("@phone", "13800000000")
	tm.Back()
	tm.heal("the first card to be seen gone", func(s visit.State) bool { return !s.TakeCard })
	tm.RetryCard()
	if s := tm.State(); s.CardView.Name != "" || s.CanNext {
		t.Errorf("%+v", s.CardView)
	}
	tm.reader.put(cardD)
	tm.heal("the card", phase(visit.CardRead))
	tm.Next()
	s := tm.awaitStep(visit.FormStep)
	if v := s.FormView.Fields[0].Value; v != nil {
		t.Errorf("the second person finds the first one's phone: %v", v)
	}
}

func TestVisit_drops_a_card_that_is_read_after_the_citizen_left(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toCard()
	tm.reader.keepReading(true)
	tm.reader.put(cardB)
	tm.await("reading", phase(visit.CardReading))
	tm.End()
	tm.toConsent(plainItem)
	tm.agree()
	tm.reader.lift()
	tm.reader.keepReading(false)
	s := tm.await("the reader", phase(visit.CardWaiting))
	if s.CardView.Name != "" || s.CanNext {
		t.Errorf("%+v", s.CardView)
	}
}

func TestVisit_says_why_nothing_was_submitted_and_keeps_the_answers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		code string
	}{
		{fmt.Errorf("bolt: %w", visit.ErrNoSpace), "disk-full"},
		{visit.ErrFull, "queue-full"},
		{io.ErrShortWrite, "store-failed"},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			tm := aTerminal(t)
			tm.store.with(func() { tm.store.fail = []error{c.err} })
			tm.toSign(signedItem)
			tm.Submit()
			s := tm.awaitProblem(c.code)
			if s.Step != visit.Sign || s.SignView.Strokes != 1 || s.SlipView != nil {
				t.Errorf("%s %+v", s.Step, s.SignView)
			}
			if len(tm.printer.printed()) != 0 || len(tm.store.submitted()) != 0 {
				t.Error("something was stored or printed")
			}
			tm.Act(visit.ActRetry)
			tm.awaitStep(visit.Done)
			if apps := tm.store.submitted(); len(apps) != 1 || apps[0].Answers["amount"] != "1234.50" || len(apps[0].Signature) != 1 {
				t.Errorf("submitted %+v", apps)
			}
			tm.waitSaid("submission-1 printing", "submission-1 printed")
		})
	}
}

func TestVisit_asks_for_room_again_before_it_submits(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toReview(plainItem)
	tm.store.with(func() { tm.store.room = visit.ErrFull })
	tm.Submit()
	tm.awaitProblem("queue-full")
	if len(tm.store.submitted()) != 0 {
		t.Error("submitted without room")
	}
}

func TestVisit_submits_once_however_often_the_button_is_tapped(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	gate := make(chan struct{})
	tm.store.with(func() { tm.store.gate = gate })
	tm.toReview(plainItem)
	for range 5 {
		tm.Submit()
		tm.Next()
	}
	tm.awaitStep(visit.Submitting)
	tm.End()
	tm.GoHome()
	tm.Back()
	if s := tm.State(); s.Step != visit.Submitting || s.CanBack {
		t.Fatalf("left while the submission was written: %s", s.Step)
	}
	close(gate)
	tm.awaitStep(visit.Done)
	tm.Submit()
	tm.Next()
	if n := len(tm.store.submitted()); n != 1 {
		t.Errorf("%d submissions", n)
	}
	if n := len(tm.printer.printed()); n != 1 {
		t.Errorf("%d slips", n)
	}
}

func TestVisit_prints_the_whole_slip_again_when_paper_ran_out_in_the_middle(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.printer.with(func() { tm.printer.tearing = true })
	tm.toReview(plainItem)
	tm.Submit()
	s := tm.awaitProblem("printer-paper-out")
	if s.Step != visit.Printing || s.Problem.Body.Args["number"] != "T-7K3M-0001" || s.SlipView.LocalNumber != "T-7K3M-0001" || s.SlipView.Printed != visit.SlipFailed {
		t.Errorf("%+v %+v", s.Problem, s.SlipView)
	}
	tm.Act(visit.ActRetry) // still no paper: seen before a byte is sent
	tm.await("no paper again", func(s visit.State) bool { return s.Problem != nil && s.Problem.Code == "printer-paper-out" })
	tm.printer.with(func() { tm.printer.paper = 10 })
	tm.Act(visit.ActRetry)
	tm.awaitStep(visit.Done)
	if slips := tm.printer.printed(); len(slips) != 1 || line(slips[0], "copy") != "false" {
		t.Errorf("slips %+v", slips)
	}
	if n := len(tm.store.submitted()); n != 1 {
		t.Errorf("%d submissions", n)
	}
	tm.waitSaid("submission-1 printing", "submission-1 printing", "submission-1 printed")
}

func TestVisit_shows_the_number_large_where_no_slip_can_be_had(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code string
		harm func(*paperPrinter)
	}{
		{"printer-paper-out", func(p *paperPrinter) { p.paper = 0 }},
		{"printer-cover-open", func(p *paperPrinter) { p.open = true }},
		{"printer-disconnected", func(p *paperPrinter) { p.away = true }},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			tm := aTerminal(t)
			tm.printer.with(func() { c.harm(tm.printer) })
			tm.toReview(plainItem)
			tm.Submit()
			tm.awaitProblem(c.code)
			tm.Act(visit.ActWithoutSlip)
			s := tm.awaitStep(visit.Done)
			if v := s.SlipView; v.Printed != visit.SlipNumber || v.Tracking != "https://hall.example/t/1" {
				t.Errorf("%+v", v)
			}
			tm.waitSaid("submission-1 number")
		})
	}
}

func TestVisit_keeps_that_a_slip_failed_when_the_citizen_leaves_it(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.printer.with(func() { tm.printer.paper = 0 })
	tm.toReview(plainItem)
	tm.Submit()
	tm.awaitProblem("printer-paper-out")
	tm.End()
	tm.awaitStep(visit.Idle)
	tm.waitSaid("submission-1 failed")
}

func TestVisit_does_not_claim_a_slip_that_nothing_confirms(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.printer.with(func() { tm.printer.doubt = true })
	tm.toReview(plainItem)
	tm.Submit()
	if s := tm.awaitStep(visit.Done); s.SlipView.Printed != visit.SlipUnknown {
		t.Errorf("%+v", s.SlipView)
	}
	tm.waitSaid("submission-1 printing", "submission-1 unknown")
}

func TestVisit_gives_up_a_printer_that_never_ends(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.printer.with(func() { tm.printer.gate = make(chan struct{}) })
	tm.toReview(plainItem)
	tm.Submit()
	tm.awaitStep(visit.Printing)
	tm.passUntil("the limit", 5*time.Second, 13, func(s visit.State) bool { return s.Problem != nil && s.Problem.Code == "printer-timeout" })
}

func TestVisit_prints_a_copy_once_more(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toReview(plainItem)
	tm.Submit()
	tm.awaitStep(visit.Done)
	tm.printer.with(func() { tm.printer.paper = 0 })
	tm.PrintAgain()
	s := tm.awaitProblem("reprint-paper-out")
	if s.Step != visit.Done || s.SlipView.Printed != visit.SlipPrinted || s.SlipView.Reprints != 1 {
		t.Errorf("%+v", s.SlipView)
	}
	tm.Act(visit.ActOK)
	tm.printer.with(func() { tm.printer.paper = 5 })
	tm.PrintAgain()
	tm.PrintAgain()
	tm.await("the copy", func(s visit.State) bool { return s.SlipView.Printed == visit.SlipPrinted && s.SlipView.Reprints == 0 })
	tm.PrintAgain()
	slips := tm.printer.printed()
	if len(slips) != 2 || line(slips[0], "copy") != "false" || line(slips[1], "copy") != "true" {
		t.Errorf("slips %+v", slips)
	}
}

func anUnfinished(c *visit.Config) {
	c.Unfinished = &visit.Unfinished{Submission: "old-1", LocalNumber: "T-7K3M-0000", ItemName: "旧的事", Tracking: "https://hall.example/t/0", At: now.Add(-time.Minute), Doubt: true}
}

func TestVisit_offers_the_slip_that_a_restart_has_lost(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t, anUnfinished)
	if u := tm.State().HomeView.Unfinished; u == nil || u.LocalNumber != "T-7K3M-0000" || u.ItemName != "旧的事" {
		t.Fatalf("idle shows %+v", u)
	}
	tm.Start()
	tm.printer.with(func() { tm.printer.paper = 0 })
	tm.PrintUnfinished()
	tm.awaitProblem("reprint-paper-out")
	tm.Act(visit.ActOK)
	tm.printer.with(func() { tm.printer.paper = 1 })
	tm.PrintUnfinished()
	tm.await("the slip", func(s visit.State) bool { return s.HomeView.Unfinished.Printed == visit.SlipPrinted })
	slips := tm.printer.printed()
	if len(slips) != 1 || line(slips[0], "name") != "" || line(slips[0], "number") != "T-7K3M-0000" || line(slips[0], "copy") != "true" {
		t.Errorf("slips %+v", slips)
	}
	tm.PrintUnfinished()
	tm.passUntil("it taken away", time.Second, 11, func(s visit.State) bool { return s.HomeView.Unfinished == nil })
	tm.waitSaid("old-1 printing", "old-1 printed")
}

func TestVisit_forgets_a_lost_slip_that_nobody_wants_or_asks_for(t *testing.T) {
	t.Parallel()
	t.Run("dismissed", func(t *testing.T) {
		t.Parallel()
		tm := aTerminal(t, anUnfinished)
		tm.DismissUnfinished()
		if u := tm.State().HomeView.Unfinished; u != nil {
			t.Errorf("still there: %+v", u)
		}
		tm.waitSaid("old-1 declined")
	})
	t.Run("ten minutes old", func(t *testing.T) {
		t.Parallel()
		tm := aTerminal(t, anUnfinished)
		tm.passUntil("it taken away", 5*time.Second, 120, func(s visit.State) bool { return s.HomeView.Unfinished == nil })
		if d := tm.clock.Now().Sub(now); d != 9*time.Minute {
			t.Errorf("after %v", d)
		}
	})
	t.Run("too old at the start", func(t *testing.T) {
		t.Parallel()
		tm := aTerminal(t, anUnfinished, func(c *visit.Config) { c.Unfinished.At = now.Add(-time.Hour) })
		if u := tm.State().HomeView.Unfinished; u != nil {
			t.Errorf("shown: %+v", u)
		}
	})
	t.Run("from a clock that ran ahead", func(t *testing.T) {
		t.Parallel()
		tm := aTerminal(t, anUnfinished, func(c *visit.Config) { c.Unfinished.At = now.AddDate(5, 0, 0) })
		tm.passUntil("it taken away", 5*time.Second, 130, func(s visit.State) bool { return s.HomeView.Unfinished == nil })
	})
}
