package walkthrough

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"
)

// Citizen is a finger on a terminal's screen, and eyes that read what stands there.
type Citizen struct {
	display *Display
	probe   *probe
	// Pictures is where Look leaves its pictures; empty: nowhere.
	Pictures string
	// Patience is how long a citizen waits for something to appear.
	Patience time.Duration
}

// How often the screen is asked while waiting for something to appear on it.
const glance = 35 * time.Millisecond

// See tells what stands on the screen now.
func (c *Citizen) See(ctx context.Context) (*Tree, error) { return c.probe.tree(ctx) }

// Await waits until ok says yes of what stands on the screen.
func (c *Citizen) Await(ctx context.Context, what string, ok func(*Tree) bool) (*Tree, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	var last *Tree
	var lastErr error
	for {
		t, err := c.probe.tree(ctx)
		if err == nil {
			last = t
			if ok(t) {
				return t, nil
			}
		} else {
			lastErr = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if last == nil {
				return nil, fmt.Errorf("waiting for %s: the screen says nothing: %w", what, lastErr)
			}
			return last, fmt.Errorf("waiting for %s: the screen stands at %s (%s) with %s", what, last.Step, last.Lang, strings.Join(last.IDs(), " "))
		}
	}
}

// AwaitStep waits for a step of the visit.
func (c *Citizen) AwaitStep(ctx context.Context, step string) (*Tree, error) {
	return c.Await(ctx, "the step "+step, func(t *Tree) bool { return t.Step == step })
}

// AwaitNode waits for something that can be touched, and has come to rest.
func (c *Citizen) AwaitNode(ctx context.Context, id string) (Node, error) {
	var before Node
	t, err := c.Await(ctx, id, func(t *Tree) bool {
		n, ok := t.Node(id)
		still := ok && n == before
		before = n
		return still && n.Enabled
	})
	if err != nil {
		return Node{}, err
	}
	n, _ := t.Node(id)
	return n, nil
}

// Tap touches what bears an id.
func (c *Citizen) Tap(ctx context.Context, id string) error {
	n, err := c.AwaitNode(ctx, id)
	if err != nil {
		return err
	}
	return c.touch(ctx, int(n.X+n.W/2), int(n.Y+n.H/2))
}

func (c *Citizen) touch(ctx context.Context, x, y int) error {
	if err := c.display.Move(x, y); err != nil {
		return err
	}
	if err := pause(ctx, 15*time.Millisecond); err != nil {
		return err
	}
	if err := c.display.Press(); err != nil {
		return err
	}
	if err := pause(ctx, 40*time.Millisecond); err != nil { // a short touch of a finger
		return err
	}
	return c.display.Release()
}

// TapUntil touches what bears an id and waits until ok says yes, and until the picture on the display has changed with it: what
// the terminal believes to show is not what a citizen sees. A touch that fell into a redraw is made again.
func (c *Citizen) TapUntil(ctx context.Context, id, what string, ok func(*Tree) bool) (*Tree, error) {
	before, err := c.display.Picture()
	if err != nil {
		return nil, err
	}
	t, err := c.tapUntil(ctx, id, what, ok)
	if err != nil {
		return t, err
	}
	for range 50 {
		now, err := c.display.Picture()
		if err != nil {
			return t, err
		}
		if !bytes.Equal(now.Pix, before.Pix) {
			return t, nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return t, err
		}
	}
	return t, fmt.Errorf("waiting for %s: the terminal believes to show it, the display has not changed", what)
}

func (c *Citizen) tapUntil(ctx context.Context, id, what string, ok func(*Tree) bool) (*Tree, error) {
	var err error
	for range 3 {
		if err = c.Tap(ctx, id); err != nil {
			return nil, err
		}
		short := *c
		short.Patience = min(c.Patience, 5*time.Second)
		var t *Tree
		if t, err = short.Await(ctx, what, ok); err == nil {
			return t, nil
		}
		if t == nil {
			return nil, err
		}
		if _, there := t.Node(id); !there {
			return c.Await(ctx, what, ok)
		}
	}
	return nil, err
}

// GoIdle ends what is under way.
func (c *Citizen) GoIdle(ctx context.Context) error {
	idle := func(t *Tree) bool { return t.Step == "idle" }
	t, err := c.See(ctx)
	if err != nil || idle(t) {
		return err
	}
	t, err = c.TapUntil(ctx, "bar.end", "idle, or the question", func(t *Tree) bool {
		_, asked := t.Node("end.yes")
		return idle(t) || asked
	})
	if err != nil || idle(t) {
		return err
	}
	_, err = c.TapUntil(ctx, "end.yes", "idle", idle)
	return err
}

// Type taps a text on the on-screen keyboard, key by key.
func (c *Citizen) Type(ctx context.Context, text string) error {
	for _, r := range text {
		if err := c.Tap(ctx, "key."+string(r)); err != nil {
			return fmt.Errorf("typing: %w", err)
		}
	}
	return nil
}

// Draw signs with a finger: strokes through points given in thousandths of the pad's width and height.
func (c *Citizen) Draw(ctx context.Context, pad string, strokes [][][2]int) error {
	n, err := c.AwaitNode(ctx, pad)
	if err != nil {
		return err
	}
	at := func(p [2]int) (int, int) {
		return int(n.X + n.W*float32(p[0])/1000), int(n.Y + n.H*float32(p[1])/1000)
	}
	for _, stroke := range strokes {
		x, y := at(stroke[0])
		if err := c.display.Move(x, y); err != nil {
			return err
		}
		if err := c.display.Press(); err != nil {
			return err
		}
		for i := 1; i < len(stroke); i++ {
			x0, y0 := at(stroke[i-1])
			x1, y1 := at(stroke[i])
			const steps = 6
			for s := 1; s <= steps; s++ {
				if err := c.display.Move(x0+(x1-x0)*s/steps, y0+(y1-y0)*s/steps); err != nil {
					return err
				}
				if err := pause(ctx, 18*time.Millisecond); err != nil {
					return err
				}
			}
		}
		if err := c.display.Release(); err != nil {
			return err
		}
		if err := pause(ctx, 80*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// Look takes a picture of the screen, once it has come to rest: a frame takes some 35 ms without a GPU, a busy machine takes
// longer, and a picture of half a frame shows nothing that anybody saw.
func (c *Citizen) Look(ctx context.Context, name string) error {
	if c.Pictures == "" {
		return nil
	}
	if err := c.Rest(ctx); err != nil {
		return err
	}
	return c.display.Save(c.Pictures + "/" + name + ".png")
}

// Rest waits until the screen has stood still for a moment, or for two seconds where it counts down.
func (c *Citizen) Rest(ctx context.Context) error {
	if err := pause(ctx, 150*time.Millisecond); err != nil {
		return err
	}
	last, err := c.display.Picture()
	if err != nil {
		return err
	}
	for range 20 {
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
		now, err := c.display.Picture()
		if err != nil {
			return err
		}
		if bytes.Equal(now.Pix, last.Pix) {
			return nil
		}
		last = now
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
