//go:build probe

package screens_test

import (
	"bufio"
	"encoding/json"
	"net"
	"path/filepath"
	"testing"

	"zizhuban/kiosk/screens"
)

func TestProbe_tells_where_everything_is_until_the_window_is_closed(t *testing.T) {
	o := open(t, state(t, "home"), portrait)
	path := filepath.Join(t.TempDir(), "probe.sock")
	if err := screens.StartProbe(o.Window, path); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lines := bufio.NewReader(c)
	ask := func(request string) (tree screens.ProbeTree) {
		t.Helper()
		if _, err := c.Write([]byte(request + "\n")); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line, &tree); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		return tree
	}
	tree := ask(`{"cmd":"tree"}`)
	if tree.Step != "home" || tree.Width != 1080 || len(tree.Nodes) < 10 {
		t.Errorf("the tree is of %s, %v wide, with %d nodes", tree.Step, tree.Width, len(tree.Nodes))
	}
	found := false
	for _, n := range tree.Nodes {
		found = found || n.ID == "home.hot.0" && n.Label == "社会保险参保证明打印" && n.Kind == "tile" && n.W > 100
	}
	if !found {
		t.Errorf("home.hot.0 is not among %v", tree.Nodes)
	}
	if tree := ask(`nonsense`); tree.Error == "" {
		t.Error("nonsense is not answered with an error")
	}
	o.Close()
	if _, err := lines.ReadByte(); err == nil {
		t.Error("the connection outlives the window")
	}
}
