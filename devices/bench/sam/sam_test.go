package sam_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"zizhuban/devices/bench/sam"
)

// unhex makes bytes of a frame as the reference writes it.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The requests, as the reference has them (1.4).
const (
	reset    = "AA AA AA 96 69 00 03 10 FF EC"
	status   = "AA AA AA 96 69 00 03 11 FF ED"
	identity = "AA AA AA 96 69 00 03 12 FF EE"
	find     = "AA AA AA 96 69 00 03 20 01 22"
	choose   = "AA AA AA 96 69 00 03 20 02 21"
	read     = "AA AA AA 96 69 00 03 30 01 32"
	address  = "AA AA AA 96 69 00 03 30 03 30"
	finger   = "AA AA AA 96 69 00 03 30 10 23"
)

// conversation is a reader with the parser before it.
type conversation struct {
	*sam.Reader
	parser sam.Parser
}

func (c *conversation) say(t *testing.T, frame string) []byte {
	t.Helper()
	var out []byte
	for _, q := range c.parser.Feed(unhex(t, frame)) {
		c.Begin(q)
		reply, _ := c.Finish(q)
		out = append(out, reply...)
	}
	return out
}

// status gives SW3 of the answer.
func (c *conversation) status(t *testing.T, frame string) byte {
	t.Helper()
	b := c.say(t, frame)
	if len(b) < 11 {
		t.Fatalf("answer % X to %s is no frame", b, frame)
	}
	return b[9]
}

// aReaderWith is a reader with a card on it.
func aReaderWith(t *testing.T, key string) *conversation {
	t.Helper()
	c := &conversation{Reader: sam.New()}
	if key != "" {
		card, ok := sam.Find(key)
		if !ok {
			t.Fatalf("no card %s", key)
		}
		c.Put(card)
	}
	return c
}

func TestReader_answers_the_frames_that_the_reference_has(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, card, before, frame, want string }{
		{"no card", "", "", find, "AA AA AA 96 69 00 04 00 00 80 84"},
		{"found", "DEMO1", "", find, "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"},
		{"selected", "DEMO1", find, choose, "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"},
		{"status", "", "", status, "AA AA AA 96 69 00 04 00 00 90 94"},
		{"reset", "", "", reset, "AA AA AA 96 69 00 04 00 00 90 94"},
		{"identity", "", "", identity, "AA AA AA 96 69 00 14 00 00 90 05 00 03 00 A5 3A 34 01 87 D6 12 00 79 38 4E 05 61"},
		{"select without find", "DEMO1", "", choose, "AA AA AA 96 69 00 04 00 00 34 30"},
		{"read without find", "DEMO1", "", read, "AA AA AA 96 69 00 04 00 00 34 30"},
		{"read without select", "DEMO1", find, read, "AA AA AA 96 69 00 04 00 00 21 25"},
		{"no added address", "DEMO1", find + choose, address, "AA AA AA 96 69 00 04 00 00 91 95"},
		{"unknown command", "", "", "AA AA AA 96 69 00 03 77 01 75", "AA AA AA 96 69 00 04 00 00 21 25"},
		{"bad checksum", "", "", "AA AA AA 96 69 00 03 20 01 21", "AA AA AA 96 69 00 04 00 00 10 14"},
		{"bad length", "", "", "AA AA AA 96 69 FF FF", "AA AA AA 96 69 00 04 00 00 11 15"},
		{"length too small", "", "", "AA AA AA 96 69 00 02", "AA AA AA 96 69 00 04 00 00 11 15"},
		{"rf frame size", "", "", "AA AA AA 96 69 00 04 61 FF 50 CA", "AA AA AA 96 69 00 04 00 00 90 94"},
		{"rf frame size out of range", "", "", "AA AA AA 96 69 00 04 61 FF 10 8A", "AA AA AA 96 69 00 04 00 00 21 25"},
		{"noise before the frame", "", "", "00 FF AA AA " + status, "AA AA AA 96 69 00 04 00 00 90 94"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := aReaderWith(t, c.card)
			r.say(t, c.before)
			if got, want := r.say(t, c.frame), unhex(t, c.want); !bytes.Equal(got, want) {
				t.Errorf("answer\n% X, want\n% X", got, want)
			}
		})
	}
}

func TestReader_reads_a_card_as_the_reference_computed_it(t *testing.T) {
	t.Parallel()
	blank := make([]byte, 1024)
	for _, c := range []struct {
		card sam.Card
		last byte
		sum  string
	}{
		{sam.Card{
			Kind: sam.Resident, Name: "张三", Sex: "2", Nation: "01", Birth: "19491231", Address: "北京市朝阳区示例路1号",
			Number: "11010519491231002X", Authority: "北京市公安局朝阳分局", From: "20200101", To: "长期",
		}, 0xCD, "43a3e036078591c3fa3a6aee69fc106e88719eeee3a3936c24e5ca28fff0f83f"},
		{sam.Card{
			Kind: sam.Permit, Name: "李四", Sex: "2", Birth: "19900101", Address: "广东省深圳市示例路2号", Number: "810000199001010027",
			Authority: "深圳市公安局", From: "20200101", To: "20250101", Pass: "H12345678", Issues: "01",
		}, 0x89, "f01daf138853127465803bcab9b8deab228c4982abf76b40009d2a34ac64d792"},
		{sam.Card{
			Kind: sam.Foreigner, English: "ZHENGJIAN, YANGBEN", Sex: "1", Number: "PAK310080010103", Country: "PAK", Name: "证件样本",
			From: "20230808", To: "20330807", Birth: "19800101", Version: "01", Office: "1500",
		}, 0x02, "fe1f717024e5fed6f0f085ba1c67767fe2c2f3e00590fbc67acbe2dfe29f9864"},
		{sam.Card{
			Kind: sam.Foreigner3, Name: "证件样本", Sex: "2", Nation: "00", Birth: "19800101", English: "ZHENGJIAN, YANGBEN ZHENG JIAN YANG",
			Number: "931586198001010028", From: "20230808", To: "20330807", Country: "PAK",
		}, 0x0E, "17a4f246674ca345d8b09a5407bac3ab5014bbcb650324530ea18b25f78c301e"},
	} {
		t.Run(string(rune(c.card.Kind)), func(t *testing.T) {
			t.Parallel()
			c.card.Photo = blank
			r := aReaderWith(t, "")
			r.Put(c.card)
			r.say(t, find+choose)
			got := r.say(t, read)
			sum := sha256.Sum256(got)
			if len(got) != 1295 || got[len(got)-1] != c.last || hex.EncodeToString(sum[:]) != c.sum {
				t.Errorf("%d bytes, last %02X, sum %x", len(got), got[len(got)-1], sum)
			}
		})
	}
}

func TestReader_reads_a_fingerprint_where_there_is_one(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]struct {
		size int
		head string
	}{
		"DEMO1": {1297, "AA AA AA 96 69 05 0A 00 00 90 01 00 04 00 00 00"},
		"DEMO2": {2321, "AA AA AA 96 69 09 0A 00 00 90 01 00 04 00 04 00"},
	} {
		r := aReaderWith(t, key)
		r.say(t, find+choose)
		got := r.say(t, finger)
		if len(got) != want.size || !bytes.HasPrefix(got, unhex(t, want.head)) {
			t.Errorf("%s: %d bytes, % X", key, len(got), got[:16])
		}
	}
}

func TestReader_reads_an_address_that_was_added_later(t *testing.T) {
	t.Parallel()
	card, _ := sam.Find("DEMO1")
	card.NewPlace = "上海市浦东新区示例路3号"
	r := aReaderWith(t, "")
	r.Put(card)
	r.say(t, find+choose)
	got := r.say(t, address)
	if len(got) != 81 || !bytes.HasPrefix(got, unhex(t, "AA AA AA 96 69 00 4A 00 00 90")) || got[80] != 0x6F {
		t.Errorf("%d bytes: % X", len(got), got)
	}
}

func TestReader_notices_a_card_that_goes(t *testing.T) {
	t.Parallel()
	t.Run("between find and select", func(t *testing.T) {
		t.Parallel()
		r := aReaderWith(t, "DEMO1")
		r.say(t, find)
		r.Lift()
		if got := r.status(t, choose); got != 0x81 {
			t.Errorf("%02X, want 81", got)
		}
	})
	t.Run("between select and read", func(t *testing.T) {
		t.Parallel()
		r := aReaderWith(t, "DEMO1")
		r.say(t, find+choose)
		r.Lift()
		if got := r.status(t, read); got != 0x41 {
			t.Errorf("%02X, want 41", got)
		}
		if got := r.status(t, find); got != 0x80 {
			t.Errorf("then find gives %02X, want 80", got)
		}
	})
	t.Run("in the middle of a read", func(t *testing.T) {
		t.Parallel()
		r := aReaderWith(t, "DEMO1")
		r.LiftDuringRead(40 * time.Millisecond)
		r.say(t, find+choose)
		q := r.parser.Feed(unhex(t, read))[0]
		if busy := r.Begin(q); busy != 40*time.Millisecond {
			t.Errorf("the module is busy for %v, want 40ms", busy)
		}
		if reply, _ := r.Finish(q); reply[9] != 0x41 {
			t.Errorf("%02X, want 41", reply[9])
		}
		if got := r.status(t, find); got != 0x80 {
			t.Errorf("then find gives %02X, want 80", got)
		}
	})
	t.Run("and another comes in the middle of a read", func(t *testing.T) {
		t.Parallel()
		r := aReaderWith(t, "DEMO1")
		r.RF = time.Second
		r.say(t, find+choose)
		q := r.parser.Feed(unhex(t, read))[0]
		r.Begin(q)
		other, _ := sam.Find("DEMO2")
		r.Put(other)
		if reply, _ := r.Finish(q); reply[9] != 0x41 {
			t.Errorf("%02X, want 41", reply[9])
		}
	})
}

func TestReader_refuses_what_is_not_an_identity_card(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		card                string
		find, choose, final byte
	}{
		{"bank", 0x9F, 0x40, 0x34},
		{"transit", 0x40, 0x34, 0x34},
		{"forged", 0x9F, 0x90, 0x33},
		{"mute", 0x9F, 0x31, 0x34},
	} {
		r := aReaderWith(t, c.card)
		if a, b, d := r.status(t, find), r.status(t, choose), r.status(t, read); a != c.find || b != c.choose || d != c.final {
			t.Errorf("%s: find %02X select %02X read %02X, want %02X %02X %02X", c.card, a, b, d, c.find, c.choose, c.final)
		}
	}
}

func TestReader_of_the_other_model_wants_the_card_lifted_before_it_is_found_again(t *testing.T) {
	t.Parallel()
	r := aReaderWith(t, "DEMO1")
	r.Reread = sam.RereadLift
	if got := r.say(t, find+choose+read); len(got) != 15+19+1295 {
		t.Fatalf("the first read gave %d bytes", len(got))
	}
	if got := r.status(t, find); got != 0x80 {
		t.Errorf("find after the read gives %02X, want 80", got)
	}
	r.say(t, reset)
	if got := r.status(t, find); got != 0x9F {
		t.Errorf("find after a reset gives %02X, want 9F", got)
	}
	r.say(t, choose+read)
	r.Lift()
	card, _ := sam.Find("DEMO1")
	r.Put(card)
	if got := r.status(t, find); got != 0x9F {
		t.Errorf("find after the card was lifted and put back gives %02X, want 9F", got)
	}
}

func TestReader_forgets_the_conversation_when_its_power_goes(t *testing.T) {
	t.Parallel()
	r := aReaderWith(t, "DEMO1")
	r.say(t, find+choose)
	r.PowerUp()
	if got := r.status(t, read); got != 0x34 {
		t.Errorf("read after a power cut gives %02X, want 34", got)
	}
	if r.Card() == nil {
		t.Error("the card went with the power")
	}
}

func TestReader_changes_its_speed_when_told(t *testing.T) {
	t.Parallel()
	r := aReaderWith(t, "")
	for frame, want := range map[string]int{
		"AA AA AA 96 69 00 03 60 00 63": 115200, "AA AA AA 96 69 00 03 60 01 62": 57600, "AA AA AA 96 69 00 03 60 02 61": 38400,
		"AA AA AA 96 69 00 03 60 03 60": 19200, "AA AA AA 96 69 00 03 60 04 67": 9600, "AA AA AA 96 69 00 03 60 05 66": 0,
	} {
		q := r.parser.Feed(unhex(t, frame))[0]
		if _, baud := r.Finish(q); baud != want {
			t.Errorf("%s: %d baud, want %d", frame, baud, want)
		}
	}
}

func TestReader_that_talks_nonsense_never_gives_a_good_answer(t *testing.T) {
	t.Parallel()
	r := aReaderWith(t, "DEMO1")
	r.Nonsense = true
	for n := range 60 {
		got := r.say(t, find)
		good := unhex(t, "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")
		if bytes.Contains(got, good) {
			t.Errorf("answer %d is good: % X", n, got)
		}
	}
	r.Nonsense = false
	if got := r.status(t, find); got != 0x9F {
		t.Errorf("cured it answers %02X", got)
	}
}

func TestDeck_fits_on_its_cards(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, c := range sam.Deck() {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
		if keys[strings.ToLower(c.Key)] {
			t.Errorf("two cards are called %s", c.Key)
		}
		keys[strings.ToLower(c.Key)] = true
		if len(c.Number) == 18 && !checks(c.Number) {
			t.Errorf("%s: the check character of %s is wrong", c.Key, c.Number)
		}
		if c.Kind == sam.Resident && (c.Number[6:14] != c.Birth || (c.Number[16]-'0')%2 != c.Sex[0]%2) {
			t.Errorf("%s: birth, sex and number disagree", c.Key)
		}
	}
	for _, key := range []string{"DEMO1", "DEMO6", "demo3", "foreign", "permit", "bank"} {
		if _, ok := sam.Find(key); !ok {
			t.Errorf("there is no card %s", key)
		}
	}
}

// checks is ISO 7064 MOD 11-2.
func checks(number string) bool {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(number[i]-'0') * w
	}
	return "10X98765432"[sum%11] == number[17]
}

func TestCard_that_does_not_fit_is_reported(t *testing.T) {
	t.Parallel()
	c, _ := sam.Find("DEMO1")
	c.Name = strings.Repeat("长", 16)
	if err := c.Check(); err == nil {
		t.Error("a name of sixteen characters fits into fifteen")
	}
	c, _ = sam.Find("DEMO1")
	c.NewPlace = strings.Repeat("长", 36)
	if err := c.Check(); err == nil {
		t.Error("an address of 36 characters fits into 35")
	}
}

func TestParser_gives_a_frame_up_whose_end_does_not_come(t *testing.T) {
	t.Parallel()
	var p sam.Parser
	if got := p.Feed(unhex(t, "AA AA AA 96 69 00 03 20")); len(got) != 0 || !p.Waiting() {
		t.Fatalf("half a frame gave %d requests", len(got))
	}
	got := p.Expire()
	if len(got) != 1 || got[0].Broken != sam.StatusLength {
		t.Errorf("%+v", got)
	}
	if p.Waiting() || len(p.Expire()) != 0 {
		t.Error("it was given up twice")
	}
	if got := p.Feed(unhex(t, status)); len(got) != 1 || got[0].Code() != 0x11FF {
		t.Errorf("the next frame gave %+v", got)
	}
}

func FuzzParser(f *testing.F) {
	for _, s := range []string{find, read, reset, "AA AA AA AA 96 69 00 03 20 01 22", "AA AA AA 96 69 FF FF", ""} {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		var whole, parts sam.Parser
		want := whole.Feed(b)
		cut = max(1, cut%17)
		var got []sam.Request
		for rest := b; len(rest) > 0; {
			n := min(cut, len(rest))
			got = append(got, parts.Feed(rest[:n])...)
			rest = rest[n:]
		}
		if len(got) != len(want) {
			t.Fatalf("cut into pieces of %d: %d requests instead of %d", cut, len(got), len(want))
		}
		r := sam.New()
		c, _ := sam.Find("DEMO2")
		r.Put(c)
		for i, q := range got {
			if q.Code() != want[i].Code() || q.Broken != want[i].Broken {
				t.Fatalf("request %d is %+v instead of %+v", i, q, want[i])
			}
			r.Begin(q)
			reply, _ := r.Finish(q)
			var check byte
			for _, x := range reply[5:] {
				check ^= x
			}
			if check != 0 || int(reply[5])<<8|int(reply[6]) != len(reply)-7 {
				t.Fatalf("answer % X to %+v is not a frame", reply, q)
			}
		}
	})
}
