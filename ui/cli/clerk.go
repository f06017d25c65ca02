package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/ui/host"
	"otpane/vault"
)

// clerk serves a vault without a screen: it reads the vault again when another
// process has changed it, asks on its terminal, and writes the log.
type clerk struct {
	*program
	vault     *vault.Vault
	otherwise otpcore.Answer
	end       context.CancelCauseFunc
	now       atomic.Pointer[holding]

	looking sync.Mutex // at the vault
	looked  time.Time
	unread  bool // has said that the file cannot be read
	left    bool // holds nothing any more

	noTerminal bool

	logging sync.Mutex
	looks   map[string]time.Time // what the log said of lists, and when

	asking sync.Mutex  // one question at a time
	open   atomic.Bool // a question stands on the terminal, without an end of line
}

// holding is what the vault held when it was read last.
type holding struct {
	accounts []otpcore.Account
	tags     map[string]otpcore.Answer
}

func newClerk(p *program, v *vault.Vault, otherwise otpcore.Answer) *clerk {
	c := &clerk{program: p, vault: v, otherwise: otherwise, looked: p.Now()}
	c.take()
	return c
}

// take holds what the vault has now. It belongs to looking: a copy that was made
// earlier must not come after a later one, or after the end.
func (c *clerk) take() {
	if !c.left {
		c.now.Store(&holding{c.vault.Accounts(), c.vault.TagAnswers()})
	}
}

// Why a clerk ends without a failure.
var (
	errTimeIsUp = errors.New("the time of --for is over")
	errSlept    = errors.New("the machine slept, or this process was stopped")
)

// serve ends with ctx, or when the vault or the machine gives a reason to.
func (c *clerk) serve(ctx context.Context) error {
	ctx, c.end = context.WithCancelCause(ctx)
	defer c.end(nil)
	go c.watch(ctx)
	who := server{byAgent, func() otpcore.Answer { return c.otherwise }}
	err := c.serveAgent(ctx, c.vault.Path(), who, c.desk(), c.state)
	why := context.Cause(ctx)
	switch {
	case ctx.Err() == nil:
		return err
	case errors.Is(why, errTimeIsUp), errors.Is(why, errSlept):
		c.log("Ended: %s.", why)
	case errors.Is(why, context.Canceled):
		c.log("Ended.")
	case errors.Is(why, vault.ErrIdentity):
		return &fault{status: wrongPassphrase, what: "who may open " + c.vault.Path() + " has changed, and this agent may not any more",
			hint: "start it again", err: why}
	default:
		return rescueFault(c.vault.Path(), vault.Identity{}, why)
	}
	return nil
}

func (c *clerk) desk() agent.Desk {
	desk := agent.Desk{
		Accounts: func() []otpcore.Account { c.look(); return c.now.Load().accounts },
		Answer:   c.answer, Draw: c.draw, Told: c.told, Now: c.Now, TwoKeys: twoKeys(c.vault),
	}
	terminal, err := c.openTerminal()
	if c.noTerminal = err != nil; !c.noTerminal {
		_ = terminal.Close()
		desk.Ask = c.ask
	}
	return desk
}

func (c *clerk) answer(a otpcore.Account) otpcore.Answer {
	return otpcore.AnswerFor(a, c.now.Load().tags, c.otherwise)
}

// watch looks at the vault while nobody asks for anything.
func (c *clerk) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
			c.look()
		case <-ctx.Done():
		}
	}
}

const (
	// lookEvery is how soon a change of the vault shows.
	lookEvery = 2 * time.Second
	// sleepGap between two looks means that the machine slept, as in the pane: nobody
	// need sit before it who may be given codes.
	sleepGap = 30 * time.Second
)

// look reads the vault again if that has changed, and ends the clerk when the
// machine has slept or the vault cannot be opened any more: then there are no
// accounts. What cannot be read for another reason, a folder that is being
// synchronised perhaps, holds as it was.
func (c *clerk) look() {
	c.looking.Lock()
	defer c.looking.Unlock()
	now := c.Now().Round(0) // the wall's: Go's own clock stands still during suspend
	slept := now.Sub(c.looked) >= sleepGap
	c.looked = now
	changed, err := c.vault.Refresh()
	switch {
	case slept:
		c.leave(errSlept)
	case errors.Is(err, vault.ErrNotFound), errors.Is(err, vault.ErrIdentity):
		c.leave(err)
	case err != nil && !c.unread:
		c.log("The vault cannot be read now; what was read before holds: %v.", err)
	case changed:
		c.take()
	}
	c.unread = err != nil
}

func (c *clerk) leave(why error) {
	c.left = true
	c.now.Store(&holding{})
	c.end(why)
}

// draw gives the next code of a counter, whose new state is on disk by then.
func (c *clerk) draw(_ context.Context, id string) (otpcore.Account, string, error) {
	a, code, err := c.vault.Advance(id)
	c.looking.Lock()
	defer c.looking.Unlock()
	c.take()
	return a, code, err
}

// ask asks on the terminal. What was typed before the question was no answer to it,
// and a job in the background must not read: the shell would stop it.
func (c *clerk) ask(ctx context.Context, q agent.Question) bool {
	c.asking.Lock()
	defer c.asking.Unlock()
	terminal, err := host.OpenTerminal()
	if err != nil {
		return false
	}
	defer terminal.Close()
	if !terminal.Foreground() {
		c.log("Nobody can be asked: this runs in the background.")
		return false
	}
	if ctx.Err() != nil {
		return false // it waited for the one before it
	}
	c.open.Store(true)
	defer c.open.Store(false)
	terminal.Discard()
	_, _ = terminal.Write([]byte("\a")) // a multiplexer marks its window
	yes, err := terminal.Ask(ctx, inOneLine(c.question(q)))
	return yes && err == nil
}

func (c *clerk) question(q agent.Question) string {
	if len(q.Accounts) == 1 {
		return c.who(q.Peer) + " wants " + wanted(q.Accounts) + ". Give the code?"
	}
	return c.who(q.Peer) + " wants the codes of " + wanted(q.Accounts) + ". Give them?"
}

// who names a program, which calls itself what it likes.
func (c *clerk) who(peer agent.Peer) string {
	name, facts := cmp.Or(peer.Program, "a program"), []string{}
	if peer.PID > 0 {
		facts = append(facts, fmt.Sprintf("pid %d", peer.PID))
	}
	if peer.Dir != "" {
		home, _ := os.UserHomeDir()
		facts = append(facts, tilde(home, peer.Dir))
	}
	if len(facts) == 0 {
		return name
	}
	return name + " (" + strings.Join(facts, ", ") + ")"
}

func wanted(accounts []otpcore.Account) string {
	if len(accounts) == 1 {
		return accounts[0].Label()
	}
	return count(len(accounts), "account", "accounts")
}
