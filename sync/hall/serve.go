package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/hall/admin"
	"zizhuban/sync/hall/api"
	"zizhuban/sync/hall/ca"
	"zizhuban/sync/hall/office"
	"zizhuban/sync/wire"
)

type serveCommand struct {
	Listen            string `help:"Address for terminals." default:"127.0.0.1:8443" placeholder:"HOST:PORT"`
	Admin             string `help:"Address for people: the hall's pages, and the tracking page for citizens." default:"127.0.0.1:8444" placeholder:"HOST:PORT"`
	PublicURL         string `help:"How citizens reach the tracking page from outside; printed on slips as a QR code. Default: the address for people." placeholder:"URL"`
	TerminalsURL      string `help:"How terminals reach the hall from outside. Default: the address for terminals." placeholder:"URL"`
	Demo              bool   `help:"Where no catalogue is published yet: import and publish the demo catalogue."`
	AdminPasswordFile string `help:"Password for the first account (admin), read from a file. Default: one is made and printed once." type:"path" placeholder:"FILE"`
}

// ready is what serve says once it answers.
type ready struct {
	Event     string `json:"event"` // ready
	Terminals string `json:"terminals"`
	Admin     string `json:"admin"`
	PublicURL string `json:"public_url"`
	CASHA256  string `json:"ca_sha256"`
	Catalogue int    `json:"catalogue"`
	Account   string `json:"account,omitempty"`  // only at the first start
	Password  string `json:"password,omitempty"` // only at the first start, where it was made here
	Recovery  string `json:"recovery_key,omitempty"`
}

// Run runs the hall until it is told to stop.
func (c *serveCommand) Run(s *setting) error {
	terminals, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen for terminals: %w; is another hall running, or choose another --listen", err)
	}
	people, err := net.Listen("tcp", c.Admin)
	if err != nil {
		return errors.Join(fmt.Errorf("listen for people: %w; is another hall running, or choose another --admin", err), terminals.Close())
	}
	err = c.serve(s, terminals, people)
	// The servers have closed them already, unless something failed before.
	for _, l := range []net.Listener{terminals, people} {
		if e := l.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (c *serveCommand) serve(s *setting, terminals, people net.Listener) (err error) {
	words := ready{Event: "ready"}
	if words.Terminals, err = outside(c.TerminalsURL, terminals.Addr()); err != nil {
		return fmt.Errorf("--terminals-url: %w: %w", err, errUsage)
	}
	if words.Admin, err = outside("", people.Addr()); err != nil {
		return err
	}
	if words.PublicURL, err = outside(c.PublicURL, people.Addr()); err != nil {
		return fmt.Errorf("--public-url: %w: %w", err, errUsage)
	}
	o, err := office.Open(s.ctx, office.Config{Dir: s.data, Names: names(words.Terminals, words.Admin, words.PublicURL), Clock: s.clock, Log: s.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if err := errors.Join(o.Store.SetSetting(s.ctx, office.SettingTerminals, words.Terminals), o.Store.SetSetting(s.ctx, office.SettingPublic, words.PublicURL)); err != nil {
		return err
	}
	if words.Account, words.Password, err = c.firstAccount(s.ctx, o); err != nil {
		return err
	}
	if c.Demo && o.Updates.Version() == 0 {
		if _, err := o.Import(s.ctx, catalogue.JSON(), "hall"); err != nil {
			return fmt.Errorf("demo catalogue: %w", err)
		}
		if _, _, err := o.Publish(s.ctx, nil, "hall"); err != nil {
			return fmt.Errorf("demo catalogue: %w", err)
		}
	}
	pages, err := admin.New(admin.Config{Office: o, Clock: s.clock, Log: s.log})
	if err != nil {
		return err
	}
	toTerminals := server(s.log, api.New(api.Config{
		Store: o.Store, Authority: o.Authority, Keys: o.Keys, Updates: o.Updates, Bell: o.Bell, CameIn: o.CameIn,
		TrackingURL: strings.TrimSuffix(words.PublicURL, "/") + wire.PathTrack, Clock: s.clock, Log: s.log,
	}), api.TLS(o.Authority))
	toPeople := server(s.log, pages, pagesTLS(o.Authority))

	words.CASHA256, words.Catalogue, words.Recovery = o.Authority.SHA256(), o.Bell.Version(), o.Keys.Recovery
	running, stop := context.WithCancel(s.ctx)
	defer stop()
	group, ctx := errgroup.WithContext(running)
	group.Go(func() error { return o.Follow(ctx) })
	group.Go(func() error { return o.OpenAll(ctx) })
	for server, listener := range map[*http.Server]net.Listener{toTerminals: terminals, toPeople: people} {
		group.Go(func() error {
			if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve %s: %w", listener.Addr(), err)
			}
			return nil
		})
	}
	group.Go(func() error {
		<-ctx.Done()
		o.Bell.Close() // who waits for a catalogue is let go
		grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		return errors.Join(toTerminals.Shutdown(grace), toPeople.Shutdown(grace))
	})
	unheard := c.say(s, words)
	if unheard != nil { // nobody would know the address, nor the first password
		stop()
	}
	err = errors.Join(unheard, group.Wait())
	s.log.Info("hall stopped")
	return err
}

// server makes an http.Server that a slow or silent client cannot hold for long.
func server(log *slog.Logger, h http.Handler, t *tls.Config) *http.Server {
	return &http.Server{
		Handler:           h,
		TLSConfig:         t,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      90 * time.Second, // longer than a terminal waits for a catalogue
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          quiet(log),
	}
}

// quiet takes what the server has to say about broken handshakes and the like.
func quiet(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelDebug) }

func pagesTLS(authority *ca.Authority) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: authority.ServerCertificate, NextProtos: []string{"h2", "http/1.1"}}
}

// firstAccount makes the first account, where there is none.
func (c *serveCommand) firstAccount(ctx context.Context, o *office.Office) (name, password string, err error) {
	n, err := o.Store.People(ctx)
	if err != nil || n > 0 {
		return "", "", err
	}
	made := ""
	if c.AdminPasswordFile != "" {
		data, err := os.ReadFile(c.AdminPasswordFile)
		if err != nil {
			return "", "", fmt.Errorf("--admin-password-file: %w", err)
		}
		password = strings.TrimRight(string(data), "\r\n")
	} else {
		if password, err = office.NewPassword(); err != nil {
			return "", "", err
		}
		made = password
	}
	if err := o.SetPassword(ctx, "admin", password, "hall"); err != nil {
		return "", "", fmt.Errorf("first account: %w", err)
	}
	return "admin", made, nil
}

// outside gives the address under which a listener is reached.
func outside(given string, addr net.Addr) (string, error) {
	if given == "" {
		host, port, err := net.SplitHostPort(addr.String())
		if err != nil {
			return "", err
		}
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		return "https://" + net.JoinHostPort(host, port), nil
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%q is not an address such as https://hall.example", given)
	}
	return strings.TrimSuffix(given, "/"), nil
}

// names gives the host names that the hall's certificate must bear.
func names(urls ...string) []string {
	all := []string{"localhost", "127.0.0.1", "::1"}
	if h, err := os.Hostname(); err == nil {
		all = append(all, h)
	}
	for _, s := range urls {
		if u, err := url.Parse(s); err == nil {
			all = append(all, u.Hostname())
		}
	}
	seen := map[string]bool{"": true}
	var out []string
	for _, n := range all {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

func (c *serveCommand) say(s *setting, w ready) error {
	if s.json {
		return json.NewEncoder(s.stdout).Encode(w)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "大厅已启动 the hall is up\n  people     %s\n  terminals  %s\n  slips say  %s%s…\n  catalogue  version %d\n", w.Admin, w.Terminals, w.PublicURL, wire.PathTrack, w.Catalogue)
	switch {
	case w.Password != "":
		fmt.Fprintf(&b, "  首次登录 first sign-in: account %s, password %s   (shown only now)\n", w.Account, w.Password)
	case w.Account != "":
		fmt.Fprintf(&b, "  首次登录 first sign-in: account %s, password from the file\n", w.Account)
	}
	if w.Recovery != "" {
		fmt.Fprintf(&b, "  请移走恢复密钥 take the recovery key offline: %s\n", w.Recovery)
	}
	_, err := fmt.Fprint(s.stdout, b.String())
	return err
}
