package cli

import (
	"fmt"
	"strings"
	"time"

	"otpane/otpcore"
	"otpane/ui/agent"
)

// told is the log: who wanted what, and what became of it. A code is not in it, and
// whoever looks whether somebody serves wants nothing.
func (c *clerk) told(e agent.Event) {
	if e.Do == agent.DoStatus {
		return
	}
	what, why := "", string(e.Verdict)
	switch {
	case len(e.Accounts) > 0:
		what = wanted(e.Accounts)
	case e.Do != agent.DoCode:
		what = e.Do
	}
	if verdict := verdicts[e.Verdict]; verdict != "" {
		why = verdict
	}
	if e.Verdict == agent.Denied && len(e.Accounts) > 0 && c.answer(e.Accounts[0]) == otpcore.Ask {
		why = "refused: nobody was to be asked" // by --no-input
		if c.noTerminal {
			why = "refused: there is no terminal to ask on"
		}
	}
	end := strings.TrimPrefix(what+": "+why, ": ")
	if e.Do == agent.DoList && c.lately(e.Peer.Program+"\n"+e.Peer.Dir+"\n"+end) {
		return
	}
	c.log("%s  %s", c.who(e.Peer), end)
}

// lookAgain is how long a list that ends as it did before is no line of its own. A
// status line looks every few seconds, and what it gets must not bury who got a code.
const lookAgain = 10 * time.Minute

func (c *clerk) lately(look string) bool {
	c.logging.Lock()
	defer c.logging.Unlock()
	now := c.Now()
	if now.Sub(c.looks[look]) < lookAgain {
		return true
	}
	if len(c.looks) == 0 || len(c.looks) > maxLooks {
		c.looks = map[string]time.Time{}
	}
	c.looks[look] = now
	return false
}

// maxLooks bounds what is remembered: programs choose their names.
const maxLooks = 100

// verdicts are those that a log says in other words.
var verdicts = map[agent.Verdict]string{
	agent.Silence: fmt.Sprintf("nobody answered within %d s", seconds(agent.AskFor)),
	agent.Denied:  "denied by its rule",
	agent.Nothing: "no such account",
	agent.Several: "the name fits several",
	agent.Busy:    "refused: too many questions wait",
	agent.Counts:  "it counts, and a code of time was wanted",
	agent.Broken:  "no code",
	agent.Gone:    "left before there was an answer",
	agent.Garbage: "not understood",
}

func (c *clerk) state(s agent.State) {
	switch s.Phase {
	case agent.Waiting:
		c.log("Another process serves this vault; this one is next.")
	case agent.Serving:
		c.log("Serving %s of %s; without a rule of its own: %s. ctrl-c ends it.",
			count(len(c.now.Load().accounts), "account", "accounts"), c.vault.Path(), c.otherwise)
	}
}

// log is talk with the time.
func (c *clerk) log(format string, args ...any) {
	if c.open.Load() {
		c.say("") // the question stays a line of its own
	}
	c.say("%s  %s", c.Now().Local().Format(time.DateTime), fmt.Sprintf(format, args...))
}
