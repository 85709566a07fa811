package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
)

// ErrBroken tells that a catalogue is not well formed; the error's further lines tell each fault.
var ErrBroken = errors.New("the catalogue is not well formed")

// ErrNothing tells that there is nothing to publish.
var ErrNothing = errors.New("nothing has changed since the last publication")

// Import checks a catalogue and takes it in as drafts. What is broken in it is told all at once, and then nothing is taken.
func (o *Office) Import(ctx context.Context, data []byte, by string) (changed int, err error) {
	c, err := items.Parse(data)
	if err != nil {
		return 0, fmt.Errorf("read catalogue: %w", err)
	}
	if err := c.Validate(); err != nil {
		return 0, fmt.Errorf("%w, nothing was imported:\n%w", ErrBroken, err)
	}
	return o.Store.Import(ctx, c, by)
}

// CheckDraft tells what would keep an item from being published as it now stands.
func (o *Office) CheckDraft(ctx context.Context, it items.Item) error {
	f, err := o.Store.Frame(ctx)
	if err != nil {
		return err
	}
	// The item is checked against the departments and themes of the whole, and alone: another item's fault is not its own.
	c := &items.Catalogue{Version: 1, Departments: f.Departments, Themes: f.Themes, Items: []items.Item{it}}
	if err := c.Validate(); err != nil {
		return err
	}
	_, err = items.Compile(&it)
	return err
}

// Publish publishes the drafts of the given items, or all where codes is nil: it signs a new catalogue, which terminals then
// take. It gives the catalogue's new version and how many items changed.
//
// The order matters: the database learns the new item versions first, then the signed repository flips, then the drafts are
// cleared. Whatever a terminal can get hold of, a submission may name.
func (o *Office) Publish(ctx context.Context, codes []string, by string) (version, changed int, err error) {
	unlock, err := o.lock("publish.lock")
	if err != nil {
		return 0, 0, err
	}
	version, changed, err = o.publish(ctx, codes, by)
	return version, changed, errors.Join(err, unlock())
}

func (o *Office) publish(ctx context.Context, codes []string, by string) (version, changed int, err error) {
	e, err := o.Store.Edition(ctx, codes)
	if err != nil {
		return 0, 0, err
	}
	if len(e.Changed) == 0 && o.Updates.Version() > 0 {
		return 0, 0, ErrNothing
	}
	e.Catalogue.Version = o.Updates.Version() + 1 // Publish sets it; it is needed to validate
	if err := e.Catalogue.Validate(); err != nil {
		return 0, 0, fmt.Errorf("%w, nothing was published:\n%w", ErrBroken, err)
	}
	for i := range e.Catalogue.Items {
		if _, err := items.Compile(&e.Catalogue.Items[i]); err != nil {
			return 0, 0, fmt.Errorf("%w, nothing was published:\n%w", ErrBroken, err)
		}
	}
	if err := o.Store.Promise(ctx, e, by); err != nil {
		return 0, 0, err
	}
	// From here on the publication is carried to its end, even where the browser that asked for it has gone.
	ctx = context.WithoutCancel(ctx)
	if err := o.Updates.Publish(ctx, e.Catalogue); err != nil {
		return 0, 0, fmt.Errorf("sign the catalogue: %w", err)
	}
	if err := o.Store.Published(ctx, e, by); err != nil {
		return 0, 0, fmt.Errorf("catalogue %d is out, but was not noted: %w", e.Catalogue.Version, err)
	}
	o.Bell.Ring(e.Catalogue.Version)
	o.log.Info("catalogue published", "version", e.Catalogue.Version, "changed", len(e.Changed), "user", by)
	return e.Catalogue.Version, len(e.Changed), nil
}

// reconcile makes the database follow the signed repository, where a crash between the two or a restored backup has left it
// behind: what terminals have must be known here.
func (o *Office) reconcile(ctx context.Context) error {
	out := o.Updates.Version()
	p, err := o.Store.Publication(ctx)
	if err != nil || p.Version >= out {
		return err
	}
	unlock, err := o.lock("publish.lock") // waits for a publication under way, which may be what was seen
	if err != nil {
		return err
	}
	err = o.adopt(ctx)
	return errors.Join(err, unlock())
}

func (o *Office) adopt(ctx context.Context) error {
	p, err := o.Store.Publication(ctx)
	if err != nil || p.Version >= o.Updates.Version() {
		return err
	}
	c, err := o.Updates.Catalogue()
	if err != nil {
		return fmt.Errorf("read the published catalogue: %w", err)
	}
	o.log.Warn("the database was behind the published catalogue and has been brought up to it", "database", p.Version, "published", c.Version)
	return o.Store.Adopt(ctx, c)
}

// Intervals of the office's rounds.
const (
	lookEvery    = 500 * time.Millisecond // for a catalogue that another process has published
	refreshEvery = time.Hour              // of the signed timestamp, which is renewed days before it expires
)

// Follow rings the bell for what other processes publish, and keeps the signed timestamp fresh, until ctx ends.
func (o *Office) Follow(ctx context.Context) error {
	if err := o.reconcile(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	look, refresh := o.clock.NewTicker(lookEvery), o.clock.NewTicker(refreshEvery)
	defer look.Stop()
	defer refresh.Stop()
	if err := o.Updates.Refresh(ctx); err != nil && ctx.Err() == nil {
		o.log.Error("the signed timestamp could not be renewed", "error", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.Chan():
			if v := o.Updates.Version(); v > o.Bell.Version() {
				o.Bell.Ring(v)
				if err := o.reconcile(ctx); err != nil {
					o.log.Error("the database could not follow the published catalogue", "error", err)
				}
			}
		case <-refresh.Chan():
			if err := o.Updates.Refresh(ctx); err != nil {
				o.log.Error("the signed timestamp could not be renewed", "error", err)
			}
		}
	}
}

// Drafts lists the items that are being changed.
func (o *Office) Drafts(ctx context.Context) ([]store.ItemRow, error) {
	all, err := o.Store.Items(ctx)
	if err != nil {
		return nil, err
	}
	var drafts []store.ItemRow
	for _, r := range all {
		if r.Draft != nil {
			drafts = append(drafts, r)
		}
	}
	return drafts, nil
}
