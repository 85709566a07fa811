package admin

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
)

// terminalView is a terminal as pages show it.
type terminalView struct {
	store.Terminal
	Quiet   bool // nothing heard for a while
	Behind  bool // an older catalogue than the newest
	Skewed  bool // its clock is wrong
	Trouble bool // any of these, or a device that is not well, or a queue that does not drain
	Devices []deviceView
	Newest  int // version of the catalogue
	Oldest  time.Duration
}

// deviceView is one device's state, or one part's.
type deviceView struct {
	Role, Part, State string
	Level             string // ok, warn, bad or off
}

// skewFrom is from when a terminal's clock counts as wrong.
const skewFrom = 2 * time.Minute

func (p *pages) terminalView(t store.Terminal) terminalView {
	v := terminalView{Terminal: t, Newest: p.Office.Bell.Version(), Oldest: time.Duration(t.Health.OldestSecs) * time.Second}
	v.Quiet = p.Clock.Now().Sub(t.LastContact) > quietAfter
	heard := !t.HeartbeatAt.IsZero()
	v.Behind = heard && t.Health.Catalogue < v.Newest
	v.Skewed = heard && t.ClockError.Abs() > skewFrom
	v.Trouble = v.Quiet || v.Skewed || t.Health.SetAside > 0 || t.Gaps > 0 || t.Health.OldestSecs > 3600
	for name, state := range t.Health.Devices {
		role, part, _ := strings.Cut(name, ".")
		d := deviceView{role, part, state, level(state)}
		v.Trouble = v.Trouble || d.Level == "bad"
		v.Devices = append(v.Devices, d)
	}
	sort.Slice(v.Devices, func(i, j int) bool {
		a, b := v.Devices[i], v.Devices[j]
		return a.Role+"\x00"+a.Part < b.Role+"\x00"+b.Part
	})
	return v
}

// level sorts the words of devices (see package devices and the printer's parts) into colours. A word that is not known here
// is shown as it is, without colour.
func level(state string) string {
	switch state {
	case "online", "deviceBusy", "full", "ok", "closed":
		return "ok"
	case "starting", "low", "userError", "open", "offline":
		return "warn"
	case "powerOff", "hardwareError", "out", "jammed", "fraudAttempt", "potentialFraud":
		return "bad"
	}
	return "off"
}

type terminalsView struct {
	All    []terminalView
	Newest int
}

func (p *pages) terminals(v *visit) error {
	all, err := p.Office.Store.Terminals(v.r.Context())
	if err != nil {
		return err
	}
	d := terminalsView{Newest: p.Office.Bell.Version()}
	for _, t := range all {
		d.All = append(d.All, p.terminalView(t))
	}
	return v.show(http.StatusOK, "terminals", "terminals", d)
}

type oneTerminalView struct {
	terminalView
	Gaps   []store.Gap
	Latest []store.Case
}

func (p *pages) terminal(v *visit) error {
	ctx := v.r.Context()
	t, err := p.Office.Store.Terminal(ctx, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	d := oneTerminalView{terminalView: p.terminalView(t)}
	if d.Gaps, err = p.Office.Store.Gaps(ctx, t.ID); err != nil {
		return err
	}
	if d.Latest, _, err = p.Office.Store.Cases(ctx, store.CaseFilter{Terminal: t.ID, Limit: 10}); err != nil {
		return err
	}
	return v.show(http.StatusOK, "terminal", "terminals", d)
}

func (p *pages) setStatus(v *visit) error {
	id, status := v.r.PathValue("id"), v.r.PostForm.Get("status")
	done := map[string]string{store.Active: "unblocked", store.Blocked: "blocked"}[status]
	if done == "" {
		return fmt.Errorf("status of %s: %w", id, errForm)
	}
	if err := p.Office.Store.SetStatus(v.r.Context(), id, status, v.who); err != nil {
		return err
	}
	v.to("/admin/terminals/" + id + "?done=" + done)
	return nil
}

type newCodeView struct {
	Sites       []string
	Place, Site string
	Error       string // key
	Code        *office.Code
	QR          qr
}

// qr is a QR code as one SVG path.
type qr struct {
	Path string
	Size int
}

func (p *pages) newCodeForm(v *visit) error {
	return v.show(http.StatusOK, "newcode", "terminals", newCodeView{Sites: office.Sites})
}

func (p *pages) newCode(v *visit) error {
	d := newCodeView{Sites: office.Sites, Place: v.r.PostForm.Get("place"), Site: v.r.PostForm.Get("site")}
	code, err := p.Office.NewCode(v.r.Context(), d.Place, d.Site, v.who)
	if errors.Is(err, office.ErrBadCode) {
		d.Error = "newcode.bad"
		return v.show(http.StatusUnprocessableEntity, "newcode", "terminals", d)
	}
	if err != nil {
		return err
	}
	d.Code = &code
	if d.QR, err = drawQR(code.Ticket); err != nil {
		return err
	}
	return v.show(http.StatusOK, "newcode", "terminals", d)
}

func drawQR(text string) (qr, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return qr{}, fmt.Errorf("QR code: %w", err)
	}
	bits := code.Bitmap() // with the quiet zone
	var b bytes.Buffer
	for y, row := range bits {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			from := x
			for x < len(row) && row[x] {
				x++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
		}
	}
	return qr{b.String(), len(bits)}, nil
}

// number reads a number of a query; what is none is 0.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
