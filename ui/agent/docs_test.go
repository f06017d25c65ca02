package agent

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestThePageIsTrue reads the examples of docs/agent.md as the two sides would.
func TestThePageIsTrue(t *testing.T) {
	data, err := os.ReadFile("../../docs/agent.md")
	if err != nil {
		t.Fatal(err)
	}
	page, requests, replies := string(data), 0, 0
	blocks := strings.Split(page, "```json\n")
	for _, block := range blocks[1:] {
		text, _, _ := strings.Cut(block, "```")
		switch {
		case strings.Contains(text, `"do"`):
			requests++
			if _, err := parseRequest([]byte(text)); err != nil {
				t.Errorf("%s%v", text, err)
			}
		case text == waitLine:
		default:
			replies++
			if reply, err := readReply(strings.NewReader(text), DoCode, nil); err != nil || reply.Accounts[0].Code != code {
				t.Errorf("%s%+v, %v", text, reply, err)
			}
		}
	}
	if requests != 1 || replies != 1 {
		t.Errorf("%d requests and %d replies", requests, replies)
	}
	for _, spoken := range []any{Request{}, head{}, Standing{}} {
		for field := range reflect.TypeOf(spoken).Fields() {
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" && !strings.Contains(page, "`"+name+"`") {
				t.Errorf("%s of %T is not on the page", name, spoken)
			}
		}
	}
	for _, verdict := range verdicts {
		if verdict != Gone && !strings.Contains(page, "\n| `"+string(verdict)+"` |") { // who has gone hears nothing
			t.Errorf("%s is not on the page", verdict)
		}
	}
}
