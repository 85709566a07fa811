package api

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// putSubmission takes in a submission, or gives the answer that it once gave.
func (a *api) putSubmission(w http.ResponseWriter, r *http.Request, t store.Terminal) {
	id := r.PathValue("id")
	var sub wire.Submission
	if err := read(w, r, maxSubmission, &sub); err != nil {
		a.refuse(w, err)
		return
	}
	h, err := a.check(id, sub, t)
	if err != nil {
		a.Log.Warn("a submission was refused", "terminal", t.ID, "submission", plainID(id), "error", err)
		a.refuse(w, err)
		return
	}
	receipt, fresh, err := a.Store.TakeIn(r.Context(), h, sub, func(b wire.ReceiptBody) (wire.Receipt, error) {
		return seal.SignReceipt(a.Keys.Receipt, b)
	})
	if err != nil {
		if errors.Is(err, store.ErrOtherDigest) || errors.Is(err, store.ErrUnknownItem) {
			a.Log.Warn("a submission was refused", "terminal", t.ID, "submission", id, "error", err)
		}
		a.refuse(w, err)
		return
	}
	if fresh {
		a.Log.Info("submission received", "terminal", t.ID, "submission", id, "sequence", h.Sequence, "item", h.ItemCode)
		a.CameIn()
	}
	answer(w, wire.Answer{Receipt: &receipt})
}

// maxSequence keeps sequence numbers within what every JSON reader and database counts exactly.
const maxSequence = 1 << 53

// check does everything that can be checked without the database and without opening: what fails here will never pass.
func (a *api) check(id string, sub wire.Submission, t store.Terminal) (wire.Header, error) {
	bad := func(kind, title, detail string) (wire.Header, error) {
		return wire.Header{}, problemError{problem(http.StatusUnprocessableEntity, kind, title, detail)}
	}
	pub, err := x509.ParsePKIXPublicKey(t.PublicKey)
	if err != nil {
		return wire.Header{}, fmt.Errorf("public key of %s: %w", t.ID, err)
	}
	// Read before the signature is checked, only to tell a terminal that was enrolled anew what is the matter.
	if h, err := seal.ReadHeader(sub.Envelope); err == nil && h.Terminal != t.ID {
		return bad("wrong-terminal", "申请不是这台终端封装的 the submission was sealed by another terminal", "")
	}
	h, err := seal.Check(pub, sub)
	switch {
	case errors.Is(err, seal.ErrSignature):
		return bad("bad-signature", "签名不对 the signature does not verify", "")
	case errors.Is(err, seal.ErrSuite):
		return bad("unknown-suite", "大厅不支持这种加密方式 this hall does not know the sealing suite", "")
	case errors.Is(err, seal.ErrMismatch):
		return bad("bad-digest", "摘要与内容不符 digest or manifest do not belong to the content", "")
	case err != nil:
		return bad("malformed", "申请的形式不对 the submission is not well formed", err.Error())
	}
	u, err := uuid.Parse(id)
	switch {
	case err != nil || h.Submission != id:
		return bad("wrong-id", "地址与内容的编号不同 the id in the address is not that of the content", "")
	case u.Version() != 7:
		return bad("wrong-id", "编号不是 UUIDv7 the id is not a UUIDv7", "")
	case h.Sequence > maxSequence:
		return bad("malformed", "序号太大 the sequence number is too large", "at most "+strconv.FormatUint(maxSequence, 10))
	case len(h.LocalNumber) > 64 || !printable(h.LocalNumber):
		return bad("malformed", "本地编号不对 the local number is not acceptable", "at most 64 bytes of printable text")
	case len(sub.Attachments) > 0:
		return bad("attachments", "大厅还不能接收附件 this hall does not take attachments yet", "the submission stays with the terminal; no receipt was given")
	}
	for _, share := range sub.Envelope.Keys {
		if !a.Keys.Known(share.KeyID) {
			return bad("unknown-recipient", "申请封装给了大厅不认识的密钥 the submission is sealed to a key that this hall does not know", "enrol this terminal again to learn the present keys")
		}
	}
	return h, nil
}

// plainID gives an id for the log, or says that it is none.
func plainID(id string) string {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return "not an id"
	}
	return id
}

// getSubmission gives the answer that a submission got. A terminal may ask only for its own.
func (a *api) getSubmission(w http.ResponseWriter, r *http.Request, t store.Terminal) {
	sub, err := a.Store.Submission(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) || err == nil && sub.Header.Terminal != t.ID {
		fail(w, unknownSubmission)
		return
	}
	if err != nil {
		a.refuse(w, err)
		return
	}
	answer(w, wire.Answer{Receipt: &sub.Receipt})
}

// putBlob keeps the place of attachments in the contract. A submission that has any is refused before, so nothing is lost.
func (a *api) putBlob(w http.ResponseWriter, _ *http.Request, _ store.Terminal) {
	fail(w, problem(http.StatusNotImplemented, "attachments", "大厅还不能接收附件 this hall does not take attachments yet",
		"submissions with attachments are refused when they are announced"))
}
