package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"zizhuban/devices/station"
	"zizhuban/kiosk/technician"
)

const (
	dataLine = "data = \"data\"\n"
	hallPart = "[hall]\nurl = \"https://127.0.0.1:9\"\n"
)

func TestConfig_that_cannot_be_used_says_what_and_where(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		words []string
	}{
		"syntax":               {dataLine + "[hall]\nurl = \"https://h\n", []string{"line 3, column"}},
		"cut in the middle":    {dataLine + "[hall", []string{"line 2, column"}},
		"not TOML at all":      {"<html><body>404</body></html>", []string{"line 1, column"}},
		"zero bytes":           {string(make([]byte, 64)), []string{"line 1, column"}},
		"unknown key":          {dataLine + hallPart + "retires = 3\n", []string{"settings that nobody knows", "4| retires = 3"}},
		"unknown section":      {dataLine + hallPart + "[printer]\nport = \"/dev/x\"\n", []string{"settings that nobody knows", "4| [printer]"}},
		"misspelt device":      {dataLine + hallPart + "[[devices]]\nrole = \"idcard\"\nport = \"/dev/x\"\n", []string{"4| [[devices]]"}},
		"wrong kind of value":  {"data = 7\n" + hallPart, []string{"line 1, column"}},
		"bad duration":         {dataLine + hallPart + "[visit]\nidle = \"soon\"\n", []string{"line 5", "soon"}},
		"no time at all":       {dataLine + hallPart + "[visit]\nidle = \"0s\"\n", []string{"line 5", "not a time to wait"}},
		"duration as a number": {dataLine + hallPart + "[visit]\nidle = 75\n", []string{`"75" is not a time`, `such as "75s"`}},
		"empty":                {"", []string{"data is not set", "hall.url is not set"}},
		"no data":              {hallPart, []string{"data is not set", "/var/lib/zizhuban"}},
		"data too long":        {"data = \"" + strings.Repeat("long/", 30) + "\"\n" + hallPart, []string{"data is too long", "107"}},
		"hall without TLS":     {dataLine + "[hall]\nurl = \"http://h\"\n", []string{`hall.url is "http://h"`, "https"}},
		"hall without a name":  {dataLine + "[hall]\nurl = \"https:\"\n", []string{"hall.url", "https"}},
		"language":             {dataLine + hallPart + "[screen]\nlanguage = \"fr\"\n", []string{`screen.language is "fr"`, "zh and en"}},
		"attended":             {"attended = [\"scan\"]\n" + dataLine + hallPart, []string{`attended names "scan"`, "face, cam and a4"}},
		"negative queue":       {dataLine + hallPart + "[queue]\nmax_entries = -1\n", []string{"queue.max_entries"}},
		"role":                 {dataLine + hallPart + "[[device]]\nrole = \"camera\"\nport = \"/dev/x\"\n", []string{"device 1 (camera)", "idcard, printer, scanner"}},
		"role twice":           {dataLine + hallPart + "[[device]]\nrole = \"idcard\"\nport = \"/dev/x\"\n[[device]]\nrole = \"idcard\"\nport = \"/dev/y\"\n", []string{"device 2 (idcard)", "another device of this role"}},
		"no port":              {dataLine + hallPart + "[[device]]\nrole = \"printer\"\n", []string{"device 1 (printer)", "port is missing"}},
		"profile":              {dataLine + hallPart + "[[device]]\nrole = \"printer\"\nport = \"/dev/x\"\nprofile = \"golden\"\n", []string{"device 1 (printer)", "golden"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, t.TempDir(), "kiosk.toml", c.text)
			words := append([]string{"kiosk.toml cannot be used", file}, c.words...)
			s := kiosk(t, "--config", file, "queue", "status")
			s.want(t, exitFailed, words...)
			if s.out != "" {
				t.Errorf("standard output: %q", s.out)
			}
			// The doctor tells the same, and what to do.
			found := decode[[]technician.Finding](t, kiosk(t, "--config", file, "--json", "doctor").want(t, exitFailed))
			if len(found) != 1 || found[0].Check != "config" || found[0].State != technician.Fail || !strings.Contains(found[0].Do, file) {
				t.Fatalf("the doctor finds %+v", found)
			}
			for _, w := range words {
				if !strings.Contains(found[0].What, w) {
					t.Errorf("the doctor does not say %q: %s", w, found[0].What)
				}
			}
		})
	}
}

func TestConfig_that_is_missing_says_where_to_learn_of_it(t *testing.T) {
	t.Parallel()
	none := filepath.Join(t.TempDir(), "none.toml")
	for _, command := range []string{"run", "doctor", "queue status", "queue verify", "enrol --code https://h#c#" + strings.Repeat("0", 64)} {
		s := kiosk(t, append([]string{"--config", none}, strings.Fields(command)...)...)
		if all := s.out + s.err; s.status != exitFailed || !strings.Contains(all, "there is no "+none) && !strings.Contains(all, "没有配置文件 "+none) || !strings.Contains(all, "kiosk/README.md") {
			t.Errorf("%s: exit status %d: %s", command, s.status, all)
		}
	}
}

func TestConfig_counts_a_relative_data_directory_from_its_file(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	c, err := loadConfig(write(t, dir, "kiosk.toml", dataLine+hallPart+"[visit]\nidle = \"1m30s\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "data"); c.Data != want {
		t.Errorf("data is %s, want %s", c.Data, want)
	}
	if c.Visit.Idle.Duration != 90*time.Second || c.Visit.Warn.Duration != 0 {
		t.Errorf("visit is %+v", c.Visit)
	}
}

// TestExample_has_every_setting keeps kiosk.example.toml whole: what stands in it, commented out or not, is what config knows.
func TestExample_has_every_setting(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("kiosk.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadConfig(write(t, shortDir(t), "kiosk.toml", string(raw))); err != nil {
		t.Fatal(err)
	}
	// With every commented setting taken in, it must still be known, and nothing of config may be missing.
	var whole strings.Builder
	for _, line := range strings.Split(string(raw), "\n") {
		if rest, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(rest, " ") {
			line = rest
		}
		whole.WriteString(line + "\n")
	}
	c, err := loadConfig(write(t, shortDir(t), "kiosk.toml", whole.String()))
	if err != nil {
		t.Fatalf("with every setting: %v", err)
	}
	var tree map[string]any
	if err := toml.Unmarshal([]byte(whole.String()), &tree); err != nil {
		t.Fatal(err)
	}
	devices, _ := tree["device"].([]any)
	merged := map[string]any{}
	for _, d := range devices {
		for k, v := range d.(map[string]any) {
			merged[k] = v
		}
	}
	tree["device"] = merged
	missing(t, "", reflect.TypeFor[config](), tree)
	if len(c.Devices) != 3 {
		t.Errorf("%d devices", len(c.Devices))
	}
}

// missing reports the settings of a struct that a tree does not have.
func missing(t *testing.T, path string, typ reflect.Type, tree map[string]any) {
	t.Helper()
	for i := range typ.NumField() {
		f := typ.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if key == "" {
			continue
		}
		v, there := tree[key]
		if !there {
			t.Errorf("the example does not have %s%s", path, key)
			continue
		}
		inner := f.Type
		if inner == reflect.TypeFor[[]station.DeviceConfig]() {
			inner = inner.Elem()
		}
		if sub, ok := v.(map[string]any); ok && inner.Kind() == reflect.Struct {
			missing(t, path+key+".", inner, sub)
		}
	}
}
