package visit

import (
	"errors"

	"zizhuban/devices/printer"
)

// reasons are the failures of a printer that have words of their own, beside the errors that mean them.
var reasons = []struct {
	reason string
	err    error
}{
	{printer.ReasonPaperOut, printer.ErrPaperOut}, {printer.ReasonCoverOpen, printer.ErrCoverOpen},
	{printer.ReasonCutter, printer.ErrCutter}, {printer.ReasonHot, printer.ErrHot},
	{printer.ReasonTimeout, printer.ErrTimeout}, {printer.ReasonDisconnected, printer.ErrDisconnected},
	{printer.ReasonOffline, printer.ErrOffline}, {printer.ReasonFault, printer.ErrFault},
}

// known is a reason that has words, or the general one.
func known(reason string) string {
	for _, r := range reasons {
		if r.reason == reason {
			return reason
		}
	}
	return printer.ReasonFault
}

// reasonOf is the reason behind a printer's error.
func reasonOf(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.reason
		}
	}
	return printer.ReasonFault
}

// printerTrouble shows that a slip did not come out: what is wrong with the printer, what is safe, and what to do.
func (m *Machine) printerTrouble(kind, reason, number string, act func(Action), actions ...Action) {
	m.trouble(kind+"-"+reason, nil, act, actions...)
	m.problem.Title = Message{Key: "visit.printer." + reason}
	m.problem.Body = Message{Key: "visit.problem." + kind + ".body", Args: map[string]any{
		"number": number, "do": Message{Key: "visit.printer." + reason + ".do"},
	}}
}
