package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"zizhuban/devices"
	"zizhuban/devices/station"
	"zizhuban/kiosk/technician"
	"zizhuban/sync/items"
	"zizhuban/sync/queue"
	"zizhuban/sync/updates"
	"zizhuban/sync/uplink"
)

type doctorCommand struct{}

// Run tells what is wrong with this terminal and what to do.
func (doctorCommand) Run(s *setting) error {
	words := technician.NewWords(s.lang)
	findings := technician.Examine(s.ctx, words, s.checks())
	err := s.answer(findings, func(w io.Writer) {
		signs := map[technician.State]string{technician.OK: "✓", technician.Warn: "!", technician.Fail: "✗"}
		for _, f := range findings {
			_, _ = fmt.Fprintln(w, strings.TrimSpace(signs[f.State]+" "+f.What+" "+f.Code))
			if f.Do != "" {
				_, _ = fmt.Fprintf(w, "    → %s\n", f.Do)
			}
		}
	})
	if err == nil && technician.Worst(findings) == technician.Fail {
		return errFound
	}
	return err
}

// lowSpace is when the disk's free space is worth a warning, in bytes.
const lowSpace = 512 << 20

func (s *setting) checks() []technician.Check {
	cfg, err := loadConfig(s.config)
	config := technician.Check{Name: "config", Run: func(_ context.Context, say *technician.Words) technician.Finding {
		if errors.Is(err, fs.ErrNotExist) {
			return say.Fail("config.none", map[string]any{"file": s.config})
		}
		if err != nil {
			return say.Fail("config", map[string]any{"detail": err, "file": s.config})
		}
		return say.OK("config", map[string]any{"file": s.config})
	}}
	if err != nil {
		return []technician.Check{config}
	}
	running, askErr := askRunning(s.ctx, cfg.socket())
	up := askErr == nil
	checks := []technician.Check{
		config,
		{Name: "data", Run: func(_ context.Context, say *technician.Words) technician.Finding { return s.checkData(cfg, say) }},
		{Name: "clock", Run: func(_ context.Context, say *technician.Words) technician.Finding {
			return s.checkClock(running, up, say)
		}},
		{Name: "identity", Run: func(_ context.Context, say *technician.Words) technician.Finding { return s.checkIdentity(cfg, say) }},
		{Name: "catalogue", Run: func(_ context.Context, say *technician.Words) technician.Finding { return s.checkCatalogue(cfg, say) }},
		{Name: "hall", Run: func(ctx context.Context, say *technician.Words) technician.Finding {
			return checkHall(ctx, cfg, running, up, say)
		}},
		{Name: "queue", Limit: 3 * time.Minute, Run: func(ctx context.Context, say *technician.Words) technician.Finding { return s.checkQueue(ctx, say) }},
	}
	if len(cfg.Devices) == 0 {
		checks = append(checks, technician.Check{Name: "devices", Run: func(_ context.Context, say *technician.Words) technician.Finding {
			return say.Fail("devices.none", nil)
		}})
	}
	for _, d := range cfg.Devices {
		checks = append(checks, technician.Check{Name: "device." + string(d.Role), Limit: 20 * time.Second, Run: func(ctx context.Context, say *technician.Words) technician.Finding {
			return s.checkDevice(ctx, d, running, up, say)
		}})
	}
	return checks
}

func (s *setting) checkData(cfg *config, say *technician.Words) technician.Finding {
	args := map[string]any{"dir": cfg.Data, "need": queueMinFree >> 20}
	// A doctor that made the directory would make it as whoever runs the doctor, and the terminal could not write there.
	if _, err := os.Stat(cfg.Data); errors.Is(err, fs.ErrNotExist) {
		return say.Warn("data.none", args)
	}
	probe := filepath.Join(cfg.Data, ".doctor")
	if err := errors.Join(os.WriteFile(probe, []byte("x"), 0o600), os.Remove(probe)); err != nil {
		args["detail"] = err
		return say.Fail("data", args)
	}
	free, err := s.free(cfg.Data)
	if err != nil {
		args["detail"] = err
		return say.Fail("data", args)
	}
	args["mb"] = free >> 20
	switch {
	case free < queueMinFree:
		return say.Fail("data.low", args)
	case free < lowSpace:
		return say.Warn("data.low", args)
	}
	return say.OK("data", args)
}

// freeBytes asks the kernel how much an ordinary user may still write in dir.
func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// queueMinFree is the free space below which the queue takes nothing new (see sync/queue, Options.MinFree).
const queueMinFree = 64 << 20

func (s *setting) checkClock(running Running, up bool, say *technician.Words) technician.Finding {
	now := s.clock.Now()
	args := map[string]any{"local": now.Local().Format(time.DateTime)}
	// No terminal ran this program before it was written; one whose clock says so has lost its battery.
	if now.Year() < 2026 || up && (running.Uplink.ClockOff > 5*time.Minute || running.Uplink.ClockOff < -5*time.Minute) {
		return say.Warn("clock", args)
	}
	return say.OK("clock", args)
}

func (s *setting) checkIdentity(cfg *config, say *technician.Words) technician.Finding {
	id, err := uplink.Load(cfg.identityDir())
	if err != nil {
		return say.Fail("identity", map[string]any{"detail": err})
	}
	e := id.Enrolment()
	args := map[string]any{"terminal": e.Terminal, "place": e.Place, "until": id.Until().Local().Format(time.DateOnly)}
	if left := id.Until().Sub(s.clock.Now()); left < 14*24*time.Hour {
		args["days"] = max(0, int(left.Hours()/24))
		return say.Warn("identity.soon", args)
	}
	return say.OK("identity", args)
}

func (s *setting) checkCatalogue(cfg *config, say *technician.Words) technician.Finding {
	id, err := uplink.Load(cfg.identityDir())
	if err != nil {
		return say.Fail("catalogue", map[string]any{"detail": err})
	}
	client, err := updates.OpenClient(updates.ClientConfig{Dir: cfg.catalogueDir(), Root: id.Enrolment().UpdatesRoot, BaseURL: cfg.Hall.URL, Now: s.clock.Now})
	if err != nil {
		return say.Fail("catalogue", map[string]any{"detail": err})
	}
	c, err := client.Current()
	if errors.Is(err, updates.ErrNoCatalogue) {
		return say.Fail("catalogue.none", map[string]any{"detail": err})
	}
	if err != nil {
		return say.Fail("catalogue", map[string]any{"detail": err})
	}
	index, err := items.NewIndex(c, items.Terminal{Site: id.Enrolment().Site, Modules: fitted(cfg)})
	if err != nil {
		return say.Fail("catalogue", map[string]any{"detail": err})
	}
	args := map[string]any{"version": c.Version, "n": len(c.Items)}
	if rejected := index.Rejected(); len(rejected) > 0 {
		args["n"], args["detail"] = len(rejected), fmt.Sprintf("%s: %v", rejected[0].Code, rejected[0].Err)
		return say.Fail("catalogue.rejected", args)
	}
	return say.OK("catalogue", args)
}

func checkHall(ctx context.Context, cfg *config, running Running, up bool, say *technician.Words) technician.Finding {
	args := map[string]any{"url": cfg.Hall.URL, "detail": ""}
	if up {
		args["detail"] = running.Uplink.Error
		switch {
		case running.Uplink.Class == uplink.ClassDenied:
			return say.Fail("hall.blocked", args)
		case !running.Uplink.Online:
			return say.Warn("hall", args)
		}
		return say.OK("hall", args)
	}
	u, err := url.Parse(cfg.Hall.URL)
	if err != nil {
		args["detail"] = err
		return say.Fail("hall", args)
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", host)
	if err != nil {
		args["detail"] = err
		return say.Warn("hall", args)
	}
	_ = conn.Close()
	return say.OK("hall", args)
}

func (s *setting) checkQueue(ctx context.Context, say *technician.Words) technician.Finding {
	bounded := *s
	bounded.ctx = ctx
	status, err := withQueue(&bounded, queue.Ask, func(status queue.Status, _ queue.Report) queue.Status { return status })
	if errors.Is(err, errNoQueue) {
		return say.OK("queue.none", nil)
	}
	if err != nil {
		return say.Fail("queue", map[string]any{"detail": err})
	}
	args := map[string]any{"n": status.Depth, "hours": status.OldestSeconds / 3600}
	switch {
	case status.Broken != "" || status.Full != "":
		args["detail"] = strings.TrimSpace(status.Broken + " " + status.Full)
		return say.Fail("queue", args)
	case len(status.Quarantined) > 0:
		last := status.Quarantined[len(status.Quarantined)-1]
		args["at"], args["file"], args["salvaged"], args["lost"] = last.At.Local().Format(time.DateTime), last.File, last.Salvaged, strings.Join(last.Lost, " ")
		return say.Warn("queue.incident", args)
	case len(status.Aside) > 0:
		args["n"] = len(status.Aside)
		return say.Warn("queue.aside", args)
	case status.OldestSeconds > 3600:
		return say.Warn("queue.old", args)
	}
	return say.OK("queue", args)
}

// checkDevice asks the running terminal; where none runs, it opens the device itself and waits until it has answered.
func (s *setting) checkDevice(ctx context.Context, d station.DeviceConfig, running Running, up bool, say *technician.Words) technician.Finding {
	var report devices.Report
	if up {
		i := slices.IndexFunc(running.Devices, func(r devices.Report) bool { return r.Role == d.Role && r.Port == d.Port })
		if i < 0 { // the configuration was changed under the running terminal
			return say.Warn("device.new", map[string]any{"role": say.T("role."+string(d.Role), nil), "port": d.Port})
		}
		report = running.Devices[i]
	} else {
		st, err := station.Open(ctx, station.Config{Devices: []station.DeviceConfig{d}}, station.Options{Clock: s.clock, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return deviceFinding(say, devices.Report{Role: d.Role, Port: d.Port, Status: devices.HardwareError, Health: devices.Health{Action: "configuration", Detail: err.Error()}})
		}
		report = settled(ctx, st, d.Role)
		if err := st.Close(); err != nil {
			report.Health.Detail += " " + err.Error()
		}
	}
	return deviceFinding(say, report)
}

// settled waits a few seconds for a device to leave its starting state. A port that is not there is told at once.
func settled(ctx context.Context, st *station.Station, role devices.Role) devices.Report {
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	changed := make(chan struct{}, 1)
	stop := st.Watch(func(devices.Event) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	for {
		var report devices.Report
		for _, r := range st.Reports() {
			if r.Role == role {
				report = r
			}
		}
		if report.Status != devices.Starting {
			return report
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return report
		}
	}
}

func deviceFinding(say *technician.Words, r devices.Report) technician.Finding {
	args := map[string]any{
		"role": say.T("role."+string(r.Role), nil), "port": r.Port, "status": say.T("status."+string(r.Status), nil), "detail": r.Health.Detail,
		"action": say.Mend(r.Health.Code, r.Health.Action),
	}
	working := r.Status == devices.Online || r.Status == devices.Busy && r.Health.Code == "" // busy with a code: another program has the port
	var f technician.Finding
	switch {
	case working && r.Health.Code == "":
		f = say.OK("device", args)
	case working, r.Status == devices.Starting:
		f = say.Warn("device", args)
	default:
		f = say.Fail("device", args)
	}
	f.What, f.Code = strings.TrimSpace(f.What), r.Health.Code
	return f
}
