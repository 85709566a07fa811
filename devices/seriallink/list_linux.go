package seriallink

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// List tells the serial ports of this machine from what the kernel says about them. It opens none: go.bug.st/serial's own list
// opens every ttyS, which resets the speed of a port in use and takes its exclusive lock away. Placeholders of UARTs that do
// not exist are left out. Pseudo-terminals are not listed.
func List() ([]Found, error) { return list("/sys/class/tty", "/dev") }

func list(sys, dev string) ([]Found, error) {
	entries, err := os.ReadDir(sys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a container without sysfs has no serial ports either
	}
	if err != nil {
		return nil, err
	}
	links := stableLinks(dev)
	var found []Found
	for _, e := range entries {
		device := filepath.Join(sys, e.Name(), "device")
		if _, err := os.Stat(device); err != nil {
			continue // consoles and pseudo-terminals have no device behind them
		}
		if word(sys, e.Name(), "type") == "0" {
			continue // a UART of which there is only the placeholder
		}
		node := filepath.Join(dev, e.Name())
		f := Found{Node: node, Links: links[node], Driver: base(device, "driver")}
		// The USB device stands some levels above the port: interface, then device.
		if real, err := filepath.EvalSymlinks(device); err == nil {
			for up := real; len(up) > len("/sys") && up != "/"; up = filepath.Dir(up) {
				if vendor := word(up, "idVendor"); vendor != "" {
					f.Vendor, f.Product, f.Serial = vendor, word(up, "idProduct"), word(up, "serial")
					f.Name = strings.TrimSpace(word(up, "manufacturer") + " " + word(up, "product"))
					break
				}
			}
		}
		found = append(found, f)
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Node < found[j].Node })
	return found, nil
}

// stableLinks gives the links of udev by the node that they lead to.
func stableLinks(dev string) map[string][]string {
	links := map[string][]string{}
	for _, dir := range []string{"by-id", "by-path"} {
		names, err := filepath.Glob(filepath.Join(dev, "serial", dir, "*"))
		if err != nil {
			continue // the pattern is well formed; a name that is not can only come from dev
		}
		for _, n := range names {
			if node, err := filepath.EvalSymlinks(n); err == nil {
				links[node] = append(links[node], n)
			}
		}
	}
	return links
}

// word reads a small file of sysfs; nothing where there is none.
func word(path ...string) string {
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// base is the last element of what a link leads to.
func base(path ...string) string {
	target, err := os.Readlink(filepath.Join(path...))
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}
