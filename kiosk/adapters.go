package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"zizhuban/devices"
	"zizhuban/devices/printer"
	"zizhuban/devices/station"
	"zizhuban/kiosk/slip"
	"zizhuban/kiosk/touch/keyboard"
	"zizhuban/kiosk/touch/pinyin"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
	"zizhuban/sync/queue"
	"zizhuban/sync/seal"
	"zizhuban/sync/uplink"
	"zizhuban/sync/wire"
)

// submissions is the visit's way into the queue: it seals before anything is stored.
type submissions struct {
	identity *uplink.Identity
	queue    *queue.Queue
	sent     func() // tells the uplink that there is something to send
}

var _ visit.Submitter = (*submissions)(nil)

func (s *submissions) Room(ctx context.Context) error { return storeError(s.queue.Room(ctx)) }

// Submit seals the application that build makes, to the keys of the hall, and stores it.
func (s *submissions) Submit(ctx context.Context, build func(visit.Ticket) wire.Application) (visit.Ticket, error) {
	var ticket visit.Ticket
	enrolment := s.identity.Enrolment()
	_, err := s.queue.Put(ctx, func(t queue.Ticket) (wire.Submission, error) {
		ticket = visit.Ticket{Submission: t.Submission, LocalNumber: t.LocalNumber, Sequence: t.Sequence, Tracking: tracking(enrolment, t.Submission)}
		app := build(ticket)
		header := wire.Header{
			Version: seal.Version, Suite: seal.SuiteHPKE, Submission: t.Submission, Terminal: enrolment.Terminal, Sequence: t.Sequence,
			ItemCode: app.ItemCode, ItemVersion: app.ItemVersion, LocalNumber: t.LocalNumber, SealedAt: app.SubmittedAt,
		}
		envelope, err := seal.Seal(rand.Reader, s.identity.Key(), enrolment.Recipients, header, app)
		if err != nil {
			return wire.Submission{}, fmt.Errorf("sealing the submission: %w", err)
		}
		none := []wire.Attachment{}
		return wire.Submission{Envelope: envelope, Attachments: none, Digest: seal.Digest(envelope, none)}, nil
	})
	if err != nil {
		return visit.Ticket{}, storeError(err)
	}
	s.sent()
	return ticket, nil
}

func (s *submissions) Slip(ctx context.Context, submission, state string) error {
	return s.queue.SetSlip(ctx, submission, state)
}

// storeError says a queue's error in the visit's words.
func storeError(err error) error {
	switch {
	case errors.Is(err, queue.ErrNoSpace):
		return fmt.Errorf("%w: %w", visit.ErrNoSpace, err)
	case errors.Is(err, queue.ErrFull):
		return fmt.Errorf("%w: %w", visit.ErrFull, err)
	}
	return err
}

func tracking(e wire.Enrolment, submission string) string {
	return strings.TrimSuffix(e.TrackingURL, "/") + "/" + submission
}

// slips lays out what the visit wants printed.
type slips struct{}

var _ visit.Slips = slips{}

func (slips) Receipt(d visit.SlipData) printer.Slip {
	r := slip.Receipt{
		Lang: d.Lang, Name: d.Applicant, Item: d.ItemName, Department: d.Department, LocalNumber: d.LocalNumber, Tracking: d.Tracking,
		Place: d.Place, SubmittedAt: d.SubmittedAt, Promised: d.Promised, Contact: d.Contact, Again: d.Copy,
	}
	for _, m := range d.Follow {
		if m.Due != "" {
			r.Deferred = append(r.Deferred, slip.Deferred{Name: m.Name, Due: m.Due})
		} else {
			r.Bring = append(r.Bring, m.Name)
		}
	}
	return r.Slip()
}

// shelf holds the catalogue in use. A visit pins the index that it began with; the shelf may change meanwhile.
type shelf struct {
	mu      sync.RWMutex
	index   *items.Index
	decoder *pinyin.Decoder // knows the words of the index
}

var _ visit.Catalogue = (*shelf)(nil)

func (s *shelf) Index() *items.Index {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.index
}

func (s *shelf) put(i *items.Index) {
	d := keyboard.Decoder(words(i.Catalogue())...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index, s.decoder = i, d
}

// writer writes Chinese for the catalogue in use.
func (s *shelf) writer() *pinyin.Decoder {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.decoder
}

// words are what the catalogue calls things: what people type here and no dictionary knows.
func words(c *items.Catalogue) []pinyin.Word {
	var all []pinyin.Word
	seen := map[string]bool{}
	add := func(text string) {
		if text != "" && !seen[text] {
			seen[text] = true
			all = append(all, pinyin.Word{Text: text})
		}
	}
	for _, d := range c.Departments {
		add(d.Name.ZH)
	}
	for i := range c.Items {
		add(c.Items[i].Name.ZH)
		for _, k := range c.Items[i].Keywords {
			add(k)
		}
	}
	return all
}

func (s *shelf) version() int { return s.Index().Catalogue().Version }

// fitted lists the modules that this terminal has: what its devices are, the screen to sign on, and what the attendant does.
func fitted(c *config) []string {
	modules := append([]string{"sign"}, c.Attended...)
	for _, d := range c.Devices {
		if m, ok := moduleOf[d.Role]; ok {
			modules = append(modules, m)
		}
	}
	return modules
}

var moduleOf = map[devices.Role]string{devices.RoleIDCard: "card", devices.RolePrinter: "slip", devices.RoleScanner: "scan"}

// modules tells which modules are well now. A printer without paper does not take an item away: the citizen is told, and may
// take the number from the screen.
func modules(c *config, st *station.Station) func() map[string]bool {
	constant := fitted(c)
	return func() map[string]bool {
		well := map[string]bool{}
		for _, m := range constant {
			well[m] = true
		}
		for _, r := range st.Reports() {
			m, ok := moduleOf[r.Role]
			if !ok {
				continue
			}
			switch r.Status {
			case devices.Online, devices.Busy, devices.Starting:
				well[m] = true
			case devices.UserError:
				well[m] = r.Role == devices.RolePrinter
			default:
				// A slip is not what a submission hangs on: without a printer the number stands on the screen.
				well[m] = r.Role == devices.RolePrinter
			}
		}
		return well
	}
}
