package idcard_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/seriallink"
	"zizhuban/devices/seriallink/linktest"
)

// reader behaves as a security module with a card or none. Its faults answer instead of it, once each, by command.
type reader struct {
	mu     sync.Mutex
	frame  []byte // the reply to 30 01; nil: no card
	stage  int    // 0 nothing, 1 found, 2 selected
	faults map[idcard.Command][]func(send func(...[]byte), right []byte)
	asked  []idcard.Command
	sw     byte // SW1 and SW2 on success
	iin    byte // card numbers in find and select
	busy   bool // says nothing at all
}

func (r *reader) conn() *linktest.Fake { return linktest.NewFake(r.written) }

func (r *reader) put(text, photo []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data := append([]byte{1, 0, 4, 0}, text...)
	r.frame, r.stage = idcard.Reply{SW1: r.sw, SW2: r.sw, SW3: 0x90, Data: append(data, photo...)}.Bytes(), 0
}

func (r *reader) lift() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frame, r.stage = nil, 0
}

// fault makes the answer to the next command of this code a wrong one; several faults follow each other.
func (r *reader) fault(c idcard.Command, f ...func(send func(...[]byte), right []byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.faults == nil {
		r.faults = map[idcard.Command][]func(func(...[]byte), []byte){}
	}
	r.faults[c] = append(r.faults[c], f...)
}

func (r *reader) commands() []idcard.Command {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]idcard.Command(nil), r.asked...)
}

func (r *reader) count(c idcard.Command) (n int) {
	for _, a := range r.commands() {
		if a == c {
			n++
		}
	}
	return n
}

func (r *reader) written(f *linktest.Fake, w []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(w) != 10 || r.busy {
		return
	}
	c := idcard.Command{w[7], w[8]}
	r.asked = append(r.asked, c)
	answer := r.answer(c)
	if queue := r.faults[c]; len(queue) > 0 {
		r.faults[c] = queue[1:]
		queue[0](f.Send, answer)
		return
	}
	f.Send(answer)
}

func (r *reader) answer(c idcard.Command) []byte {
	ok := func(data ...byte) []byte { return idcard.Reply{SW1: r.sw, SW2: r.sw, SW3: 0x90, Data: data}.Bytes() }
	switch {
	case c == idcard.CmdStatus, c == idcard.CmdReset:
		r.stage = 0
		return ok()
	case c == idcard.CmdID:
		return ok(5, 0, 3, 0, 0xA5, 0x3A, 0x34, 0x01, 0x87, 0xD6, 0x12, 0, 0x79, 0x38, 0x4E, 5)
	case c == idcard.CmdFind && r.frame == nil:
		return status(0x80)
	case c == idcard.CmdFind:
		r.stage = 1
		return idcard.Reply{SW1: r.sw, SW2: r.sw, SW3: 0x9F, Data: []byte{r.iin, r.iin, r.iin, r.iin}}.Bytes()
	case c == idcard.CmdSelect && r.frame != nil && r.stage == 1:
		r.stage = 2
		return ok(bytes.Repeat([]byte{r.iin}, 8)...)
	case c == idcard.CmdSelect:
		return status(0x81)
	case c == idcard.CmdRead && r.frame != nil && r.stage == 2:
		return r.frame
	case c == idcard.CmdRead:
		return status(0x41)
	}
	return status(0x21)
}

func status(s idcard.Status) []byte { return idcard.Reply{SW3: s}.Bytes() }

// The faults.
type fault = func(send func(...[]byte), right []byte)

func says(b ...[]byte) fault { return func(send func(...[]byte), _ []byte) { send(b...) } }
func before(noise ...byte) fault {
	return func(send func(...[]byte), right []byte) { send(noise, right) }
}
func silent(func(...[]byte), []byte)                  {}
func stopsHalfWay(send func(...[]byte), right []byte) { send(right[:len(right)/2]) }
func wrongChecksum(send func(...[]byte), right []byte) {
	bad := bytes.Clone(right)
	bad[len(bad)-1] ^= 0x55
	send(bad)
}
func inPieces(size int) fault {
	return func(send func(...[]byte), right []byte) {
		for rest := right; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			send(rest[:min(size, len(rest))])
		}
	}
}

// late answers so long after the command.
func late(d time.Duration) fault {
	return func(send func(...[]byte), right []byte) {
		right = bytes.Clone(right)
		time.AfterFunc(d, func() { send(right) })
	}
}

// trickles sends byte by byte with a pause between.
func trickles(pause time.Duration) fault {
	return func(send func(...[]byte), right []byte) {
		for i, b := range bytes.Clone(right) {
			time.AfterFunc(time.Duration(i)*pause, func() { send([]byte{b}) })
		}
	}
}

// inBubble runs a test in fake time.
func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestSAM_writes_exactly_find_select_read(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		photo := bytes.Repeat([]byte{0x57, 0x4C}, 512)
		conn := linktest.NewPlayback(t,
			linktest.Op{W: idcard.Request(idcard.CmdFind), R: status(0x80)},
			linktest.Op{W: idcard.Request(idcard.CmdFind), R: unhex(t, "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")},
			linktest.Op{W: idcard.Request(idcard.CmdSelect), R: unhex(t, "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C")},
			linktest.Op{W: idcard.Request(idcard.CmdRead), R: readReply(residentText(vectorR), photo), Piece: 64},
		)
		var phases []idcard.Phase
		c, err := idcard.NewSAM(seriallink.Fixed(conn), idcard.Options{}).Read(within(t, 10*time.Second), func(p idcard.Phase) { phases = append(phases, p) })
		if err != nil || c.Name != "张三" || !bytes.Equal(c.Photo, photo) {
			t.Fatalf("%v", err)
		}
		if fmt.Sprint(phases) != "[waiting reading]" {
			t.Errorf("phases %v", phases)
		}
	})
}

func TestSAM_reads_the_right_holder_in_spite_of(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*reader){
		"non-zero card numbers":       func(r *reader) { r.iin = 0x5A },
		"non-zero SW1 SW2 on success": func(r *reader) { r.sw = 0x63; r.put(residentText(vectorR), noPhoto()) },
		"noise before frames": func(r *reader) {
			for _, c := range all {
				r.fault(c, before(0, 0xAA, 0xFF, 0xAA, 0xAA))
			}
		},
		"replies in pieces of one byte": func(r *reader) {
			for _, c := range all {
				r.fault(c, inPieces(1))
			}
		},
		"replies in pieces of seven bytes": func(r *reader) {
			for _, c := range all {
				r.fault(c, inPieces(7))
			}
		},
		"a reply that trickles":     func(r *reader) { r.fault(idcard.CmdRead, trickles(4*time.Millisecond)) },
		"a slow card":               func(r *reader) { r.fault(idcard.CmdRead, late(2500*time.Millisecond)) },
		"a first read that fails":   func(r *reader) { r.fault(idcard.CmdRead, says(status(0x41))) },
		"two reads that fail":       func(r *reader) { r.fault(idcard.CmdRead, says(status(0x41)), says(status(0x41))) },
		"a first select that fails": func(r *reader) { r.fault(idcard.CmdSelect, says(status(0x81))) },
		"a wrong checksum":          func(r *reader) { r.fault(idcard.CmdRead, wrongChecksum) },
		"wrong checksums everywhere": func(r *reader) {
			for _, c := range all {
				r.fault(c, wrongChecksum)
			}
		},
		"a reply that stops half way":         func(r *reader) { r.fault(idcard.CmdRead, stopsHalfWay) },
		"a reply that never comes":            func(r *reader) { r.fault(idcard.CmdRead, silent) },
		"a find that never comes":             func(r *reader) { r.fault(idcard.CmdFind, silent) },
		"a stray status before the right one": func(r *reader) { r.fault(idcard.CmdRead, before(status(0x90)...)) },
		"a stray find before the right one": func(r *reader) {
			r.fault(idcard.CmdSelect, before(idcard.Reply{SW3: 0x9F, Data: make([]byte, 4)}.Bytes()...))
		},
		"a stray no-card before the select": func(r *reader) { r.fault(idcard.CmdSelect, before(status(0x80)...)) },
		"a stray no-card before the read":   func(r *reader) { r.fault(idcard.CmdRead, before(status(0x80)...)) },
		"a stray failure before the read":   func(r *reader) { r.fault(idcard.CmdRead, before(status(0x41)...)) },
		"a read that comes after its time":  func(r *reader) { r.fault(idcard.CmdRead, late(3100*time.Millisecond)) },
		"a find that comes after its time":  func(r *reader) { r.fault(idcard.CmdFind, late(1600*time.Millisecond)) },
		"authentication that fails once":    func(r *reader) { r.fault(idcard.CmdSelect, says(status(0x31))) },
		"a forged mark once":                func(r *reader) { r.fault(idcard.CmdRead, says(status(0x33))) },
		"a request that arrived damaged": func(r *reader) {
			r.fault(idcard.CmdFind, says(status(0x10)))
			r.fault(idcard.CmdRead, says(status(0x11)))
		},
		"a bad order":                      func(r *reader) { r.fault(idcard.CmdRead, says(status(0x21))) },
		"a random number that fails twice": func(r *reader) { r.fault(idcard.CmdSelect, says(status(0x47)), says(status(0x47))) },
		"a self-test that fails once":      func(r *reader) { r.fault(idcard.CmdFind, says(status(0x60))) },
		"the preamble of a larger frame":   func(r *reader) { r.fault(idcard.CmdRead, before(0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x05, 0x08, 0)) },
		"a card overlooked by one find":    func(r *reader) { r.fault(idcard.CmdFind, says(status(0x80))) },
		"a photo full of preambles": func(r *reader) {
			r.put(residentText(vectorR), bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 4, 0, 0, 0x41, 0x45}, 100)[:1024])
		},
		"a photo full of preambles after a wrong checksum": func(r *reader) {
			r.put(residentText(vectorR), bytes.Repeat([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 4, 0, 0, 0x90, 0x94}, 100)[:1024])
			r.fault(idcard.CmdRead, wrongChecksum)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				r := &reader{}
				r.put(residentText(vectorR), noPhoto())
				set(r)
				began := time.Now()
				c, err := idcard.NewSAM(r.conn(), idcard.Options{}).Read(within(t, 30*time.Second), nil)
				if err != nil || c.Name != "张三" || c.IDNumber != "11010519491231002X" || len(c.Warnings) > 0 {
					t.Errorf("after %v: %v (asked %v)", time.Since(began), err, r.commands())
				}
			})
		})
	}
}

// all are the commands of a reading.
var all = []idcard.Command{idcard.CmdFind, idcard.CmdSelect, idcard.CmdRead}

func TestSAM_answers_with_the_error_that_fits(t *testing.T) {
	t.Parallel()
	three := func(f fault) []fault { return []fault{f, f, f, f, f, f, f, f} }
	for name, test := range map[string]struct {
		set  func(*reader)
		want error
		by   time.Duration
	}{
		"read fails three times":   {func(r *reader) { r.fault(idcard.CmdRead, three(says(status(0x41)))...) }, idcard.ErrMoved, 2 * time.Second},
		"select fails three times": {func(r *reader) { r.fault(idcard.CmdSelect, three(says(status(0x81)))...) }, idcard.ErrMoved, 2 * time.Second},
		"card refuses three times": {func(r *reader) { r.fault(idcard.CmdSelect, three(says(status(0x31)))...) }, idcard.ErrMoved, 2 * time.Second},
		"card lifted in the read": {func(r *reader) {
			r.fault(idcard.CmdRead, func(send func(...[]byte), _ []byte) { r.frame = nil; send(status(0x41)) })
		}, idcard.ErrMoved, 2 * time.Second},
		"card lifted, reply cut off": {func(r *reader) {
			r.fault(idcard.CmdRead, func(send func(...[]byte), right []byte) { r.frame = nil; send(right[:500]) })
		}, idcard.ErrMoved, 3 * time.Second},
		"wrong type of card":           {func(r *reader) { r.fault(idcard.CmdRead, says(status(0x40))) }, idcard.ErrWrongCard, time.Second},
		"wrong type of card at select": {func(r *reader) { r.fault(idcard.CmdSelect, says(status(0x40))) }, idcard.ErrWrongCard, time.Second},
		"wrong type of card at find":   {func(r *reader) { r.fault(idcard.CmdFind, says(status(0x40))) }, idcard.ErrWrongCard, time.Second},
		"a permit":                     {func(r *reader) { r.put(permitText(), noPhoto()) }, idcard.ErrWrongCard, time.Second},
		"forged twice":                 {func(r *reader) { r.fault(idcard.CmdRead, three(says(status(0x33)))...) }, idcard.ErrUntrusted, 2 * time.Second},
		"not authenticated twice":      {func(r *reader) { r.fault(idcard.CmdSelect, three(says(status(0x32)))...) }, idcard.ErrUntrusted, 2 * time.Second},
		"not authorised":               {func(r *reader) { r.fault(idcard.CmdFind, says(status(0x66))) }, idcard.ErrOutOfService, time.Second},
		"not permitted":                {func(r *reader) { r.fault(idcard.CmdRead, says(status(0x23))) }, idcard.ErrOutOfService, time.Second},
		"self-test fails at the read":  {func(r *reader) { r.fault(idcard.CmdRead, three(says(status(0x60)))...) }, idcard.ErrOutOfService, 3 * time.Second},
		"wrong checksums for ever": {func(r *reader) {
			for _, c := range all {
				r.fault(c, append(three(wrongChecksum), three(wrongChecksum)...)...)
			}
		}, idcard.ErrNonsense, 20 * time.Second},
		"no word to the find":             {func(r *reader) { r.busy = true }, idcard.ErrNoAnswer, 4 * time.Second},
		"no word to the read, for ever":   {func(r *reader) { r.fault(idcard.CmdRead, three(silent)...) }, idcard.ErrNoAnswer, 12 * time.Second},
		"an unknown status for ever":      {func(r *reader) { r.fault(idcard.CmdRead, three(says(status(0x77)))...) }, idcard.ErrNonsense, 3 * time.Second},
		"a card without a name":           {func(r *reader) { r.put(spaces(), noPhoto()) }, idcard.ErrNonsense, 3 * time.Second},
		"nothing, and the time is over":   {func(r *reader) { r.lift() }, context.DeadlineExceeded, 30 * time.Second},
		"a find that is refused for ever": {func(r *reader) { r.fault(idcard.CmdFind, three(says(status(0x24)))...) }, idcard.ErrNonsense, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				r := &reader{}
				r.put(residentText(vectorR), noPhoto())
				test.set(r)
				began := time.Now()
				c, err := idcard.NewSAM(r.conn(), idcard.Options{}).Read(within(t, 30*time.Second), nil)
				if !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v (asked %v)", err, test.want, r.commands())
				}
				if took := time.Since(began); took > test.by {
					t.Errorf("took %v, more than %v", took, test.by)
				}
				if c.Name != "" || c.Photo != nil {
					t.Error("a card was given with an error")
				}
			})
		})
	}
}

func TestSAM_answers_no_answer_as_a_disconnection(t *testing.T) {
	t.Parallel()
	if !errors.Is(idcard.ErrNoAnswer, idcard.ErrDisconnected) || !errors.Is(idcard.ErrNoAnswer, devices.ErrDisconnected) {
		t.Error("ErrNoAnswer is no ErrDisconnected")
	}
}

func TestSAM_ends_in_time_before_a_reader_that_babbles(t *testing.T) {
	for name, babble := range map[string][]byte{
		"noise": {0xAA, 0xAA, 0x00, 0x96}, "preambles": {0xAA, 0xAA, 0xAA, 0x96, 0x69}, "heads": {0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x05, 0x08},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				conn := linktest.NewFake(nil)
				ctx, cancel := context.WithCancel(t.Context())
				var babbler sync.WaitGroup
				babbler.Go(func() {
					tick := time.NewTicker(time.Millisecond) // of the bubble's time
					defer tick.Stop()
					for {
						select {
						case <-tick.C:
							conn.Send(babble)
						case <-ctx.Done():
							return
						}
					}
				})
				began := time.Now()
				_, err := idcard.NewSAM(conn, idcard.Options{}).Read(within(t, 60*time.Second), nil)
				if !errors.Is(err, idcard.ErrNonsense) {
					t.Errorf("%v", err)
				}
				if took := time.Since(began); took > 61*time.Second {
					t.Errorf("took %v", took)
				}
				cancel()
				babbler.Wait()
			})
		})
	}
}

func TestSAM_answers_at_once_when_the_cable_is_pulled(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		conn := r.conn()
		r.put(residentText(vectorR), noPhoto())
		r.fault(idcard.CmdRead, func(func(...[]byte), []byte) { time.AfterFunc(time.Second, conn.Lose) })
		began := time.Now()
		_, err := idcard.NewSAM(conn, idcard.Options{}).Read(within(t, 30*time.Second), nil)
		if !errors.Is(err, idcard.ErrDisconnected) || errors.Is(err, idcard.ErrNoAnswer) {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took > time.Second+10*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if _, err := idcard.NewSAM(conn, idcard.Options{}).Read(within(t, time.Second), nil); !errors.Is(err, idcard.ErrDisconnected) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestSAM_waits_gently_and_reads_a_card_put_down_later(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		time.AfterFunc(10*time.Second, func() { r.put(residentText(vectorR), noPhoto()) })
		began := time.Now()
		c, err := idcard.NewSAM(r.conn(), idcard.Options{}).Read(within(t, 30*time.Second), nil)
		if err != nil || c.Name != "张三" {
			t.Fatal(err)
		}
		if n := r.count(idcard.CmdFind); n > 36 {
			t.Errorf("%d looks in ten seconds", n)
		}
		if took := time.Since(began); took > 10*time.Second+310*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestSAM_loses_no_time_once_a_card_is_there(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		r.put(residentText(vectorR), noPhoto())
		began := time.Now()
		if _, err := idcard.NewSAM(r.conn(), idcard.Options{}).Read(within(t, time.Second), nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %v for nothing", took)
		}
	})
}

func TestSAM_present_believes_in_absence_only_after_three_looks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		r.put(residentText(vectorR), noPhoto())
		s := idcard.NewSAM(r.conn(), idcard.Options{})
		r.fault(idcard.CmdFind, says(status(0x80)), says(status(0x80)))
		if there, err := s.Present(within(t, time.Second)); err != nil || !there {
			t.Errorf("a card that was overlooked twice is gone: %v %v", there, err)
		}
		r.lift()
		if there, err := s.Present(within(t, time.Second)); err != nil || there {
			t.Errorf("a lifted card is there: %v %v", there, err)
		}
	})
}

func TestSAM_resets_a_model_that_needs_it_before_it_reads_again(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		r.put(residentText(vectorR), noPhoto())
		s := idcard.NewSAM(r.conn(), idcard.Options{Reread: idcard.RereadReset})
		for range 2 {
			if _, err := s.Read(within(t, time.Second), nil); err != nil {
				t.Fatal(err)
			}
		}
		want := []idcard.Command{idcard.CmdFind, idcard.CmdSelect, idcard.CmdRead, idcard.CmdReset, idcard.CmdFind, idcard.CmdSelect, idcard.CmdRead}
		if got := r.commands(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("asked %v, want %v", got, want)
		}
	})
}

func TestSAM_says_that_a_card_must_be_lifted_where_the_model_needs_it(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		r.put(residentText(vectorR), noPhoto())
		s := idcard.NewSAM(r.conn(), idcard.Options{Reread: idcard.RereadLift})
		for _, want := range []string{"[waiting reading]", "[lift reading]", "[lift reading]"} {
			var phases []idcard.Phase
			if _, err := s.Read(within(t, time.Second), func(p idcard.Phase) { phases = append(phases, p) }); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(phases); got != want {
				t.Errorf("phases %s, want %s", got, want)
			}
		}
	})
}

func TestSAM_status_does_not_disturb_a_reading(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		s := idcard.NewSAM(r.conn(), idcard.Options{})
		done := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := s.Read(ctx, nil)
			done <- err
		}()
		synctest.Wait()
		if busy, err := s.Status(t.Context()); !busy || err != nil {
			t.Errorf("busy %v, %v", busy, err)
		}
		if n := r.count(idcard.CmdStatus); n != 0 {
			t.Errorf("%d status requests went between", n)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if busy, err := s.Status(t.Context()); busy || err != nil {
			t.Errorf("afterwards: busy %v, %v", busy, err)
		}
		if id, err := s.ID(t.Context()); err != nil || id != "05.03-20200101-0001234567-0089012345" {
			t.Errorf("number %q, %v", id, err)
		}
	})
}

func TestSAM_passes_over_the_late_reply_to_a_reading_that_was_given_up(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &reader{}
		r.put(residentText(vectorR), noPhoto())
		r.fault(idcard.CmdRead, late(700*time.Millisecond))
		s := idcard.NewSAM(r.conn(), idcard.Options{})
		if _, err := s.Read(within(t, 500*time.Millisecond), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v", err)
		}
		other := fields{"示例甲", "1", "01", "19580312", "示例省示例市示例路1号", "330000195803120014", "示例市公安局", "20150101", "长期"}
		r.put(residentText(other), noPhoto())
		c, err := s.Read(within(t, 10*time.Second), nil)
		if err != nil || c.IDNumber != other.number {
			t.Errorf("the card of before was given, or %v", err)
		}
	})
}

func TestMask_shows_heads_and_never_what_stands_on_a_card(t *testing.T) {
	t.Parallel()
	frame := readReply(residentText(vectorR), noPhoto())
	for cut := 0; cut < 300; cut++ {
		for _, piece := range [][]byte{frame[cut:], frame[cut:min(cut+64, len(frame))]} {
			if shown := cut + idcard.Mask(seriallink.In, piece); shown > 14 && shown > cut {
				t.Fatalf("a piece from byte %d shows up to byte %d", cut, shown)
			}
		}
	}
	if n := idcard.Mask(seriallink.Out, idcard.Request(idcard.CmdRead)); n != 10 {
		t.Errorf("%d bytes of a request shown", n)
	}
}
