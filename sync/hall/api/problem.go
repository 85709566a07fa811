package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/wire"
)

// problemError carries a problem through code that returns errors.
type problemError struct{ wire.Problem }

func (p problemError) Error() string { return p.Type + ": " + p.Title }

func problem(status int, kind, title, detail string) wire.Problem {
	return wire.Problem{Type: kind, Title: title, Detail: detail, Status: status}
}

// Problems that need no detail. The class of each is its status: 409, 413 and 422 condemn the one submission; 401 and 403 the
// terminal's credentials; 429 and 503 ask for patience; everything else is tried again.
var (
	noCertificate = problem(http.StatusUnauthorized, "no-certificate",
		"请求没有终端证书 the request bears no terminal certificate", "enrol this terminal with a code from the hall")
	foreignCertificate = problem(http.StatusUnauthorized, "unknown-certificate",
		"大厅不认识这张终端证书 this hall does not know the terminal's certificate", "enrol this terminal again with a new code")
	expiredCertificate = problem(http.StatusUnauthorized, "expired-certificate",
		"终端证书已过期 the terminal's certificate has expired", "renew it at "+wire.PathRenew)
	blocked = problem(http.StatusForbidden, "blocked",
		"此终端已被大厅停用 this terminal has been blocked by the hall", "call the hall")
	internal = problem(http.StatusInternalServerError, "internal",
		"大厅内部出错 something failed inside the hall", "try again later; the hall's log tells more")
	busy = problem(http.StatusServiceUnavailable, "busy",
		"大厅正忙 the hall is busy", "try again after the time in Retry-After")
	badCode = problem(http.StatusForbidden, "bad-code",
		"登记码无效、已使用或已过期 the enrolment code is unknown, used or expired", "ask the hall for a new code")
	tooLarge = problem(http.StatusRequestEntityTooLarge, "too-large",
		"内容太大 the content is too large", "")
	digestConflict = problem(http.StatusConflict, "digest-conflict",
		"同一编号已收到不同内容 other content was received under this id before", "nothing was changed")
	unknownItem = problem(http.StatusUnprocessableEntity, "unknown-item",
		"大厅从未发布过此事项的这个版本 this version of this item was never published by this hall", "")
	unknownSubmission = problem(http.StatusNotFound, "unknown-submission",
		"大厅没有收到过这份申请 this hall has not received this submission", "")
)

// fail answers with a problem.
func fail(w http.ResponseWriter, p wire.Problem) {
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		if w.Header().Get("Retry-After") == "" {
			w.Header().Set("Retry-After", "30")
		}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a terminal that has gone does not hear it
}

// refuse answers an error: a problem as it is, anything else as the hall's own trouble, told in whole only to the log.
func (a *api) refuse(w http.ResponseWriter, err error) {
	var p problemError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		fail(w, p.Problem)
	case errors.As(err, &large):
		q := tooLarge
		q.Detail = "at most " + strconv.FormatInt(large.Limit, 10) + " bytes are taken"
		fail(w, q)
	case errors.Is(err, store.ErrOtherDigest):
		fail(w, digestConflict)
	case errors.Is(err, store.ErrUnknownItem):
		fail(w, unknownItem)
	case errors.Is(err, store.ErrCode):
		fail(w, badCode)
	case errors.Is(err, store.ErrBlocked):
		fail(w, blocked)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		fail(w, busy)
	default:
		a.Log.Error("a terminal's request failed", "error", err)
		fail(w, internal)
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // a terminal that has gone asks again
}

// read reads a request's body of at most limit bytes as JSON into v. A body that ends too early, or is no JSON at all, was
// damaged on the way and may be tried again: 400. What is JSON but not of the right shape will never be taken: 422.
func read(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	err := dec.Decode(v)
	if err == nil && dec.More() {
		err = errors.New("more follows after the end of the JSON")
	}
	var large *http.MaxBytesError
	var shape *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return err
	case errors.As(err, &shape):
		return problemError{problem(http.StatusUnprocessableEntity, "malformed", "内容的形式不对 the content is not of the right shape",
			"field "+shape.Field+" is not a "+shape.Type.String())}
	}
	// The cause may quote the content.
	return problemError{problem(http.StatusBadRequest, "not-json", "内容不是 JSON the content is not JSON", "it was damaged on the way, or came from another program")}
}
