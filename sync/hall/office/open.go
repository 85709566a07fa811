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

// OpenOnce opens everything that waits to be opened now.
func (o *Office) OpenOnce(ctx context.Context) error {
	for {
		ids, err := o.Store.Unopened(ctx, 50)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := o.openSubmission(ctx, id); err != nil {
				return err
			}
		}
	}
}

func (o *Office) openSubmission(ctx context.Context, id string) error {
	sub, err := o.Store.Submission(ctx, id)
	if err != nil {
		return err
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
