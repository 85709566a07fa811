package uplink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"zizhuban/sync/wire"
)

// beat tells the hall how the terminal is, and keeps the certificate fresh.
func (u *Uplink) beat(ctx context.Context) {
	failures, renewed := 0, false
	for ctx.Err() == nil {
		err := u.heartbeat(ctx)
		var answer *AnswerError
		switch {
		case err == nil:
			renewed = false
			err = u.renewInTime(ctx)
		case errors.As(err, &answer) && answer.Type == expiredCertificate && renewed:
			// Either the hall does not know its own certificates, or a connection that is in use still bears the old one.
			renewed = false
		case errors.As(err, &answer) && answer.Type == expiredCertificate:
			if err = u.renew(ctx); err == nil {
				renewed = true
				u.Kick() // the sender may have been denied for the same reason
				continue
			}
		}
		if ctx.Err() != nil {
			return
		}
		wait := u.HeartbeatEvery - time.Duration(u.Jitter()*float64(u.HeartbeatEvery)/10)
		if err != nil {
			failures++
			u.trouble(beating, classOf(err), err)
			wait = max(u.jittered(failures), pause(err))
		} else {
			failures = 0
			u.well(beating)
		}
		if !u.wait(ctx, wait, u.renewNow) {
			return
		}
	}
}

// expiredCertificate is the type of the problem with which a hall answers an expired certificate.
const expiredCertificate = "expired-certificate"

// pause is how long an error answer asks to be left alone.
func pause(err error) time.Duration {
	var answer *AnswerError
	if !errors.As(err, &answer) {
		return 0
	}
	switch classOf(err) {
	case ClassBusy:
		return answer.retry
	case ClassDenied:
		return deniedWait / 2
	}
	return 0
}

func (u *Uplink) heartbeat(ctx context.Context) error {
	h := u.Health()
	s := u.Queue.Status()
	h.Queued, h.SetAside, h.OldestSecs, h.Clock = s.Depth, s.SetAside, s.OldestSeconds, u.Clock.Now().UTC()
	if h.Devices == nil {
		h.Devices = map[string]string{}
	}
	var a wire.HeartbeatAnswer
	until, err := u.exchange(ctx, http.MethodPost, wire.PathHeartbeat, u.RequestTimeout, h, &a)
	if err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	u.reached()
	u.trusted(a.ServerTime, until)
	u.mu.Lock()
	u.status.ClockOff = a.ServerTime.Sub(h.Clock).Round(time.Second)
	u.mu.Unlock()
	if a.Catalogue > h.Catalogue {
		signal(u.poll)
	}
	return nil
}

// renewInTime renews the certificate when a third of its time is left, by the newest time that the hall has told.
func (u *Uplink) renewInTime(ctx context.Context) error {
	leaf := u.Identity.certificate().Leaf
	if leaf.NotAfter.Sub(u.floor()) > leaf.NotAfter.Sub(leaf.NotBefore)/3 {
		return nil
	}
	return u.renew(ctx)
}

const (
	// pollLeast is the least time between two questions for a new catalogue, whatever the answers.
	pollLeast = time.Second
	// pollAtMost is how long an answer may take; the hall keeps the question for half a minute.
	pollAtMost = 45 * time.Second
	// pollQuick is a time below which an answer without news counts as a failure: a hall holds the question longer, so
	// something else answers, and asking again at once would hammer it.
	pollQuick = 10 * time.Second
)

// watch hears of new catalogues.
func (u *Uplink) watch(ctx context.Context) {
	newest, failures := 0, 0
	for ctx.Err() == nil {
		// While the terminal has not taken the newest in, the hall is not asked for it again and again.
		have := max(u.Health().Catalogue, newest)
		start := u.Clock.Now()
		version, err := u.newer(ctx, have)
		if ctx.Err() != nil {
			return
		}
		wait := pollLeast
		switch {
		case err != nil:
			failures++
			u.trouble(watching, classOf(err), err)
			wait = max(u.jittered(failures), pause(err))
		case version <= have && u.Clock.Since(start) < pollQuick:
			failures++
			u.well(watching)
			wait = max(u.jittered(failures), pollLeast)
		default:
			failures = 0
			u.well(watching)
		}
		u.take(ctx, max(newest, version), version > newest)
		newest = max(newest, version)
		if !u.wait(ctx, wait, u.poll) {
			return
		}
	}
}

// takeTries is how often a new catalogue is tried to be taken in before the hall is asked again, which holds the question for
// half a minute.
const takeTries = 5

// take has a catalogue taken in that is newer than the one in use. One that is fresh is tried again soon: a terminal whose clock
// is wrong cannot check it before a heartbeat has told the time.
func (u *Uplink) take(ctx context.Context, version int, fresh bool) {
	for try := 1; version > u.Health().Catalogue; try++ {
		u.OnCatalogue(ctx, version)
		if !fresh || try == takeTries || version <= u.Health().Catalogue || !u.wait(ctx, u.jittered(try), u.poll) {
			return
		}
	}
}

// newer asks for a newer catalogue than have. The hall answers when there is one, or after half a minute.
func (u *Uplink) newer(ctx context.Context, have int) (int, error) {
	var a wire.UpdatesAnswer
	_, err := u.exchange(ctx, http.MethodGet, wire.PathUpdatesWait+"?have="+strconv.Itoa(have), max(pollAtMost, u.RequestTimeout), nil, &a)
	if err != nil {
		return 0, fmt.Errorf("wait for a new catalogue: %w", err)
	}
	u.reached()
	return a.Catalogue, nil
}
