package station

import (
	"context"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/devices/scanner"
)

// watchedReader is the card reader as it is handed out: what its user learns, the station learns.
type watchedReader struct {
	unit   *unit
	reader idcard.Reader
}

func (w watchedReader) Read(ctx context.Context, on func(idcard.Phase)) (idcard.Card, error) {
	card, err := w.reader.Read(ctx, on)
	w.learn(err)
	return card, err
}

func (w watchedReader) Present(ctx context.Context) (bool, error) {
	present, err := w.reader.Present(ctx)
	w.learn(err)
	return present, err
}

func (w watchedReader) learn(err error) {
	if err == nil {
		w.unit.well("")
	} else {
		w.unit.ill(err)
	}
}

// watchedPrinter is the same for the printer.
type watchedPrinter struct {
	unit    *unit
	printer printer.Printer
}

func (w watchedPrinter) Status(ctx context.Context) (printer.State, error) {
	s, err := w.printer.Status(ctx)
	w.unit.printerIs(s, err)
	return s, err
}

func (w watchedPrinter) Print(ctx context.Context, slip printer.Slip) (printer.Outcome, error) {
	o, err := w.printer.Print(ctx, slip)
	if err != nil {
		w.unit.ill(err)
	}
	w.unit.lookNow() // paper may be low now, or out
	return o, err
}

// noReader, noPrinter and noScanner stand for devices that this terminal has not.
type noReader struct{}

func (noReader) Read(context.Context, func(idcard.Phase)) (idcard.Card, error) {
	return idcard.Card{}, devices.ErrNoDevice
}

func (noReader) Present(context.Context) (bool, error) { return false, devices.ErrNoDevice }

type noPrinter struct{}

func (noPrinter) Status(context.Context) (printer.State, error) {
	return printer.State{Paper: printer.PaperUnknown, Cover: printer.CoverUnknown, Cutter: printer.CutterUnknown}, devices.ErrNoDevice
}

func (noPrinter) Print(context.Context, printer.Slip) (printer.Outcome, error) {
	return printer.Outcome{Confirmation: printer.Failed, Paper: printer.PaperUnknown, Reason: printer.ReasonDisconnected}, devices.ErrNoDevice
}

type noScanner struct{}

func (noScanner) Scan(context.Context) (scanner.Code, error) {
	return scanner.Code{}, devices.ErrNoDevice
}
