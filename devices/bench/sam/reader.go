package sam

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// Identity is the number that the module gives as its own: 05.03-20200101-0001234567-0089012345.
type Identity struct {
	A, B    uint16
	C, D, E uint32
}

var identity = Identity{5, 3, 20200101, 1234567, 89012345}

// bytes is the number on the wire: five little-endian words.
func (i Identity) bytes() []byte {
	b := binary.LittleEndian.AppendUint16(nil, i.A)
	b = binary.LittleEndian.AppendUint16(b, i.B)
	b = binary.LittleEndian.AppendUint32(b, i.C)
	b = binary.LittleEndian.AppendUint32(b, i.D)
	return binary.LittleEndian.AppendUint32(b, i.E)
}

// Reread is what a model answers to find when the card that it has read still lies there.
type Reread string

// The models seen in the field.
const (
	RereadFree Reread = "free" // found again
	RereadLift Reread = "lift" // "no card" until it was lifted, or the module reset
)

// stage is how far the conversation with the card has come.
type stage int

const (
	stageIdle stage = iota
	stageFound
	stageSelected
)

// Stage names the state of the conversation for people.
func (s stage) String() string { return [...]string{"idle", "found", "selected"}[s] }

// Reader is the module and the card on it. It is not safe for concurrent use.
type Reader struct {
	Reread   Reread
	RF       time.Duration // how long the module talks to a card before it answers a read
	Nonsense bool          // every answer is rubbish

	card  *Card
	laid  int // counts cards laid, so that a card that was changed in the middle is noticed
	spent bool
	stage stage
	lift  *time.Duration // the card is to leave that long after the next read begins
	begun int            // laid, when the read in progress began
	rnd   *rand.Rand
	turn  int
}

// New makes a reader with nothing on it.
func New() *Reader {
	return &Reader{Reread: RereadFree, rnd: rand.New(rand.NewPCG(1, 2))}
}

// PowerUp is what happens when the module gets its power: it forgets the conversation, not the card that lies on it.
func (r *Reader) PowerUp() { r.stage, r.spent = stageIdle, false }

// Put lays a card on the reader in place of what lies there.
func (r *Reader) Put(c Card) {
	r.card, r.stage, r.spent, r.lift = &c, stageIdle, false, nil
	r.laid++
}

// Lift takes the card away.
func (r *Reader) Lift() {
	r.card, r.spent, r.lift = nil, false, nil
	r.laid++
}

// LiftDuringRead makes the card leave that long after the next read has begun, so that the read fails.
func (r *Reader) LiftDuringRead(after time.Duration) { r.lift = &after }

// Armed tells whether the card is to leave during the next read.
func (r *Reader) Armed() bool { return r.lift != nil }

// Card is what lies on the reader, nil for nothing.
func (r *Reader) Card() *Card { return r.card }

// Stage is how far the conversation with the card has come: idle, found or selected.
func (r *Reader) Stage() string { return r.stage.String() }

// Begin takes a request and says how long the module is busy with it; Finish gives the answer after that time.
func (r *Reader) Begin(q Request) time.Duration {
	r.begun = r.laid
	if q.Broken != 0 || r.stage != stageSelected || r.card == nil {
		return 0
	}
	switch q.Code() {
	case cmdRead, cmdReadFinger:
		if r.lift != nil {
			return *r.lift
		}
		return r.RF
	}
	return 0
}

// Finish is the answer to the request that was begun. Baud is the speed that the module takes on after the answer has
// left it, 0 for no change.
func (r *Reader) Finish(q Request) (reply []byte, baud int) {
	reply, baud = r.answer(q)
	if r.Nonsense {
		return r.rubbish(reply), 0
	}
	return reply, baud
}

// bauds are the speeds of 60 00 … 60 04.
var bauds = [...]int{115200, 57600, 38400, 19200, 9600}

func (r *Reader) answer(q Request) (reply []byte, baud int) {
	if q.Broken != 0 {
		return Reply(q.Broken), 0
	}
	if q.Command == cmdBaudGroup {
		if int(q.Parameter) >= len(bauds) || len(q.Data) != 0 {
			return Reply(StatusCommand), 0
		}
		return Reply(StatusOK), bauds[q.Parameter]
	}
	if q.Code() == cmdFrameSize {
		if len(q.Data) != 1 || q.Data[0] < 24 {
			return Reply(StatusCommand), 0
		}
		return Reply(StatusOK), 0
	}
	if len(q.Data) != 0 {
		return Reply(StatusCommand), 0
	}
	switch q.Code() {
	case cmdReset:
		r.PowerUp()
		return Reply(StatusOK), 0
	case cmdStatus:
		return Reply(StatusOK), 0
	case cmdIdentity:
		return Reply(StatusOK, identity.bytes()...), 0
	case cmdFind:
		return r.find(), 0
	case cmdSelect:
		return r.choose(), 0
	case cmdRead, cmdReadFinger, cmdNewAddress, cmdBodyNumber:
		return r.read(q), 0
	}
	return Reply(StatusCommand), 0
}

func (r *Reader) find() []byte {
	r.stage = stageIdle
	switch {
	case r.card == nil, r.spent && r.Reread == RereadLift:
		return Reply(StatusNoCard)
	case r.card.FindStatus != 0:
		return Reply(r.card.FindStatus)
	}
	r.stage = stageFound
	return Reply(StatusFound, r.card.Management[:]...)
}

func (r *Reader) choose() []byte {
	switch {
	case r.stage == stageIdle:
		return Reply(StatusFindFirst)
	case r.card == nil:
		r.stage = stageIdle
		return Reply(StatusSelectFault)
	case r.card.SelectStatus != 0:
		r.stage = stageIdle
		return Reply(r.card.SelectStatus)
	}
	r.stage = stageSelected
	return Reply(StatusOK, r.card.Serial[:]...)
}

func (r *Reader) read(q Request) []byte {
	switch {
	case r.stage == stageIdle && r.begun == r.laid:
		return Reply(StatusFindFirst)
	case r.stage == stageFound:
		return Reply(StatusCommand) // select comes first
	}
	whole := q.Code() == cmdRead || q.Code() == cmdReadFinger
	if whole && r.lift != nil {
		r.Lift()
	}
	if r.card == nil || r.begun != r.laid {
		r.stage = stageIdle
		return Reply(StatusReadFailed)
	}
	if r.card.ReadStatus != 0 {
		r.stage = stageIdle
		return Reply(r.card.ReadStatus)
	}
	var data []byte
	var err error
	switch q.Code() {
	case cmdNewAddress:
		if r.card.NewPlace == "" {
			return Reply(StatusAbsent)
		}
		data, err = r.card.place()
	case cmdBodyNumber:
		data = make([]byte, 28)
		copy(data, r.card.Serial[:])
	default:
		data, err = r.card.read(q.Code() == cmdReadFinger)
		r.spent = true
	}
	if err != nil { // a deck that a test has not passed
		return Reply(StatusForged)
	}
	return Reply(StatusOK, data...)
}

// rubbish is what a reader that talks nonsense sends in place of an answer, each time in another way.
func (r *Reader) rubbish(reply []byte) []byte {
	r.turn++
	switch r.turn % 6 {
	case 1: // noise
		b := make([]byte, 5+r.rnd.IntN(60))
		for i := range b {
			b[i] = byte(r.rnd.Uint32())
		}
		return b
	case 2: // one bit wrong
		reply[7+r.rnd.IntN(len(reply)-7)] ^= 1 << r.rnd.IntN(8)
		return reply
	case 3: // cut short
		return reply[:len(reply)-1-r.rnd.IntN(4)]
	case 4: // a byte too many in the preamble, as one program met it
		return append([]byte{0xAA, 0x00}, reply[1:]...)
	case 5: // a length that promises more than comes
		binary.BigEndian.PutUint16(reply[5:], 0xFFFF)
		return reply
	default: // another device altogether
		return []byte("HTTP/1.1 400 Bad Request\r\n\r\n")
	}
}
