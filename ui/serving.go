package ui

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/ui/agent"
)

// serving is the pane as an agent: while the setting is on, programs of the same
// user get codes from it. The agent runs beside the pane, on goroutines of its own.
// What it needs to know lies in a snapshot that the pane replaces; what it has to
// tell lies in a mailbox that the pane empties when it can, so that no program
// outside can make a key wait.
//
// Whoever asks is no hand on the keyboard: requests never keep an idle pane open.
type serving struct {
	run   *agentRun     // nil while nothing serves
	ended chan struct{} // closed when the run before this one is over; nil if there was none
	over  bool          // the pane is being left: nothing serves any more
	state agent.State

	known  atomic.Pointer[known]
	ticked atomic.Int64 // when the pane's timer rang last, in nanoseconds since 1970

	waiting  []*question // that nobody has answered, the oldest first
	promised *question   // that got a yes, until the code has gone out
	shut     time.Time   // when a question went away by itself
	answered time.Time   // when one got its answer
	rang     time.Time
	log      []request // the newest last
}

// known is what the agent knows of the vault. It is never changed, only replaced.
type known struct {
	accounts []otpcore.Account
	tags     map[string]otpcore.Answer
	rule     otpcore.Answer // the setting's
}

// answer is the rule that holds for an account.
func (k *known) answer(a otpcore.Account) otpcore.Answer {
	return otpcore.AnswerFor(a, k.tags, k.rule)
}

// agentRun is one time of serving, from switching it on until it has ended.
type agentRun struct {
	rule otpcore.Answer // the setting's, when it began
	end  context.CancelFunc
	done chan struct{}
	mail mailbox
}

// serve follows the setting and the moment: it begins or ends the serving. A pane
// that stopped, or that should lock and cannot, serves nobody.
func (p *pane) serve() tea.Cmd {
	rule := p.config.Agent
	if p.config.Serve == nil || p.serving.over || p.stopped || p.idle() {
		rule = ""
	}
	if run := p.serving.run; run != nil {
		if run.rule == rule {
			return nil
		}
		p.endServing()
	}
	if rule == "" {
		return nil
	}
	return p.beginServing(rule)
}

// beginServing starts the run itself and not by a command: of a command nobody
// knows whether the library still gets to it, and leaving waits for its end.
func (p *pane) beginServing(rule otpcore.Answer) tea.Cmd {
	ctx, end := context.WithCancel(p.ctx)
	run := &agentRun{rule: rule, end: end, done: make(chan struct{}), mail: newMailbox()}
	before, serve, desk := p.serving.ended, p.config.Serve, p.desk(run)
	p.serving.run, p.serving.ended, p.serving.state = run, run.done, agent.State{}
	go func() {
		defer close(run.done)
		defer end()
		if before != nil { // the socket is its own until then
			<-before
		}
		if err := serve(ctx, desk, run.tellState); err != nil && ctx.Err() == nil {
			run.tellState(agent.State{Phase: agent.Failed, Err: err})
		}
	}()
	return run.hear(0)
}

// endServing closes the socket, and every connection and question with it. The end
// itself is waited for by whoever must not go on before (see awaitServing).
func (p *pane) endServing() {
	if p.serving.run == nil {
		return
	}
	p.serving.run.end()
	p.closeQuestion()
	p.serving.run, p.serving.waiting, p.serving.promised, p.serving.state = nil, nil, nil, agent.State{}
}

// stopServing ends it for good: the pane is being left.
func (p *pane) stopServing() {
	p.serving.over = true
	p.endServing()
}

// awaitServing is a command that waits for the end of what was ended.
func (p *pane) awaitServing() tea.Cmd {
	ended := p.serving.ended
	if ended == nil {
		return nil
	}
	return func() tea.Msg {
		select {
		case <-ended:
		case <-time.After(leaveWait):
		}
		return nil
	}
}

// desk is the unlocked vault as an agent sees it.
func (p *pane) desk(run *agentRun) agent.Desk {
	v, s, now := p.config.Vault, &p.serving, p.config.Now
	return agent.Desk{
		Accounts: func() []otpcore.Account { return s.known.Load().accounts },
		Answer: func(a otpcore.Account) otpcore.Answer {
			// The timer stood still: the machine slept, or somebody stopped the process.
			// Nobody sat here, and the pane has yet to find that out.
			if now().Sub(time.Unix(0, s.ticked.Load())) >= sleepGap {
				return otpcore.Deny
			}
			return s.known.Load().answer(a)
		},
		Draw: func(_ context.Context, id string) (otpcore.Account, string, error) {
			a, code, err := v.Advance(id)
			if err == nil {
				run.mail.put(func(l *letter) { l.drawn[id] = code })
			}
			return a, code, err
		},
		Ask: run.ask,
		Told: func(e agent.Event) {
			if e.Do != agent.DoStatus {
				one := newRequest(e)
				run.mail.put(func(l *letter) { l.requests = append(l.requests, one) })
			}
		},
		Now: now,
	}
}

// inform replaces the snapshot.
func (p *pane) inform() {
	p.serving.known.Store(&known{p.list.accounts, p.tagAnswers, p.config.Agent})
}

func (r *agentRun) tellState(state agent.State) {
	r.mail.put(func(l *letter) { l.state = &state })
}

// mailbox is what the agent has to tell the pane. However much comes in, it holds a
// bounded amount, and putting something in never waits for the pane.
type mailbox struct {
	mu     sync.Mutex
	letter letter
	flag   chan struct{} // holds one: there is something in it
}

// letter is what came since the last one.
type letter struct {
	state    *agent.State
	asked    []*question // at most as many as the agent lets wait
	left     []*question // that were delivered, and are not asked any more
	drawn    map[string]string
	requests []request
}

func newMailbox() mailbox {
	return mailbox{flag: make(chan struct{}, 1), letter: letter{drawn: map[string]string{}}}
}

func (m *mailbox) put(in func(*letter)) {
	m.mu.Lock()
	in(&m.letter)
	m.letter.requests = lastOf(m.letter.requests)
	m.mu.Unlock()
	select {
	case m.flag <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.letter
	m.letter = letter{drawn: map[string]string{}}
	return taken
}

// newsEvery is the least time between two letters: a program that asks a thousand
// times a second costs the pane ten frames.
const newsEvery = 100 * time.Millisecond

// agentNews is a letter, and the command that waits for the next one.
type agentNews struct {
	letter
	run  *agentRun
	next tea.Cmd
}

// hear is a command that ends with the next letter. While there is none it costs
// nothing.
func (r *agentRun) hear(rest time.Duration) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-time.After(rest):
		case <-r.done:
		}
		select {
		case <-r.mail.flag:
			return agentNews{r.mail.take(), r, r.hear(newsEvery)}
		case <-r.done:
			return agentNews{letter: r.mail.take(), run: r}
		}
	}
}

// heardAgent takes what is new. What a run has given counts after its end, too.
func (p *pane) heardAgent(msg agentNews) tea.Cmd {
	p.drawnByAgent(msg.drawn)
	p.givenByAgent(msg.requests)
	home := p.home()
	for _, r := range msg.requests {
		r.from.Dir = below(home, r.from.Dir)
		p.sayOf(r)
		p.serving.note(r)
	}
	for _, q := range msg.left {
		p.forget(q)
	}
	if msg.run != p.serving.run {
		return msg.next
	}
	if msg.state != nil {
		p.serving.state = *msg.state
	}
	return tea.Batch(p.enqueue(msg.letter.asked), msg.next)
}

// drawnByAgent shows counter codes that went out, as it shows those that a key drew.
func (p *pane) drawnByAgent(drawn map[string]string) {
	if len(drawn) == 0 {
		return
	}
	p.reload()
	for id, code := range drawn {
		until := p.now.Add(drawnFor)
		p.list.drawn[id] = drawnCode{code, until}
		p.list.spend(id, spentCode{code, until}, p.now)
	}
}

// givenByAgent marks the codes that went out as it marks those that were copied:
// sites refuse them twice. One code is one use, however often a status line asks for
// it. A list of codes marks none: it is looked at, as this list is.
func (p *pane) givenByAgent(requests []request) {
	given := map[string]time.Time{}
	for _, r := range requests {
		if r.do == agent.DoCode && r.verdict == agent.Given {
			given[r.id] = r.at
		}
	}
	if len(given) == 0 {
		return
	}
	for _, a := range p.list.accounts {
		at, ok := given[a.ID]
		if !ok || !a.Timed() {
			continue
		}
		reading := a.At(at)
		spent := func(c spentCode) bool { return c.code == reading.Code && p.now.Before(c.until) }
		if !slices.ContainsFunc(p.list.spent[a.ID], spent) {
			p.use(a)
			p.list.spend(a.ID, spentCode{reading.Code, at.Add(reading.Left)}, p.now)
		}
	}
}

// agentFailed: nobody listens, though the setting says so. Commands open the vault
// themselves, so it can wait.
func (p *pane) agentFailed() (matter, bool) {
	if p.serving.state.Phase != agent.Failed {
		return matter{}, false
	}
	why := cause(p.serving.state.Err)
	return matter{
		kind: agentMatter, mark: "agent failed",
		text: toast{lead: "The agent does not listen: ", name: why, text: ".", more: on(p.look.keys.agent, "see").String(), short: "agent failed", tone: toneWarn},
		open: func(*pane) want { return wantAgentPage{} },
	}, true
}
