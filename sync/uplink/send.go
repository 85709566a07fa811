package uplink

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"zizhuban/sync/queue"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

const (
	// batchOf is how many entries are taken from the queue, and deleted from it, at once for each that is under way.
	batchOf = 4
	// strikes is how many entries in a row may fail without a known reason before the sender backs off: enough that a
	// poisoned one at the head does not hold up the rest, few enough that a hall in trouble is left alone.
	strikes = 3
	// deniedWait is the wait after the hall has refused this terminal. Full jitter between half and all of it.
	deniedWait = 10 * time.Minute
	// idleWait is how long the sender waits for something new before it looks by itself.
	idleWait = 5 * time.Minute
)

// sendAll drains the queue, again and again.
func (u *Uplink) sendAll(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		o, sent := u.drain(ctx)
		if ctx.Err() != nil {
			return
		}
		if sent > 0 {
			failures = 0
		}
		switch o.verdict {
		case accepted: // nothing is left
			failures = 0
			u.well(sending)
			u.wait(ctx, idleWait, u.kick, u.Queue.Added())
		case busy:
			failures = 0
			u.trouble(sending, o.class, o.err)
			// A little more than asked, so that a thousand terminals do not return in the same second.
			wait := o.wait + time.Duration(u.Jitter()*float64(o.wait)/4)
			u.nextAt(wait)
			u.wait(ctx, wait)
		case denied:
			failures = 0
			u.trouble(sending, o.class, o.err)
			if o.kind == expiredCertificate {
				signal(u.renewNow)
			}
			wait := deniedWait/2 + time.Duration(u.Jitter()*float64(deniedWait/2))
			u.nextAt(wait)
			u.wait(ctx, wait, u.kick)
		default:
			failures++
			u.trouble(sending, o.class, o.err)
			if o.verdict == unreachable {
				u.transport.CloseIdleConnections()
			}
			wait := u.jittered(failures)
			u.nextAt(wait)
			u.wait(ctx, wait, u.kick, u.Queue.Added())
		}
	}
}

// drain sends until nothing is left or something stands in the way, and tells which, and how many were settled.
func (u *Uplink) drain(ctx context.Context) (outcome, int) {
	failed := map[string]bool{} // in this drain, for no known reason
	settled, inARow := 0, 0
	var last outcome
	n := 1 // one probe goes first
	for {
		batch, err := u.Queue.Next(ctx, n+len(failed))
		if err != nil {
			return outcome{verdict: strange, class: ClassQueue, kind: "queue", err: err}, settled
		}
		fresh := batch[:0]
		for _, e := range batch {
			if !failed[e.Submission] {
				fresh = append(fresh, e)
			}
		}
		if len(fresh) == 0 {
			if len(failed) > 0 {
				return last, settled
			}
			return outcome{verdict: accepted}, settled
		}
		results := u.sendBatch(ctx, fresh[:min(len(fresh), n)])
		stop, got := u.settle(ctx, results, failed)
		settled += got
		if stop != nil {
			return *stop, settled
		}
		if got > 0 {
			inARow, n = 0, u.Parallel*batchOf
			continue
		}
		// Nothing but strange answers: settle has remembered the entries as failed.
		last = results[len(results)-1].outcome
		inARow += len(results)
		n = 1
		if inARow >= strikes {
			return last, settled
		}
	}
}

type result struct {
	entry queue.Entry
	outcome
}

// sendBatch sends entries, a few at a time, and waits for all.
func (u *Uplink) sendBatch(ctx context.Context, entries []queue.Entry) []result {
	results := make([]result, len(entries))
	slots := make(chan struct{}, u.Parallel)
	// Once one request has found the line down or the hall busy, those that have not started need not try.
	stop := make(chan struct{})
	var once sync.Once
	var all sync.WaitGroup
	for i, e := range entries {
		slots <- struct{}{}
		select {
		case <-stop:
			results[i] = result{e, outcome{verdict: unreachable, class: ClassNone}}
			<-slots
			continue
		default:
		}
		all.Go(func() {
			defer func() { <-slots }()
			o := u.put(ctx, e)
			if o.verdict == busy || o.verdict == denied || o.verdict == unreachable {
				once.Do(func() { close(stop) })
			}
			results[i] = result{e, o}
		})
	}
	all.Wait()
	return results
}

// put sends one submission.
func (u *Uplink) put(ctx context.Context, e queue.Entry) outcome {
	ctx, cancel := context.WithTimeout(ctx, u.RequestTimeout)
	defer cancel()
	connected := false
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	req, err := http.NewRequestWithContext(traced, http.MethodPut, u.URL+strings.Replace(wire.PathSubmission, "{id}", e.Submission, 1), bytes.NewReader(e.Body))
	if err != nil {
		return outcome{verdict: strange, class: ClassStrange, kind: "request", err: fmt.Errorf("submission %s: %w", e.LocalNumber, err)}
	}
	req.Header.Set("Content-Type", jsonType)
	res, err := u.client.Do(req)
	if err == nil {
		defer res.Body.Close()
		var body []byte
		if body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer)); err == nil {
			id := u.Identity.Enrolment()
			o := judge(res.StatusCode, res.Header, body, ed25519.PublicKey(id.ReceiptKey), seal.Want{
				Submission: e.Submission, Digest: e.Digest, Terminal: id.Terminal, Sequence: e.Sequence,
			})
			if o.class != ClassPortal {
				u.reached()
			}
			if o.verdict == accepted {
				u.trusted(o.receipt.ReceivedAt, until(res))
			}
			return o
		}
	}
	o := outcome{verdict: unreachable, class: classOf(err), kind: "no-answer", err: err}
	if connected {
		// Someone took the request and gave no whole answer. That can be this submission's fault — a proxy that cuts what is
		// large — so it goes to the end like any other that fails for no known reason.
		o.kind = "cut"
	}
	return o
}

// until is how long the server's certificate holds.
func until(res *http.Response) time.Time {
	if res.TLS == nil || len(res.TLS.PeerCertificates) == 0 {
		return time.Time{}
	}
	return res.TLS.PeerCertificates[0].NotAfter
}

// settle does in the queue what a batch's answers say. It gives an outcome where the drain must stop, and how many entries
// were settled, for better or worse.
func (u *Uplink) settle(ctx context.Context, results []result, failed map[string]bool) (*outcome, int) {
	var receipts []wire.ReceiptBody
	var stop *outcome
	settled := 0
	halt := func(o outcome) {
		// Of several reasons to stop the most telling one: the hall's word goes before silence.
		if stop == nil || stop.verdict == unreachable && o.verdict != unreachable {
			stop = &o
		}
	}
	queueFailed := func(err error) {
		stop = &outcome{verdict: strange, class: ClassQueue, kind: "queue", err: err}
	}
	for _, r := range results {
		switch r.verdict {
		case accepted:
			receipts = append(receipts, r.receipt)
		case refused:
			u.Log.Warn("the hall refuses a submission; it is set aside", "local_number", r.entry.LocalNumber, "kind", r.kind)
			if err := u.Queue.SetAside(ctx, r.entry.Submission, r.kind); err != nil {
				queueFailed(err)
				continue
			}
			settled++
		case busy, denied:
			halt(r.outcome)
		case unreachable:
			if r.err != nil { // else it was not even tried
				halt(r.outcome)
			}
			if r.kind == "cut" && ctx.Err() == nil {
				if err := u.Queue.Attempted(ctx, r.entry.Submission, r.kind); err != nil {
					queueFailed(err)
				}
			}
		case strange:
			failed[r.entry.Submission] = true
			if err := u.Queue.Attempted(ctx, r.entry.Submission, r.kind); err != nil {
				queueFailed(err)
			}
		}
	}
	if len(receipts) > 0 {
		// The receipts are in hand: they count even where ctx ends now.
		if err := u.Queue.AckAll(context.WithoutCancel(ctx), receipts); err != nil {
			queueFailed(err)
		} else {
			settled += len(receipts)
		}
	}
	return stop, settled
}
