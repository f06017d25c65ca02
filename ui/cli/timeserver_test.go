package cli_test

import (
	"encoding/binary"
	"net"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// timeServerCommand is `timeserver OFFSET`: it starts a time server on loopback
// whose clock is that far ahead, and names it in $TIMESERVER. Instead of an offset,
// "wild" is a clock that gains an hour with every answer, and "kiss" a server that
// wants no questions.
func timeServerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: timeserver OFFSET|wild|kiss")
	}
	off, err := time.ParseDuration(args[0])
	if err != nil {
		off = 0
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { conn.Close() })
	ts.Setenv("TIMESERVER", conn.LocalAddr().String())
	go func() {
		question := make([]byte, 64)
		for answers := 0; ; answers++ {
			_, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			now := time.Now().Add(off)
			if args[0] == "wild" {
				now = now.Add(time.Duration(answers) * time.Hour)
			}
			_, _ = conn.WriteTo(timeReply(question, now, args[0] == "kiss"), from)
		}
	}()
}

// timeReply is an NTP packet (RFC 5905 §7.3).
func timeReply(question []byte, now time.Time, kiss bool) []byte {
	reply := make([]byte, 48)
	reply[0], reply[1], reply[3] = 4<<3|4, 2, 0xec // version 4, server; stratum 2; 2⁻²⁰ s
	if kiss {
		reply[1] = 0
		copy(reply[12:], "RATE")
	}
	copy(reply[24:], question[40:48])
	for _, at := range []int{16, 32, 40} { // set, received, sent
		binary.BigEndian.PutUint32(reply[at:], uint32(now.Unix()+2208988800))
		binary.BigEndian.PutUint32(reply[at+4:], uint32((uint64(now.Nanosecond())<<32)/1e9))
	}
	return reply
}
