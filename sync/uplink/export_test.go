package uplink

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"

	"zizhuban/sync/seal"
)

// VerifyHall is verifyHall.
func VerifyHall(cs tls.ConnectionState, ca *x509.Certificate, floor, now time.Time) error {
	return verifyHall(cs, ca, floor, now)
}

// Judged is what judge says, in words.
type Judged struct {
	Verdict string
	Class   Class
	Kind    string
	Wait    time.Duration
}

// Judge is judge.
func Judge(status int, header http.Header, body []byte, key ed25519.PublicKey, want seal.Want) Judged {
	o := judge(status, header, body, key, want)
	names := map[verdict]string{accepted: "accepted", refused: "refused", busy: "busy", denied: "denied", strange: "strange", unreachable: "unreachable"}
	return Judged{names[o.verdict], o.class, o.kind, o.wait}
}
