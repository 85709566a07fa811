package office

import (
	"context"
	"errors"
	"time"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/seal"
)

// sweepEvery is how often the office looks for work of which nobody has told it.
const sweepEvery = 2 * time.Second

// CameIn tells the office that a submission has come in. It never blocks.
func (o *Office) CameIn() {
	select {
	case o.work <- struct{}{}:
	default: // it knows already
	}
}

// OpenAll opens what has come in, until ctx ends. A crash loses nothing: the work stands in the outbox until it is done.
func (o *Office) OpenAll(ctx context.Context) error {
	sweep := o.clock.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		if err := o.OpenOnce(ctx); err != nil && ctx.Err() == nil {
			o.log.Error("opening submissions", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-o.work:
		case <-sweep.Chan():
		}
	}
}

// OpenOnce opens everything that waits to be opened now. One that fails does not hold up those behind it.
func (o *Office) OpenOnce(ctx context.Context) error {
	var failed []error
	for {
		ids, err := o.Store.Unopened(ctx, 50)
		if err != nil || len(ids) == 0 {
			return errors.Join(append(failed, err)...)
		}
		settled := 0
		for _, id := range ids {
			if err := o.openSubmission(ctx, id); err != nil {
				failed = append(failed, err)
			} else {
				settled++
			}
			if ctx.Err() != nil {
				return errors.Join(failed...)
			}
		}
		if settled == 0 {
			return errors.Join(failed...)
		}
	}
}

func (o *Office) openSubmission(ctx context.Context, id string) error {
	sub, err := o.Store.Submission(ctx, id)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return errors.Join(err, o.Store.NotOpened(ctx, id, store.NotReadable)) // tried again later, ever more seldom
	}
	key := o.Keys.For(sub.Envelope)
	if key == nil {
		o.log.Warn("a submission is sealed to no key of this hall", "submission", id)
		return o.Store.NotOpened(ctx, id, store.NoKey)
	}
	_, app, err := seal.Open(key, sub.Envelope)
	if err != nil {
		why := store.NotDecrypted
		switch {
		case errors.Is(err, seal.ErrMalformed):
			why = store.NotReadable
		case errors.Is(err, seal.ErrMismatch):
			why = store.NotBelonging
		}
		o.log.Warn("a submission cannot be opened", "submission", id, "reason", why, "error", err)
		return o.Store.NotOpened(ctx, id, why)
	}
	return o.Store.Opened(ctx, id, app)
}
