// Package uplink is the terminal's side of the line to the hall: it enrols the terminal, sends what the queue holds, tells
// the hall how the terminal is, and hears of new catalogues.
//
// [Enrol] turns a one-time code into an [Identity], [Load] reads it back. [New] makes an [Uplink], and [Uplink.Run] works until
// its context ends. [Uplink.Status] is for the screen.
//
// What it promises:
//   - It never gives up and never hammers: after a failure it waits with full jitter, after a busy answer as long as the hall
//     says, and one probe goes before a drain.
//   - Nothing is deleted but on a receipt that verifies: not on a 200, not on anything a portal or a proxy can say.
//   - One submission that the hall will never take does not hold up the others, nor does one that fails for no known reason.
//   - A wrong clock cannot lock it out: the hall's certificate is held against the newest time that the hall has signed.
//
// What it never does: follow a redirect, believe a name that the pinned certificate authority did not certify, read an answer
// without a limit, or log what is in a submission.
package uplink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/queue"
	"zizhuban/sync/wire"
)

// Config is what an uplink needs. Identity and Queue must be set; zero values of the rest mean the defaults that are told.
type Config struct {
	Identity *Identity
	Queue    *queue.Queue
	URL      string          // of the hall; default the one of the enrolment
	Clock    clockwork.Clock // default the real one
	Log      *slog.Logger    // default none

	// Health is asked for each heartbeat; its Catalogue is the version in use. The uplink fills in the queue's figures and
	// the clock. Default: an empty heartbeat.
	Health func() wire.Heartbeat
	// OnCatalogue is called when the hall has published a newer catalogue than Health tells, again a few times soon after and
	// then every half minute until Health tells it. It is never called twice at once, and Run waits for it.
	OnCatalogue func(ctx context.Context, version int)

	Parallel       int                                                                  // submissions under way at once during a drain; default 8
	HeartbeatEvery time.Duration                                                        // default 1 min
	RequestTimeout time.Duration                                                        // for one exchange; default 1 min
	BackoffBase    time.Duration                                                        // default 1 s
	BackoffCap     time.Duration                                                        // default 1 min
	Jitter         func() float64                                                       // in [0, 1); default math/rand
	Dial           func(ctx context.Context, network, address string) (net.Conn, error) // default a plain dialer
	BuildTime      time.Time                                                            // of the program: time is not earlier than that; default what the build recorded
}

func (c Config) withDefaults() (Config, error) {
	if c.Identity == nil || c.Queue == nil {
		return c, errors.New("uplink: Identity and Queue must be set")
	}
	if c.URL == "" {
		c.URL = c.Identity.URL()
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return c, fmt.Errorf("uplink: the hall's address %q is not an https address", c.URL)
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if c.Clock == nil {
		c.Clock = clockwork.NewRealClock()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Health == nil {
		c.Health = func() wire.Heartbeat { return wire.Heartbeat{} }
	}
	if c.OnCatalogue == nil {
		c.OnCatalogue = func(context.Context, int) {}
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	if c.BuildTime.IsZero() {
		c.BuildTime = buildTime()
	}
	if c.Parallel == 0 {
		c.Parallel = 8
	}
	for v, d := range map[*time.Duration]time.Duration{
		&c.HeartbeatEvery: time.Minute, &c.RequestTimeout: time.Minute, &c.BackoffBase: time.Second, &c.BackoffCap: time.Minute,
	} {
		if *v == 0 {
			*v = d
		}
	}
	return c, nil
}

// buildTime is when the program's source was committed, as the build recorded it; the zero time where it did not.
func buildTime() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}

// Class is what kind of trouble there is on the line.
type Class string

// The classes of trouble.
const (
	ClassNone        Class = ""
	ClassUnreachable Class = "unreachable" // no connection, or none that lasts
	ClassCertificate Class = "certificate" // someone answers who is not the hall
	ClassPortal      Class = "portal"      // an answer that is not the hall's language: a portal, a proxy
	ClassStrange     Class = "strange"     // the hall answers what settles nothing, such as 500
	ClassBusy        Class = "busy"        // the hall asks for patience
	ClassDenied      Class = "denied"      // the hall does not accept this terminal's certificate
	ClassQueue       Class = "queue"       // the terminal's own queue cannot be read or written
)

// Status is how the line is.
type Status struct {
	Online      bool          `json:"online"`                // the last exchange was with the hall, whatever it said
	LastContact time.Time     `json:"last_contact,omitzero"` // the terminal's clock
	Class       Class         `json:"class,omitempty"`
	Error       string        `json:"error,omitempty"`      // of the last trouble, in words for the technician; no personal data
	Next        time.Time     `json:"next,omitzero"`        // when sending is tried again; zero while nothing is wrong
	ClockOff    time.Duration `json:"clock_off"`            // the hall's time less the terminal's, at the last heartbeat
	Certificate time.Time     `json:"certificate,omitzero"` // until when the terminal's certificate holds
}

// Uplink is the line to the hall.
type Uplink struct {
	Config
	client    *http.Client
	transport *http.Transport
	kick      chan struct{}
	renewNow  chan struct{} // the hall said that the certificate has expired
	poll      chan struct{} // a heartbeat told of a newer catalogue

	mu       sync.Mutex
	status   Status // but Class and Error, which are put together from troubles
	troubles [jobs]trouble
	signed   time.Time // newest time that the hall has told, see trusted
	stored   time.Time // of that, what the queue's store has
}

// New makes an uplink. It does nothing until Run.
func New(c Config) (*Uplink, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	u := &Uplink{Config: c, kick: make(chan struct{}, 1), renewNow: make(chan struct{}, 1), poll: make(chan struct{}, 1)}
	if _, err := c.Queue.State().Get(stateSigned, &u.stored); err != nil {
		c.Log.Warn("the newest time signed by the hall is not known any more", "error", err)
	}
	u.signed = u.stored
	u.transport = newTransport(c.Identity, c.Dial, u.floor, c.Clock.Now)
	u.client = &http.Client{Transport: u.transport, CheckRedirect: noRedirect}
	return u, nil
}

// HTTP is a client that speaks to the hall with the terminal's certificate and trusts nobody else, for the catalogue's files.
func (u *Uplink) HTTP() *http.Client { return u.client }

// Kick has the uplink try at once, unless the hall has asked for patience.
func (u *Uplink) Kick() { signal(u.kick) }

// Status tells how the line is.
func (u *Uplink) Status() Status {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.status
	for _, t := range u.troubles {
		if t.class != ClassNone {
			s.Class, s.Error = t.class, t.text
			break
		}
	}
	s.Certificate = u.Identity.Until()
	return s
}

// Run works until ctx ends, and returns when everything that it started has ended.
func (u *Uplink) Run(ctx context.Context) error {
	var all sync.WaitGroup
	all.Go(func() { u.sendAll(ctx) })
	all.Go(func() { u.beat(ctx) })
	all.Go(func() { u.watch(ctx) })
	all.Wait()
	u.transport.CloseIdleConnections()
	return ctx.Err()
}

// reached notes an answer of the hall.
func (u *Uplink) reached() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.status.Online {
		u.Log.Info("the hall is reached")
	}
	u.status.Online = true
	u.status.LastContact = u.Clock.Now()
}

// job is one of the things that an uplink does at once; each has its own troubles.
type job int

const (
	sending job = iota
	beating
	watching
	jobs
)

type trouble struct {
	class Class
	text  string
}

// trouble notes what is wrong. The line counts as down where no answer came from the hall.
func (u *Uplink) trouble(j job, class Class, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.troubles[j].class != class {
		u.Log.Warn("trouble on the line to the hall", "class", string(class), "error", err)
	}
	u.troubles[j] = trouble{class, err.Error()}
	switch class {
	case ClassUnreachable, ClassCertificate, ClassPortal:
		u.status.Online = false
	}
}

// well notes that a job works.
func (u *Uplink) well(j job) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.troubles[j] = trouble{}
	if j == sending {
		u.status.Next = time.Time{}
	}
}

func (u *Uplink) nextAt(wait time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.status.Next = u.Clock.Now().Add(wait)
}

// stateSigned is the name in the queue's store under which the newest signed time stands.
const stateSigned = "uplink.signed_time"

// storeSignedEvery is how much newer the signed time must be to be stored again, so that not each receipt costs a write.
const storeSignedEvery = 24 * time.Hour

// trusted takes a time that the hall has told over a verified connection. until is how long the certificate of that
// connection holds.
func (u *Uplink) trusted(t, until time.Time) {
	t = believable(t, until)
	u.mu.Lock()
	if !t.After(u.signed) {
		u.mu.Unlock()
		return
	}
	u.signed = t
	store := t.Sub(u.stored) > storeSignedEvery
	if store {
		u.stored = t
	}
	u.mu.Unlock()
	if store {
		if err := u.Queue.State().Set(stateSigned, t.UTC()); err != nil {
			u.Log.Warn("the newest time signed by the hall could not be stored", "error", err)
		}
	}
}

// floor is the earliest that it can be.
func (u *Uplink) floor() time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	t := u.signed
	for _, other := range []time.Time{u.BuildTime, u.Identity.Enrolment().ServerTime} {
		if other.After(t) {
			t = other
		}
	}
	return t
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// wait waits for d, and less if one of the channels receives first. It tells whether ctx goes on.
func (u *Uplink) wait(ctx context.Context, d time.Duration, wake ...<-chan struct{}) bool {
	timer := u.Clock.NewTimer(d)
	defer timer.Stop()
	var a, b <-chan struct{}
	if len(wake) > 0 {
		a = wake[0]
	}
	if len(wake) > 1 {
		b = wake[1]
	}
	select {
	case <-ctx.Done():
		return false
	case <-timer.Chan():
	case <-a:
	case <-b:
	}
	return ctx.Err() == nil
}

// jittered is the wait after n failures in a row: full jitter, which is what spreads a thousand terminals best, above a
// floor that keeps a lucky zero from hammering.
func (u *Uplink) jittered(n int) time.Duration {
	limit := u.BackoffCap
	if n < 20 { // beyond, the shift is far above any cap
		limit = min(limit, u.BackoffBase<<max(n-1, 0))
	}
	return max(time.Duration(u.Jitter()*float64(limit)), u.BackoffBase/4)
}
