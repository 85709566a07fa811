package visit_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"zizhuban/devices/printer"
	"zizhuban/kiosk/visit"
)

// stoppedPrinter is a printer in whose slip the terminal is stopped. It gives outcome when the print's context has ended.
type stoppedPrinter struct {
	*paperPrinter
	outcome printer.Outcome
	once    sync.Once
	begun   chan struct{}
}

func (p *stoppedPrinter) Print(ctx context.Context, _ printer.Slip) (printer.Outcome, error) {
	p.once.Do(func() { close(p.begun) })
	<-ctx.Done()
	return p.outcome, ctx.Err()
}

// stoppable gives a terminal with such a printer.
func stoppable(t *testing.T, o printer.Outcome, change ...func(*visit.Config)) (*terminal, *stoppedPrinter) {
	t.Helper()
	p := &stoppedPrinter{outcome: o, begun: make(chan struct{})}
	tm := aTerminal(t, append(change, func(c *visit.Config) {
		p.paperPrinter = c.Printer.(*paperPrinter)
		c.Printer = p
	})...)
	return tm, p
}

func TestVisit_leaves_a_slip_on_offer_when_the_terminal_is_stopped_while_it_prints(t *testing.T) {
	t.Parallel()
	for _, o := range []printer.Confirmation{printer.Failed, printer.Unknown} {
		tm, p := stoppable(t, printer.Outcome{Confirmation: o})
		tm.toReview(plainItem)
		tm.Submit()
		<-p.begun
		if err := tm.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := tm.store.said(), []string{"submission-1 " + visit.SlipPrinting}; !slices.Equal(got, want) {
			t.Errorf("%s: of the slip is kept %v, want %v: only so is it offered after the restart", o, got, want)
		}
	}
}

func TestVisit_keeps_that_a_slip_came_out_in_the_moment_of_the_stop(t *testing.T) {
	t.Parallel()
	tm, p := stoppable(t, printer.Outcome{Confirmation: printer.Printed})
	tm.toReview(plainItem)
	tm.Submit()
	<-p.begun
	if err := tm.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tm.store.said(); len(got) == 0 || got[len(got)-1] != "submission-1 "+visit.SlipPrinted {
		t.Errorf("of the slip is kept %v: it would be offered again", got)
	}
}

func TestVisit_keeps_that_a_late_slip_came_out_in_the_moment_of_the_stop(t *testing.T) {
	t.Parallel()
	tm, p := stoppable(t, printer.Outcome{Confirmation: printer.Printed}, func(c *visit.Config) {
		c.Unfinished = &visit.Unfinished{Submission: "submission-9", LocalNumber: "T-7K3M-0009", At: now}
	})
	tm.PrintUnfinished()
	<-p.begun
	if err := tm.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tm.store.said(); len(got) == 0 || got[len(got)-1] != "submission-9 "+visit.SlipPrinted {
		t.Errorf("of the slip is kept %v: it would be offered again", got)
	}
}

func TestVisit_leaves_a_slip_on_offer_when_the_terminal_is_stopped_before_the_printer_is_well(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.printer.with(func() { tm.printer.paper = 0 })
	tm.toReview(plainItem)
	tm.Submit()
	tm.awaitProblem("printer-paper-out")
	if err := tm.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tm.store.said(); len(got) != 0 {
		t.Errorf("of the slip is kept %v, want that it is pending still", got)
	}
}

// The stop may come between the commit and the printer; the race detector sees what a crash would need luck for.
func TestVisit_can_be_stopped_right_after_the_commit(t *testing.T) {
	t.Parallel()
	for range 20 {
		tm := aTerminal(t)
		tm.toReview(plainItem)
		tm.Submit()
		tm.await("the commit", func(s visit.State) bool { return s.Step == visit.Printing || s.Step == visit.Done })
		if err := tm.Close(); err != nil {
			t.Fatal(err)
		}
		if n := len(tm.store.submitted()); n != 1 {
			t.Fatalf("%d submissions", n)
		}
	}
}
