package queue_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"zizhuban/sync/queue"
)

// TestQueue_loses_nothing_when_it_is_killed kills a process that stores without a pause, again and again, and compares what
// it had acknowledged with what the file holds.
func TestQueue_loses_nothing_when_it_is_killed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acked := map[string]string{} // submission → sequence
	for round := range 12 {
		cmd := exec.Command(os.Args[0], dir)
		cmd.Env = append(os.Environ(), childVerb+"="+childPut)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 5+round*3 && lines.Scan(); n++ {
			id, seq, _ := strings.Cut(lines.Text(), " ")
			acked[id] = seq
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died counts
			if id, seq, ok := strings.Cut(lines.Text(), " "); ok && seq != "" {
				acked[id] = seq
			}
		}
		_ = cmd.Wait() // it was killed
		if stderr.Len() > 0 {
			t.Fatalf("round %d: %s", round, stderr.String())
		}
	}
	q := open(t, dir, inChildProcess())
	entries, err := q.Next(context.Background(), 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	have, numbers := map[string]string{}, map[uint64]bool{}
	for _, e := range entries {
		have[e.Submission] = fmt.Sprint(e.Sequence)
		if numbers[e.Sequence] {
			t.Errorf("number %d was given twice", e.Sequence)
		}
		numbers[e.Sequence] = true
	}
	for id, seq := range acked {
		if have[id] != seq {
			t.Errorf("submission %s with number %s was acknowledged; the file has %q", id, seq, have[id])
		}
	}
	if len(acked) < 100 || len(q.Status().Quarantined) != 0 {
		t.Errorf("%d acknowledged, incidents %+v", len(acked), q.Status().Quarantined)
	}
	if slip, ok := q.Unfinished(); !ok || slip.Sequence != q.Status().Sequence {
		t.Errorf("the newest slip is %+v, %v", slip, ok)
	}
}

func TestQueue_goes_on_after_a_disk_that_really_fills(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childVerb+"="+childSmall)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	want := map[string]bool{}
	full := false
	for line := range strings.Lines(string(out)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "full:":
			full = true
			if !strings.Contains(rest, queue.ErrNoSpace.Error()) {
				t.Errorf("the full disk is told as: %s", rest)
			}
		case "gone:":
			delete(want, rest)
		default:
			want[word] = true
		}
	}
	if !full || len(want) < 10 {
		t.Fatalf("the disk never filled: %s", out)
	}
	q := open(t, dir, inChildProcess())
	got := waitingIn(t, q)
	if len(got) != len(want) || len(q.Status().Quarantined) != 0 {
		t.Errorf("%d wait, want %d; incidents %+v", len(got), len(want), q.Status().Quarantined)
	}
	for _, id := range got {
		if !want[id] {
			t.Errorf("%s is there, but was not acknowledged or is gone", id)
		}
	}
}
