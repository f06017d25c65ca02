package vault

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// stamp says when and where a field was changed: a hybrid logical clock (Kulkarni
// et al., "Logical Physical Clocks", 2014). Stamps order as text. They follow
// the wall clock where it is right and still rise where it stands or goes back,
// so a later edit wins even on a machine whose clock is wrong.
//
//	0193f8a2b6c1-0000-5be0cd19
//	milliseconds  count node, all in lower-case hexadecimal
//
// The empty stamp is older than every other.
type stamp string

const (
	maxMillis = 1<<48 - 1
	maxCount  = 1<<16 - 1
)

// node tells two writers apart that stamp in the same millisecond. It is drawn
// anew for every opened vault and identifies no machine.
type node string

func newNode() node {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand since Go 1.24)
	return node(hex.EncodeToString(b[:]))
}

// after is the stamp of an edit at now that follows everything up to last.
func (n node) after(last stamp, now time.Time) stamp {
	millis := min(max(now.UnixMilli(), 0), maxMillis)
	lastMillis, count := last.parts()
	switch {
	case millis > lastMillis:
		count = 0
	case count < maxCount:
		millis, count = lastMillis, count+1
	default:
		millis, count = min(lastMillis+1, maxMillis), 0
	}
	return stamp(fmt.Sprintf("%012x-%04x-%s", millis, count, n))
}

// parts of a stamp that is not one are zero: it is overtaken by the next edit.
func (s stamp) parts() (millis, count int64) {
	if len(s) != 26 || s[12] != '-' || s[17] != '-' {
		return 0, 0
	}
	millis, err := strconv.ParseInt(string(s[:12]), 16, 64)
	if err != nil {
		return 0, 0
	}
	count, err = strconv.ParseInt(string(s[13:17]), 16, 64)
	if err != nil {
		return 0, 0
	}
	return millis, count
}
