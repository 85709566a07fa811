package seriallink

// Found is a serial port of this machine.
type Found struct {
	Node    string   `json:"node"`              // such as /dev/ttyUSB0
	Links   []string `json:"links,omitempty"`   // stable names below /dev/serial
	Driver  string   `json:"driver,omitempty"`  // of the kernel, such as ftdi_sio
	Vendor  string   `json:"vendor,omitempty"`  // USB vendor id, four hex digits
	Product string   `json:"product,omitempty"` // USB product id
	Serial  string   `json:"serial,omitempty"`  // of the USB device; many adapters have none
	Name    string   `json:"name,omitempty"`    // as the USB device calls itself
}
