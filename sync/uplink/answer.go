package uplink

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
	maxAnswer   = 1 << 20 // bytes of any answer that are read
)

// verdict is what an answer means for a submission.
type verdict int

const (
	accepted    verdict = iota // a receipt that verifies
	refused                    // the hall will never take this submission: class 1
	busy                       // the hall asks for patience: class 2
	denied                     // the hall does not accept this terminal
	strange                    // an answer that settles nothing: class 3
	unreachable                // no answer: class 3
)

// outcome is what became of one submission's request.
type outcome struct {
	verdict verdict
	receipt wire.ReceiptBody // of accepted
	wait    time.Duration    // of busy
	class   Class            // of strange and unreachable
	kind    string           // short and stable: status-500, digest-conflict, portal; no content
	err     error
}

// The limits within which the hall's Retry-After is obeyed.
const (
	retryLeast   = time.Second
	retryMost    = time.Hour
	retryDefault = 30 * time.Second
)

// judge reads an answer to a submission. It is pure: status, header and the bounded body go in.
func judge(status int, header http.Header, body []byte, key ed25519.PublicKey, want seal.Want) outcome {
	html := isHTML(header, body)
	p, isProblem := problemOf(header, body)
	kind := "status-" + strconv.Itoa(status)
	if isProblem && p.Type != "" {
		kind = clip(p.Type)
	}
	switch {
	case status == http.StatusOK || status == http.StatusCreated:
		var a wire.Answer
		if html || json.Unmarshal(body, &a) != nil {
			return outcome{verdict: strange, class: ClassPortal, kind: "portal",
				err: fmt.Errorf("status %d without the hall's answer; something between here and the hall answers in its place", status)}
		}
		if a.Receipt == nil {
			return outcome{verdict: strange, class: ClassStrange, kind: "no-receipt", err: errors.New("the hall gave no receipt")}
		}
		receipt, err := seal.VerifyReceipt(key, *a.Receipt, want)
		if err != nil {
			return outcome{verdict: strange, class: ClassStrange, kind: "bad-receipt", err: err}
		}
		return outcome{verdict: accepted, receipt: receipt}
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return outcome{verdict: busy, wait: retryAfter(header), class: ClassBusy, kind: kind, err: fmt.Errorf("the hall is busy (%d)", status)}
	case html:
		// A page for people is never the hall's word, whatever its status: it condemns nothing.
		return outcome{verdict: strange, class: ClassPortal, kind: "portal",
			err: fmt.Errorf("status %d with a web page; something between here and the hall answers in its place", status)}
	case status == http.StatusConflict || status == http.StatusRequestEntityTooLarge || status == http.StatusUnprocessableEntity:
		return outcome{verdict: refused, kind: kind, err: answerError(status, p)}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return outcome{verdict: denied, class: ClassDenied, kind: kind, err: answerError(status, p)}
	}
	return outcome{verdict: strange, class: ClassStrange, kind: kind, err: answerError(status, p)}
}

// AnswerError is an error answer of the hall.
type AnswerError struct {
	Status int
	Type   string // of the problem; empty where the answer was none
	Title  string
	Detail string
	retry  time.Duration
}

func (e *AnswerError) Error() string {
	s := fmt.Sprintf("the hall answered %d", e.Status)
	if e.Title != "" {
		s += ": " + e.Title
	}
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	return s
}

func answerError(status int, p wire.Problem) *AnswerError {
	return &AnswerError{Status: status, Type: clip(p.Type), Title: clip(p.Title), Detail: clip(p.Detail)}
}

// clip keeps an outside text short and on one line.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		return string(r[:200])
	}
	return s
}

func isHTML(header http.Header, body []byte) bool {
	t, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if t == "text/html" || t == "application/xhtml+xml" {
		return true
	}
	return t != jsonType && t != problemType && strings.HasPrefix(http.DetectContentType(body), "text/html")
}

func problemOf(header http.Header, body []byte) (wire.Problem, bool) {
	var p wire.Problem
	t, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if t != problemType || json.Unmarshal(body, &p) != nil {
		return wire.Problem{}, false
	}
	return p, true
}

// retryAfter reads how long the hall wants to be left alone. Dates are taken against the answer's own Date, since the
// terminal's clock may be wrong.
func retryAfter(header http.Header) time.Duration {
	v := strings.TrimSpace(header.Get("Retry-After"))
	d := retryDefault
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		d = retryMost
		if n < int(retryMost/time.Second) {
			d = time.Duration(n) * time.Second
		}
	} else if at, err := http.ParseTime(v); err == nil {
		if now, err := http.ParseTime(header.Get("Date")); err == nil {
			d = at.Sub(now)
		}
	}
	return min(max(d, retryLeast), retryMost)
}

// decodeAnswer reads a 200 in JSON into v; everything else is an AnswerError, or tells that the answer is not the hall's.
func decodeAnswer(status int, header http.Header, body []byte, v any) error {
	if status != http.StatusOK && status != http.StatusCreated {
		if isHTML(header, body) {
			return fmt.Errorf("%w: status %d with a web page", errPortal, status)
		}
		p, _ := problemOf(header, body)
		e := answerError(status, p)
		e.retry = retryAfter(header)
		return e
	}
	t, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if t != jsonType {
		return fmt.Errorf("%w: the answer is %.40q", errPortal, t)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%w: the answer is not of the right shape", errPortal)
	}
	return nil
}

var errPortal = errors.New("something between here and the hall answers in its place")

// exchange is a plain request and answer in JSON. in may be nil. It gives until when the certificate holds with which the
// hall answered.
func (u *Uplink) exchange(ctx context.Context, method, path string, atMost time.Duration, in, out any) (time.Time, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return time.Time{}, err
		}
		body = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, u.URL+path, body)
	if err != nil {
		return time.Time{}, err
	}
	if in != nil {
		req.Header.Set("Content-Type", jsonType)
	}
	res, err := u.client.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return time.Time{}, err
	}
	return until(res), decodeAnswer(res.StatusCode, res.Header, data, out)
}

// classOf sorts the error of an exchange.
func classOf(err error) Class {
	var answer *AnswerError
	switch {
	case errors.As(err, &answer):
		switch answer.Status {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return ClassBusy
		case http.StatusUnauthorized, http.StatusForbidden:
			return ClassDenied
		}
		return ClassStrange
	case errors.Is(err, errPortal):
		return ClassPortal
	case errors.Is(err, ErrWrongHall):
		return ClassCertificate
	}
	return ClassUnreachable
}
