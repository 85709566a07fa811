package seal_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"zizhuban/sync/seal"
)

func TestPrivateKey_survives_its_file_and_shows_its_secret_nowhere_else(t *testing.T) {
	t.Parallel()
	p := someParties(t)
	env := p.seal(t, aHeader())
	for _, key := range []*seal.PrivateKey{p.online, p.recovery} {
		file := key.Encode()
		back, err := seal.ParsePrivateKey(file)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back.Recipient(), key.Recipient()) || back.Use != key.Use {
			t.Errorf("%v came back as %v", key, back)
		}
		if _, _, err := seal.Open(back, env); err != nil {
			t.Errorf("%v does not open any more: %v", key, err)
		}
		secret := strings.Split(string(file), "\n")[5]
		if shown := fmt.Sprintf("%v %+v %#v %s", key, key, key, key.LogValue()); strings.Contains(shown, secret) || strings.Contains(shown, "secret") {
			t.Errorf("printed: %s", shown)
		}
	}
}

func TestParsePrivateKey_refuses_what_is_not_whole(t *testing.T) {
	t.Parallel()
	a, b := string(aKey(t, seal.UseOnline).Encode()), string(aKey(t, seal.UseOnline).Encode())
	lines := func(s string) []string { return strings.Split(s, "\n") }
	la, lb := lines(a), lines(b)
	body := 0
	for i, l := range la {
		if l == "" {
			body = i + 1
			break
		}
	}
	la[body] = lb[body]
	for name, data := range map[string]string{
		"nothing":              "",
		"no PEM":               "hello",
		"another PEM":          strings.ReplaceAll(a, "ZIZHUBAN RECIPIENT PRIVATE KEY", "PRIVATE KEY"),
		"another key's secret": strings.Join(la, "\n"),
		"another suite":        strings.Replace(a, seal.SuiteHPKE, "ROT13", 1),
		"another use":          strings.Replace(a, "Use: online", "Use: recovery", 1),
		"no use":               strings.Replace(a, "Use: online", "Use: lunch", 1),
	} {
		if _, err := seal.ParsePrivateKey([]byte(data)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}
