package seal_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// parties are a terminal and the two keys of a hall.
type parties struct {
	terminal         *ecdsa.PrivateKey
	online, recovery *seal.PrivateKey
	recipients       []wire.Recipient
}

func someParties(t testing.TB) parties {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := parties{terminal: key, online: aKey(t, seal.UseOnline), recovery: aKey(t, seal.UseRecovery)}
	p.recipients = []wire.Recipient{p.online.Recipient(), p.recovery.Recipient()}
	return p
}

func aKey(t testing.TB, use string) *seal.PrivateKey {
	t.Helper()
	k, err := seal.NewRecipientKey(nil, use)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func aHeader() wire.Header {
	return wire.Header{
		Submission: "019a6789-1c00-7abc-8def-0123456789ab", Terminal: "T-7K3M", Sequence: 42, ItemCode: "3301060140006011200033000000001",
		ItemVersion: 3, LocalNumber: "7K3M-251109-42-E", SealedAt: time.Date(2025, 11, 9, 4, 5, 6, 0, time.UTC),
	}
}

func anApplication() wire.Application {
	h := aHeader()
	return wire.Application{
		Submission: h.Submission, LocalNumber: h.LocalNumber, ItemCode: h.ItemCode, ItemVersion: h.ItemVersion, ItemName: "高龄津贴申领", Language: "zh",
		Applicant: wire.Applicant{
			Identified: "card", Name: "示例甲", Sex: "男", Nation: "汉", Birth: "1958-03-12", Address: "示例省示例市示例区桃花村7组", IDNumber: "330000195803120014",
			Authority: "示例市公安局示例分局", ValidFrom: "2020-01-01", ValidTo: "长期", Phone: "13800000000",
		},
		Answers:   map[string]any{"bank": "6217000000000000000", "alone": true, "income": "1234.50", "kinds": []any{"甲", "乙"}},
		Materials: []wire.MaterialState{{Name: "居民身份证", Level: "A", State: "read"}},
		Consent:   wire.Consent{Version: "3", At: h.SealedAt}, Signature: []wire.Stroke{{{X: 100, Y: 200, T: 0}, {X: 110, Y: 190, T: 16}}},
		SubmittedAt: h.SealedAt,
	}
}

func (p parties) seal(t testing.TB, h wire.Header) wire.Envelope {
	t.Helper()
	env, err := seal.Seal(nil, p.terminal, p.recipients, h, anApplication())
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func TestSeal_opens_with_either_key_and_gives_back_what_was_sealed(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	env := p.seal(t, aHeader())
	want := aHeader()
	want.Version, want.Suite = seal.Version, seal.SuiteHPKE
	for _, key := range []*seal.PrivateKey{p.online, p.recovery} {
		h, app, err := seal.Open(key, env)
		if err != nil {
			t.Fatalf("%v: %v", key, err)
		}
		if !reflect.DeepEqual(h, want) {
			t.Errorf("%v: header %+v, want %+v", key, h, want)
		}
		if !reflect.DeepEqual(app, anApplication()) {
			t.Errorf("%v: another application came out", key)
		}
	}
	if h, err := seal.Verify(p.terminal.Public(), env); err != nil || !reflect.DeepEqual(h, want) {
		t.Errorf("verify: %+v, %v", h, err)
	}
}

func TestSeal_shows_nothing_of_the_application(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	data, err := json.Marshal(p.seal(t, aHeader()))
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"示例甲", "330000195803120014", "6217000000000000000", "桃花村", "13800000000"} {
		if strings.Contains(string(data), mark) {
			t.Errorf("the envelope shows %s", mark)
		}
	}
}

func TestSeal_hides_how_long_the_answers_are(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	sizes := map[int]bool{}
	for _, n := range []int{0, 1, 10, 30} {
		app := anApplication()
		app.Answers["bank"] = strings.Repeat("6", n)
		env, err := seal.Seal(nil, p.terminal, p.recipients, aHeader(), app)
		if err != nil {
			t.Fatal(err)
		}
		sizes[len(env.Body)] = true
	}
	if len(sizes) != 1 {
		t.Errorf("bodies of sizes %v, want one size", sizes)
	}
}

func TestSeal_never_makes_the_same_envelope_twice(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	a, b := p.seal(t, aHeader()), p.seal(t, aHeader())
	if string(a.Body) == string(b.Body) || string(a.Keys[0].Sealed) == string(b.Keys[0].Sealed) {
		t.Error("two envelopes share their body or a key share: the content key repeats")
	}
}

func TestSeal_fails_closed(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	other := someParties(t)
	wrongName := p.online.Recipient()
	wrongName.Public = other.online.Recipient().Public
	unknown := p.online.Recipient()
	unknown.Suite = "ROT13"
	noUse := p.online.Recipient()
	noUse.Use = ""
	short := p.online.Recipient()
	short.Public = short.Public[:31]
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := p.recipients
	tests := map[string]struct {
		random     failingReader
		key        crypto.Signer
		recipients []wire.Recipient
		header     func(*wire.Header)
		app        func(*wire.Application)
		want       error
	}{
		"no recipient":             {recipients: []wire.Recipient{}, want: seal.ErrRecipients},
		"only the online key":      {recipients: r[:1], want: seal.ErrRecipients},
		"two online keys":          {recipients: []wire.Recipient{r[0], other.recipients[0]}, want: seal.ErrRecipients},
		"the same key twice":       {recipients: []wire.Recipient{r[0], r[0], r[1]}, want: seal.ErrRecipients},
		"a key under another name": {recipients: []wire.Recipient{wrongName, r[1]}, want: seal.ErrRecipients},
		"a key without a use":      {recipients: []wire.Recipient{noUse, r[0], r[1]}, want: seal.ErrRecipients},
		"a key cut short":          {recipients: []wire.Recipient{short, r[1]}, want: seal.ErrRecipients},
		"an unknown suite":         {recipients: []wire.Recipient{unknown, r[1]}, want: seal.ErrSuite},
		"a second suite":           {recipients: []wire.Recipient{r[0], r[1], unknown}, want: seal.ErrSuite},
		"nine keys":                {recipients: manyRecipients(t, 9), want: seal.ErrRecipients},
		"no sequence number":       {header: func(h *wire.Header) { h.Sequence = 0 }, want: seal.ErrMalformed},
		"no terminal":              {header: func(h *wire.Header) { h.Terminal = "" }, want: seal.ErrMalformed},
		"no local number":          {header: func(h *wire.Header) { h.LocalNumber = "" }, want: seal.ErrMalformed},
		"no item version":          {header: func(h *wire.Header) { h.ItemVersion = 0 }, want: seal.ErrMalformed},
		"no UUID":                  {header: func(h *wire.Header) { h.Submission = "1" }, want: seal.ErrMalformed},
		"a UUID in capitals":       {header: func(h *wire.Header) { h.Submission = strings.ToUpper(h.Submission) }, want: seal.ErrMalformed},
		"half a manifest digest":   {header: func(h *wire.Header) { h.Manifest = make([]byte, 16) }, want: seal.ErrMalformed},
		"another's application":    {app: func(a *wire.Application) { a.Submission = "019a6789-1c00-7abc-8def-0123456789ac" }, want: seal.ErrMismatch},
		"another item":             {app: func(a *wire.Application) { a.ItemCode = "X" }, want: seal.ErrMismatch},
		"another item version":     {app: func(a *wire.Application) { a.ItemVersion = 4 }, want: seal.ErrMismatch},
		"another local number":     {app: func(a *wire.Application) { a.LocalNumber = "X" }, want: seal.ErrMismatch},
		"an RSA key":               {key: rsaKey},
		"a P-384 key":              {key: p384},
		"a dry random source":      {random: failingReader{true}},
		"an answer JSON cannot":    {app: func(a *wire.Application) { a.Answers = map[string]any{"x": func() {}} }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, app, rcp, key := aHeader(), anApplication(), r, crypto.Signer(p.terminal)
			if tt.recipients != nil {
				rcp = tt.recipients
			}
			if tt.header != nil {
				tt.header(&h)
				app.Submission, app.LocalNumber, app.ItemVersion = h.Submission, h.LocalNumber, h.ItemVersion
			}
			if tt.app != nil {
				tt.app(&app)
			}
			if tt.key != nil {
				key = tt.key
			}
			var env wire.Envelope
			var err error
			if tt.random.fails {
				env, err = seal.Seal(tt.random, key, rcp, h, app)
			} else {
				env, err = seal.Seal(nil, key, rcp, h, app)
			}
			if err == nil {
				t.Fatal("it was sealed")
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if !reflect.DeepEqual(env, wire.Envelope{}) {
				t.Error("something half-sealed came back")
			}
			for _, mark := range []string{"示例甲", "330000195803120014", "6217000000000000000"} {
				if strings.Contains(err.Error(), mark) {
					t.Errorf("the error shows %s", mark)
				}
			}
		})
	}
}

type failingReader struct{ fails bool }

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func manyRecipients(t *testing.T, n int) []wire.Recipient {
	var all []wire.Recipient
	for i := range n {
		use := seal.UseOnline
		if i == 0 {
			use = seal.UseRecovery
		}
		all = append(all, aKey(t, use).Recipient())
	}
	return all
}

// TestSeal_notices_every_flipped_bit flips one bit of every byte of an envelope: the signature must fail for each, and
// opening must either fail or, for parts of the other recipient's share and of the signature, give the same application.
func TestSeal_notices_every_flipped_bit(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	env := p.seal(t, aHeader())
	parts := map[string]func(*wire.Envelope) []byte{
		"header":    func(e *wire.Envelope) []byte { return e.Header },
		"online":    func(e *wire.Envelope) []byte { return e.Keys[0].Sealed },
		"recovery":  func(e *wire.Envelope) []byte { return e.Keys[1].Sealed },
		"body":      func(e *wire.Envelope) []byte { return e.Body },
		"signature": func(e *wire.Envelope) []byte { return e.Signature },
	}
	digest := seal.Digest(env, nil)
	for name, part := range parts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range part(&env) {
				bad := clone(t, env)
				part(&bad)[i] ^= 1 << (i % 8)
				if _, err := seal.Verify(p.terminal.Public(), bad); err == nil {
					t.Fatalf("byte %d: the signature verifies", i)
				}
				if string(seal.Digest(bad, nil)) == string(digest) {
					t.Fatalf("byte %d: the digest is the same", i)
				}
				_, app, err := seal.Open(p.online, bad)
				if err == nil && (name == "header" || name == "online" || name == "body" || !reflect.DeepEqual(app, anApplication())) {
					t.Fatalf("byte %d: it opens", i)
				}
			}
		})
	}
}

func clone(t testing.TB, env wire.Envelope) wire.Envelope {
	t.Helper()
	data, err := json.Marshal(env)
	if err != nil {
		t.Fatal(err)
	}
	var c wire.Envelope
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerify_refuses_an_envelope_whose_parts_were_moved(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	a, b := p.seal(t, aHeader()), p.seal(t, aHeader())
	changes := map[string]func(*wire.Envelope){
		"key shares swapped":  func(e *wire.Envelope) { e.Keys[0], e.Keys[1] = e.Keys[1], e.Keys[0] },
		"key share missing":   func(e *wire.Envelope) { e.Keys = e.Keys[:1] },
		"key share twice":     func(e *wire.Envelope) { e.Keys = append(e.Keys, e.Keys[0]) },
		"nine key shares":     func(e *wire.Envelope) { e.Keys = slicesOf(e.Keys[0], 9) },
		"key id changed":      func(e *wire.Envelope) { e.Keys[0].KeyID += "x" },
		"another's body":      func(e *wire.Envelope) { e.Body = b.Body },
		"another's shares":    func(e *wire.Envelope) { e.Keys = b.Keys },
		"another's signature": func(e *wire.Envelope) { e.Signature = b.Signature },
		"no signature":        func(e *wire.Envelope) { e.Signature = nil },
		"no body":             func(e *wire.Envelope) { e.Body = nil },
		"no header":           func(e *wire.Envelope) { e.Header = nil },
		"a byte moved between parts": func(e *wire.Envelope) {
			e.Keys[0].KeyID += string(e.Keys[0].Sealed[:1])
			e.Keys[0].Sealed = e.Keys[0].Sealed[1:]
		},
		"header in other bytes": func(e *wire.Envelope) { e.Header = append(e.Header, ' ') },
		"header with another suite": func(e *wire.Envelope) {
			e.Header = []byte(strings.Replace(string(e.Header), seal.SuiteHPKE, "ROT13", 1))
		},
		"a header too long": func(e *wire.Envelope) { e.Header = append(e.Header, make([]byte, 9<<10)...) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := clone(t, a)
			change(&bad)
			if _, err := seal.Verify(p.terminal.Public(), bad); err == nil {
				t.Error("it verifies")
			}
		})
	}
}

func slicesOf(k wire.KeyShare, n int) []wire.KeyShare {
	all := make([]wire.KeyShare, n)
	for i := range all {
		all[i] = k
	}
	return all
}

func TestVerify_refuses_another_terminals_key(t *testing.T) {
	t.Parallel()
	p, other := someParties(t), someParties(t)
	env := p.seal(t, aHeader())
	edPub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var none *ecdsa.PublicKey
	for _, pub := range []crypto.PublicKey{other.terminal.Public(), edPub, nil, none} {
		if _, err := seal.Verify(pub, env); !errors.Is(err, seal.ErrSignature) {
			t.Errorf("key %T: %v, want ErrSignature", pub, err)
		}
	}
}

func TestVerify_refuses_an_unknown_suite_even_when_it_is_signed(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	env := p.seal(t, aHeader())
	env.Header = []byte(strings.Replace(string(env.Header), seal.SuiteHPKE, "SM2-SM4", 1))
	if _, err := seal.Verify(p.terminal.Public(), env); !errors.Is(err, seal.ErrSuite) {
		t.Errorf("verify: %v, want ErrSuite", err)
	}
	if _, _, err := seal.Open(p.online, env); !errors.Is(err, seal.ErrSuite) {
		t.Errorf("open: %v, want ErrSuite", err)
	}
}

func TestOpen_refuses_a_key_that_is_no_recipient(t *testing.T) {
	t.Parallel()
	p, other := someParties(t), someParties(t)
	if _, _, err := seal.Open(other.online, p.seal(t, aHeader())); !errors.Is(err, seal.ErrNotForKey) {
		t.Errorf("%v, want ErrNotForKey", err)
	}
	// A share under the stranger's name, but sealed to someone else.
	env := p.seal(t, aHeader())
	env.Keys[0].KeyID = other.online.KeyID
	if _, _, err := seal.Open(other.online, env); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("%v, want ErrOpen", err)
	}
}

func TestCheck_holds_manifest_and_digest_against_the_signature(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	sum := sha256.Sum256([]byte("sealed photo"))
	files := []wire.Attachment{{Slot: "photo", Size: 12, SHA256: sum[:]}, {Slot: "page-1", Size: 12, SHA256: sum[:]}}
	h := aHeader()
	h.Manifest = seal.Manifest(files)
	env := p.seal(t, h)
	good := wire.Submission{Envelope: env, Attachments: files, Digest: seal.Digest(env, files)}
	if got, err := seal.Check(p.terminal.Public(), good); err != nil || got.Sequence != 42 {
		t.Fatalf("%+v, %v", got, err)
	}
	bare := p.seal(t, aHeader())
	if _, err := seal.Check(p.terminal.Public(), wire.Submission{Envelope: bare, Attachments: []wire.Attachment{}, Digest: seal.Digest(bare, nil)}); err != nil {
		t.Fatalf("without attachments: %v", err)
	}
	for name, change := range map[string]func(*wire.Submission){
		"an attachment left out": func(s *wire.Submission) { s.Attachments = files[:1] },
		"all left out":           func(s *wire.Submission) { s.Attachments = nil },
		"another order":          func(s *wire.Submission) { s.Attachments = []wire.Attachment{files[1], files[0]} },
		"another size": func(s *wire.Submission) {
			s.Attachments = []wire.Attachment{{Slot: "photo", Size: 13, SHA256: sum[:]}, files[1]}
		},
		"another slot": func(s *wire.Submission) {
			s.Attachments = []wire.Attachment{{Slot: "photo2", Size: 12, SHA256: sum[:]}, files[1]}
		},
		"attachments to a bare envelope": func(s *wire.Submission) { s.Envelope = bare },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := good
			change(&bad)
			bad.Digest = seal.Digest(bad.Envelope, bad.Attachments) // as one would who meddles on the line
			if _, err := seal.Check(p.terminal.Public(), bad); !errors.Is(err, seal.ErrMismatch) {
				t.Errorf("%v, want ErrMismatch", err)
			}
		})
	}
	bad := good
	bad.Digest = append([]byte(nil), good.Digest...)
	bad.Digest[0] ^= 1
	if _, err := seal.Check(p.terminal.Public(), bad); !errors.Is(err, seal.ErrMismatch) {
		t.Errorf("another digest: %v, want ErrMismatch", err)
	}
}

func FuzzOpen(f *testing.F) {
	p := someParties(f)
	good, err := json.Marshal(p.seal(f, aHeader()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"header":"e30=","keys":[{"key_id":"a","sealed":""},{"key_id":"b","sealed":""}],"body":"","signature":""}`))
	f.Add([]byte(`{}`))
	want := anApplication()
	f.Fuzz(func(t *testing.T, data []byte) {
		var env wire.Envelope
		if json.Unmarshal(data, &env) != nil {
			return
		}
		_, app, err := seal.Open(p.online, env)
		if err == nil && !reflect.DeepEqual(app, want) {
			t.Fatal("another application was opened")
		}
		if _, err := seal.Verify(p.terminal.Public(), env); err == nil && string(env.Body) == "" {
			t.Fatal("an empty body verifies")
		}
	})
}
