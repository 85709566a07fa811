package api_test

import (
	"testing"

	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/uplink"
)

func TestTerminal_s_own_side_enrols_with_the_ticket_that_the_hall_shows(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	code, err := h.Office.NewCode(t.Context(), "示例村", "V", "test")
	if err != nil {
		t.Fatal(err)
	}
	url, secret, pin, err := uplink.ParseTicket(code.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	id, err := uplink.Enrol(t.Context(), url, secret, uplink.EnrolOptions{CAPin: pin, Dir: t.TempDir(), Serial: "SN-1", Clock: h.Clock})
	if err != nil {
		t.Fatal(err)
	}
	if e := id.Enrolment(); e.Terminal == "" || e.Place != "示例村" {
		t.Errorf("enrolled as %q at %q", e.Terminal, e.Place)
	}
	if _, err := uplink.Enrol(t.Context(), url, secret, uplink.EnrolOptions{CAPin: pin, Dir: t.TempDir(), Clock: h.Clock}); err == nil {
		t.Error("the code worked twice")
	}
}
