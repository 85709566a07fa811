package idcard

import "fmt"

// Status is SW3, the status that decides.
type Status byte

// The status words of the SAM.
const (
	StatusOK          Status = 0x90
	StatusFound       Status = 0x9F // success of find
	StatusAbsent      Status = 0x91 // that item is not on the card
	StatusChecksum    Status = 0x10 // the SAM received a bad checksum
	StatusLength      Status = 0x11 // the SAM received a bad length
	StatusCommand     Status = 0x21 // bad command, or out of order
	StatusForbidden   Status = 0x23
	StatusUnknown     Status = 0x24
	StatusCardRefuses Status = 0x31 // the card could not authenticate the SAM
	StatusSAMRefuses  Status = 0x32 // the SAM could not authenticate the card
	StatusForged      Status = 0x33 // signature or MAC of the information does not fit
	StatusFindFirst   Status = 0x34
	StatusFingerprint Status = 0x37
	StatusInfoLength  Status = 0x3F
	StatusWrongCard   Status = 0x40
	StatusReadFailed  Status = 0x41 // mostly: the card was moved
	StatusRandom      Status = 0x47
	StatusSelfTest    Status = 0x60
	StatusUnlicensed  Status = 0x66
	StatusNoCard      Status = 0x80
	StatusSelectFails Status = 0x81
)

// String names a status for a technician.
func (s Status) String() string {
	if m, ok := remedies[s]; ok {
		return fmt.Sprintf("%02X %s", byte(s), m.words)
	}
	return fmt.Sprintf("%02X not in any table", byte(s))
}

// remedy is what a status leads to.
type remedy struct {
	words string
	act   act
	err   error // the answer when the act has not helped
}

// act is what to do about a status before giving up.
type act int

const (
	goOn    act = iota // it is no failure
	resend             // send the same command once more, then restart
	restart            // begin again with find, up to three rounds
	twice              // begin again once only
	reset              // begin again, then reset the SAM and begin again
	revive             // reset the SAM, ask its status, begin again once
	giveUp             // nothing helps
)

// remedies holds the recovery rule of every status: what vendors' manuals and programs advise, see the tables of GA/T 467's
// extracts and the SDK manuals of Routon, Synjones and Potevio.
var remedies = map[Status]remedy{
	StatusOK:          {"success", goOn, nil},
	StatusFound:       {"card found", goOn, nil},
	StatusAbsent:      {"item not on the card", restart, ErrNonsense},
	StatusChecksum:    {"reader received a bad checksum", resend, ErrNonsense},
	StatusLength:      {"reader received a bad length", resend, ErrNonsense},
	StatusCommand:     {"bad command or order", restart, ErrNonsense},
	StatusForbidden:   {"not permitted", giveUp, ErrOutOfService},
	StatusUnknown:     {"unrecognised error", restart, ErrNonsense},
	StatusCardRefuses: {"card could not authenticate the reader", restart, ErrMoved},
	StatusSAMRefuses:  {"reader could not authenticate the card", twice, ErrUntrusted},
	StatusForged:      {"information check failed", twice, ErrUntrusted},
	StatusFindFirst:   {"find first", restart, ErrMoved},
	StatusFingerprint: {"fingerprint check failed", restart, ErrNonsense},
	StatusInfoLength:  {"information length wrong", twice, ErrUntrusted},
	StatusWrongCard:   {"unknown or wrong card", giveUp, WrongCard{}},
	StatusReadFailed:  {"read failed", restart, ErrMoved},
	StatusRandom:      {"random number failed", reset, ErrMoved},
	StatusSelfTest:    {"self-test failed", revive, ErrOutOfService},
	StatusUnlicensed:  {"not authorised", giveUp, ErrOutOfService},
	StatusNoCard:      {"no card", restart, ErrMoved},
	StatusSelectFails: {"select failed", restart, ErrMoved},
}

// remedyOf gives the rule of a status; what stands in no table is treated as 24.
func remedyOf(s Status) remedy {
	if r, ok := remedies[s]; ok {
		return r
	}
	return remedy{"not in any table", restart, ErrNonsense}
}
