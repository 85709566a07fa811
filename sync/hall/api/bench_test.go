package api_test

import (
	"net/http"
	"testing"

	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/wire"
)

// BenchmarkSubmission_durable_over_TLS counts whole submissions: TLS 1.3, signature, digest, one transaction with an fsync,
// signed receipt. Sealing is done beforehand, for it is the terminal's work.
func BenchmarkSubmission_durable_over_TLS(b *testing.B) {
	h := halltest.New(b)
	term := h.Enrol()
	app := h.Application("D01")
	type sealed struct {
		id  string
		sub wire.Submission
	}
	work := make(chan sealed, b.N)
	for range b.N {
		app.Submission = h.Application("D01").Submission
		work <- sealed{app.Submission, term.Seal(app)}
	}
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s := <-work
			r, err := halltest.TrySend(term.HTTP, http.MethodPut, term.Path(s.id), s.sub, nil)
			if err != nil || r.Status != http.StatusOK {
				b.Errorf("%d %v %s", r.Status, err, r.Body)
				return
			}
		}
	})
}
