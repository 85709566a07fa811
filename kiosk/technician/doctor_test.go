package technician_test

import (
	"context"
	"testing"
	"time"

	"zizhuban/kiosk/technician"
)

func TestExamine_reports_every_check_even_one_that_breaks_or_hangs(t *testing.T) {
	t.Parallel()
	words := technician.NewWords("zh")
	got := technician.Examine(t.Context(), words, []technician.Check{
		{Name: "well", Run: func(context.Context, *technician.Words) technician.Finding {
			return technician.Finding{State: technician.OK, What: "好"}
		}},
		{Name: "breaks", Run: func(context.Context, *technician.Words) technician.Finding { panic("boom") }},
		{Name: "hangs", Limit: time.Millisecond, Run: func(ctx context.Context, _ *technician.Words) technician.Finding {
			<-ctx.Done()
			return technician.Finding{State: technician.OK}
		}},
	})
	want := []technician.State{technician.OK, technician.Fail, technician.Warn}
	for i, f := range got {
		if f.State != want[i] || f.Check == "" || f.What == "" {
			t.Errorf("finding %d: %+v, want %s", i, f, want[i])
		}
		if f.State != technician.OK && f.Do == "" {
			t.Errorf("%s does not say what to do", f.Check)
		}
	}
	if w := technician.Worst(got); w != technician.Fail {
		t.Errorf("worst is %s", w)
	}
}
