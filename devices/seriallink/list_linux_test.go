package seriallink

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestList_names_ports_from_sysfs_and_leaves_placeholders_out(t *testing.T) {
	t.Parallel()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sys, dev := filepath.Join(root, "sys", "class", "tty"), filepath.Join(root, "dev")
	file := func(text string, path ...string) {
		p := filepath.Join(append([]string{root}, path...)...)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target string, path ...string) {
		p := filepath.Join(append([]string{root}, path...)...)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, p); err != nil {
			t.Fatal(err)
		}
	}
	// A USB adapter under a vendor driver's name, which the module's own list misses; two UARTs, one a placeholder; a console.
	usb := filepath.Join("sys", "devices", "usb1", "1-2")
	file("1a86\n", usb, "idVendor")
	file("7523\n", usb, "idProduct")
	file("QinHeng\n", usb, "manufacturer")
	file("USB Serial\n", usb, "product")
	file("", usb, "1-2:1.0", "ttyCH341USB0", "port_number")
	link("/sys/bus/usb/drivers/ch341", usb, "1-2:1.0", "ttyCH341USB0", "driver")
	link(filepath.Join(root, usb, "1-2:1.0", "ttyCH341USB0"), "sys", "class", "tty", "ttyCH341USB0", "device")
	file("", "dev", "ttyCH341USB0")
	link("../../ttyCH341USB0", "dev", "serial", "by-path", "pci-0:2")
	for name, kind := range map[string]string{"ttyS0": "4", "ttyS2": "0"} {
		file("", "sys", "devices", "pnp", name, "x")
		link(filepath.Join(root, "sys", "devices", "pnp", name), "sys", "class", "tty", name, "device")
		file(kind, "sys", "class", "tty", name, "type")
	}
	file("", "sys", "class", "tty", "tty1", "dev")

	got, err := list(sys, dev)
	if err != nil {
		t.Fatal(err)
	}
	want := []Found{
		{Node: filepath.Join(dev, "ttyCH341USB0"), Links: []string{filepath.Join(dev, "serial", "by-path", "pci-0:2")}, Driver: "ch341",
			Vendor: "1a86", Product: "7523", Name: "QinHeng USB Serial"},
		{Node: filepath.Join(dev, "ttyS0")},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got, err := list(filepath.Join(root, "nowhere"), dev); err != nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
}
