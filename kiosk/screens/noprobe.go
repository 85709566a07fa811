//go:build !probe

package screens

import "errors"

// StartProbe answers an error: this binary has no probe. See the tag probe.
func StartProbe(*Window, string) error {
	return errors.New("probe: this binary was built without the tag probe")
}
