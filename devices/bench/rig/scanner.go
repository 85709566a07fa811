package rig

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// scannerPart is the scanner's state.
type scannerPart struct {
	count int
	last  int // bytes of the last code
}

func (b *Bench) openScanner() {
	b.port(Scanner, b.cfg.Scanner.Baud, b.scannerHears, nil)
}

// scannerHears takes what the terminal sends: this scanner reads by itself and obeys no command.
func (b *Bench) scannerHears([]byte) {}

// maxScan is the most that a code can hold: 7 089 digits in a QR code.
const maxScan = 7089

// Scan shows a code to the scanner. Encoding is utf-8 or gb18030; raw sends no suffix.
func (b *Bench) Scan(text, encoding string, raw bool) error {
	code := []byte(text)
	switch strings.ToLower(encoding) {
	case "", "utf-8", "utf8":
	case "gb18030", "gbk":
		var err error
		if code, err = simplifiedchinese.GB18030.NewEncoder().Bytes(code); err != nil {
			return fmt.Errorf("%w: the text cannot be written in GB18030", ErrUsage)
		}
	default:
		return fmt.Errorf("%w: a code is in utf-8 or gb18030, not %q", ErrUsage, encoding)
	}
	if len(code) == 0 || len(code) > maxScan {
		return fmt.Errorf("%w: a code holds 1 to %d bytes, not %d", ErrUsage, maxScan, len(code))
	}
	if !raw {
		code = append(code, b.cfg.Scanner.Suffix...)
	}
	b.mu.Lock()
	stalled := b.stalled[Scanner]
	b.scanner.count++
	b.scanner.last = len(code)
	b.tell()
	b.mu.Unlock()
	if stalled {
		return nil // it shows nothing and says nothing
	}
	port := b.ports[Scanner]
	if port.Line().Plugged && !port.Heard() {
		return fmt.Errorf("the code went nowhere: no terminal has the scanner's line open")
	}
	if err := port.Send(code); err != nil {
		return fmt.Errorf("the code went nowhere: %w", err)
	}
	return nil
}
