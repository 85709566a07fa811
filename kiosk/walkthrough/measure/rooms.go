package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jonboulle/clockwork"
	"golang.org/x/sys/unix"

	"zizhuban/assets/catalogue"
	"zizhuban/devices"
	"zizhuban/devices/printer"
	"zizhuban/devices/station"
	"zizhuban/kiosk/slip"
	"zizhuban/kiosk/walkthrough"
	"zizhuban/sync/items"
	"zizhuban/sync/items/itemstest"
	"zizhuban/sync/queue"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// line measures what goes over serial lines, against the bytes at the line's rate: ten bits a byte.
func line(ctx context.Context, bin, dir string) error {
	s, err := walkthrough.NewStage(walkthrough.Props{Bin: bin, Dir: filepath.Join(dir, "line")})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if err := s.StartBench(ctx); err != nil {
		return err
	}
	const baud = 115200
	st, err := station.Open(ctx, station.Config{Devices: []station.DeviceConfig{
		{Role: devices.RoleIDCard, Port: s.BenchReady.Links["reader"], Baud: baud},
		{Role: devices.RolePrinter, Port: s.BenchReady.Links["printer"], Baud: baud, Profile: "epson-80mm"},
	}}, station.Options{Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	if err := online(ctx, st); err != nil {
		return err
	}
	// Find, select, read and their answers: 1 359 bytes (reference of the SAM protocol, three exchanges).
	wire := time.Duration(1359) * 10 * time.Second / baud
	var reads []time.Duration
	for range 7 {
		if _, err := s.Bench(ctx, "card", "put", "DEMO1"); err != nil {
			return err
		}
		began := time.Now()
		if _, err := st.IDCard().Read(ctx, nil); err != nil {
			return err
		}
		reads = append(reads, time.Since(began))
		if _, err := s.Bench(ctx, "card", "lift"); err != nil {
			return err
		}
	}
	report("card-read", ms(median(reads)), "ms", ms(wire))

	document := aSlip()
	profile, err := printer.ProfileNamed("epson-80mm")
	if err != nil {
		return err
	}
	data, err := printer.Encode(document, profile)
	if err != nil {
		return err
	}
	report("slip-bytes", float64(len(data)), "bytes", 1000)
	var prints []time.Duration
	sent := 0
	for range 3 {
		began := time.Now()
		out, err := st.Printer().Print(ctx, document)
		if err != nil {
			return err
		}
		prints, sent = append(prints, time.Since(began)), out.Bytes
	}
	report("slip-sent", float64(sent), "bytes", float64(len(data))) // with the questions to the printer around it
	report("slip-printed", ms(median(prints)), "ms", 0)             // how fast the paper moves is the printer's
	return nil
}

func online(ctx context.Context, st *station.Station) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	changed := make(chan struct{}, 1)
	defer st.Watch(func(devices.Event) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})()
	for {
		up := 0
		for _, r := range st.Reports() {
			if r.Status == devices.Online {
				up++
			}
		}
		if up == 2 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the simulated devices do not come up: %w", ctx.Err())
		}
	}
}

// aSlip is the standard slip of a submission.
func aSlip() printer.Slip {
	return slip.Receipt{
		Lang: "zh", Name: "示**", Item: "门诊费用报销", Department: "区医保局", LocalNumber: "D31B-261121-000042-X",
		Tracking: "https://hall.example/t/0190b0a0-0000-7000-8000-000000000001", Place: "示例村便民服务站",
		SubmittedAt: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC), Promised: "15个工作日", Contact: "0570-0000000",
		Bring: []string{"收费票据", "费用清单", "门诊病历/诊断证明"},
	}.Slip()
}

// submit measures sealing and storing against two fdatasyncs of the same disk, taken in turns.
func submit(ctx context.Context, _, dir string) (err error) {
	dir = filepath.Join(dir, "queue")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	var recipients []wire.Recipient
	for _, use := range []string{seal.UseOnline, seal.UseRecovery} {
		k, err := seal.NewRecipientKey(rand.Reader, use)
		if err != nil {
			return err
		}
		recipients = append(recipients, k.Recipient())
	}
	q, err := queue.Open(ctx, filepath.Join(dir, "q"), queue.Options{Terminal: "T-0000"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	answers := map[string]any{}
	for i := range 12 {
		answers[fmt.Sprintf("field_%d", i)] = "一个不长不短的回答，像人们会写的那样"
	}
	raw, err := os.Create(filepath.Join(dir, "limit"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	if _, err := raw.Write(make([]byte, 1<<20)); err != nil {
		return err
	}
	if err := raw.Sync(); err != nil {
		return err
	}
	var puts, syncs []time.Duration
	page, record := make([]byte, 4096), make([]byte, 16<<10)
	for i := range 200 {
		began := time.Now()
		for _, p := range [][]byte{record, page} {
			if _, err := raw.WriteAt(p, int64(i%32)*32<<10); err != nil {
				return err
			}
			if err := unix.Fdatasync(int(raw.Fd())); err != nil {
				return err
			}
		}
		syncs = append(syncs, time.Since(began))
		began = time.Now()
		_, err := q.Put(ctx, func(t queue.Ticket) (wire.Submission, error) {
			h := wire.Header{Version: seal.Version, Suite: seal.SuiteHPKE, Submission: t.Submission, Terminal: t.Terminal, Sequence: t.Sequence, ItemCode: "11339900DEM00002254330590012000", ItemVersion: 1, LocalNumber: t.LocalNumber, SealedAt: began}
			app := wire.Application{Submission: t.Submission, LocalNumber: t.LocalNumber, ItemCode: h.ItemCode, ItemVersion: 1, Answers: answers, SubmittedAt: began}
			env, err := seal.Seal(rand.Reader, key, recipients, h, app)
			none := []wire.Attachment{}
			return wire.Submission{Envelope: env, Attachments: none, Digest: seal.Digest(env, none)}, err
		})
		if err != nil {
			return err
		}
		puts = append(puts, time.Since(began))
	}
	report("submit-to-durable", ms(median(puts)), "ms", ms(median(syncs)))
	return nil
}

// search measures a key stroke's search, worst of what people type, at three sizes of catalogue.
func search(_ context.Context, _, _ string) error {
	demo, err := items.Parse(catalogue.JSON())
	if err != nil {
		return err
	}
	for _, size := range []struct {
		n     int
		limit float64
		cat   *items.Catalogue
	}{{61, 1, demo}, {2500, 1, itemstest.Synthetic(2500, 1)}, {100_000, 10, itemstest.Synthetic(100_000, 1)}} {
		index, err := items.NewIndex(size.cat, items.Terminal{Site: "V", Modules: []string{"card", "face", "cam", "sign", "scan", "a4", "slip"}})
		if err != nil {
			return err
		}
		var all []time.Duration
		var worst time.Duration
		for _, word := range []string{"shebaokaguashi", "mzfybx", "身份证", "公积金提取", "bxxd", "zzzz", "yi"} {
			letters := []rune(word)
			for i := range letters {
				query := string(letters[:i+1])
				began := time.Now()
				index.Search(query, 50)
				took := time.Since(began)
				all = append(all, took)
				worst = max(worst, took)
			}
		}
		report(fmt.Sprintf("search-%d-median", size.n), ms(median(all)), "ms", size.limit)
		report(fmt.Sprintf("search-%d-worst", size.n), ms(worst), "ms", size.limit)
	}
	return nil
}
