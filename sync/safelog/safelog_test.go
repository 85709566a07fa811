package safelog_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"zizhuban/sync/safelog"
)

func logged(t *testing.T, f func(*slog.Logger)) string {
	t.Helper()
	var b bytes.Buffer
	f(slog.New(safelog.New(slog.NewTextHandler(&b, nil))))
	return b.String()
}

func TestHandler_hides_what_may_be_personal(t *testing.T) {
	t.Parallel()
	secrets := []string{"示例甲", "330000195803120014", "33000019580312001X", "13900000000", "139 0000 0000", "6222 0000 0000 0000 000", "买买提·示例"}
	for _, s := range secrets {
		out := logged(t, func(l *slog.Logger) {
			l.Info("card "+strings.Map(digits, s), "name", s, "answer", s, "value", []string{s}, "err", errors.New("field has "+s),
				slog.Group("g", "name", s), "struct", struct{ Name string }{s})
			l.With("name", s).Warn("x", "local_number", strings.Map(digits, s))
		})
		for _, form := range []string{s, strings.Map(digits, s)} {
			if len(form) > 5 && strings.Contains(out, form) {
				t.Errorf("the log holds %q: %s", form, out)
			}
		}
	}
}

func digits(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

func TestHandler_prints_what_a_technician_needs(t *testing.T) {
	t.Parallel()
	out := logged(t, func(l *slog.Logger) {
		l.Info("queued", "item", "11339900DEM00002254330590012000", "submission", "01999999-9999-7999-8999-999999999999", "depth", 3, "role", "printer", "err", errors.New("open /dev/ttyUSB0: no such file"))
	})
	for _, want := range []string{"queued", "item=11339900DEM00002254330590012000", "submission=01999999-9999-7999-8999-999999999999", "depth=3", "role=printer", "no such file"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %s", want, out)
		}
	}
}
