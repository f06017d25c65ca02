package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/vault"
)

// office is a story whose pane serves, and the agent at its other end.
type office struct {
	*story
	desk agent.Desk
	runs int
}

// serves switches the agent on. What serves ends at once: a story delivers by itself
// what the desk has to tell.
func (s *story) serves(rule otpcore.Answer) *office {
	s.t.Helper()
	o := &office{story: s}
	s.p.config.Serve = func(_ context.Context, desk agent.Desk, state func(agent.State)) error {
		o.desk = desk
		o.runs++
		state(agent.State{Phase: agent.Serving})
		return nil
	}
	s.p.config.Expand = func(path string) string { return "/home/alice" + path[1:] }
	stored := rule
	s.p.config.Settings = &Settings{
		Agent: func(answer otpcore.Answer) error { stored = answer; return nil },
		Apply: func(c *Config, _ *Terminal) { c.Agent = stored },
	}
	s.p.endServing()
	s.p.config.Agent = rule
	s.p.pressed = s.now.Add(-handsRest)
	s.p.inform()
	s.run(s.p.serve())
	if rule != "" && o.runs != 1 {
		s.t.Fatalf("it began to serve %d times", o.runs)
	}
	return o
}

// delivered gives the pane what the agent has for it, once there is something.
func (o *office) delivered() *office {
	run, some := o.p.serving.run, letter{}
	for some.state == nil && len(some.asked)+len(some.left)+len(some.drawn)+len(some.requests) == 0 {
		<-run.mail.flag
		some = run.mail.take()
	}
	o.send(agentNews{letter: some, run: run})
	return o
}

func (o *office) press(names ...string) *office { o.story.press(names...); return o }

func (o *office) rested() *office { o.story.rested(); return o }

func (o *office) wait(d time.Duration) *office { o.story.wait(d); return o }

func (o *office) sees(text string) *office { o.t.Helper(); o.story.sees(text); return o }

func (o *office) seesNot(text string) *office { o.t.Helper(); o.story.seesNot(text); return o }

var awsVault = agent.Peer{PID: 4711, Program: "aws-vault", Dir: "/home/alice/infra"}

// asked is a question under way.
type asked struct {
	leave  context.CancelFunc
	answer chan bool
}

func (o *office) asks(from agent.Peer, names ...string) asked {
	o.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	q := agent.Question{Peer: from, At: o.now, Until: o.now.Add(agent.AskFor)}
	for _, name := range names {
		a := o.account(name)
		a.Secret = otpcore.Secret{}
		q.Accounts = append(q.Accounts, a)
	}
	one := asked{leave, make(chan bool, 1)}
	go func() { one.answer <- o.desk.Ask(ctx, q) }()
	o.delivered()
	return one
}

// gets is a request and what became of it.
func (o *office) gets(from agent.Peer, verdict agent.Verdict, names ...string) *office {
	o.t.Helper()
	e := agent.Event{At: o.now, Peer: from, Do: agent.DoCode, Verdict: verdict}
	for _, name := range names {
		a := o.account(name)
		a.Secret = otpcore.Secret{}
		e.Accounts = append(e.Accounts, a)
	}
	if len(names) > 1 {
		e.Do = agent.DoList
	}
	o.desk.Told(e)
	return o.delivered()
}

// open reports that nobody has answered yet.
func (a asked) open() bool { return len(a.answer) == 0 }

func TestTheQuestionAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{120, 30}, {80, 24}, {60, 12}, {60, 3}, {40, 10}, {30, 6}, {24, 3}} {
		s := newStory(t, drawn()...)
		s.size(size[0], size[1])
		o := s.serves(otpcore.Ask)
		o.asks(awsVault, "eu-root")
		o.wait(6 * time.Second)
		golden(t, fmt.Sprintf("asks-%dx%d", size[0], size[1]), s.screen())
	}
}

func TestTheAgentPageAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {60, 12}, {40, 8}, {30, 6}} {
		s := newStory(t, drawn()...)
		s.size(size[0], size[1])
		o := s.serves(otpcore.Ask)
		o.press("j", "j", "A", "down", "down", "a", "down", "n")
		o.gets(agent.Peer{PID: 99, Program: "tmux"}, agent.Given, "GitHub").wait(time.Second)
		o.gets(awsVault, agent.Silence, "eu-root").gets(agent.Peer{Program: "otpane"}, agent.Denied, "audit", "eu-root")
		o.wait(5 * time.Second)
		golden(t, fmt.Sprintf("agent-%dx%d", size[0], size[1]), s.screen())
	}
}

func TestTheAgentPageSaysHowItStands(t *testing.T) {
	s := newStory(t, drawn()...)
	o := s.serves(otpcore.Ask)
	run := o.p.serving.run
	for state, want := range map[agent.State]string{
		{Phase: agent.Waiting}: "Another otpane serves this vault; this one takes over when it ends.",
		{Phase: agent.Serving}: "Commands of yours get codes here, never keys, until it locks.",
		{Phase: agent.Failed, Err: errors.New("/run/user/1000/otpane belongs to somebody else")}: "It does not listen: /run/user/1000/otpane belongs to somebody else.",
	} {
		run.tellState(state)
		o.delivered().press("A").sees(want).press("esc")
	}
}

func TestYesGivesOneCode(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.sees("agent on")
	one := o.asks(awsVault, "eu-root")
	o.sees("aws-vault (pid 4711, ~/infra) wants AWS prod · eu-root.").sees("y give   n refuse")
	o.rested().press("y")
	if !<-one.answer {
		t.Fatal("y refused")
	}
	o.seesNot("wants AWS").seesNot("given")
	o.gets(awsVault, agent.Given, "eu-root").sees("✓ AWS prod · eu-root given to aws-vault.")
	o.sees(grouped(o.account("eu-root"), o.code("eu-root")) + "✓")
	if use := o.p.list.use(o.account("eu-root")); use.Times != 1 || o.clipboard != "" {
		t.Errorf("used %d times, copied %q", use.Times, o.clipboard)
	}
	o.press("j", "j", "enter").sees("! Used already; sites refuse it twice.")
}

func TestEveryOtherWayOutRefuses(t *testing.T) {
	for _, key := range []string{"n", "esc", "q"} {
		o := newStory(t, drawn()...).serves(otpcore.Ask)
		one := o.asks(awsVault, "eu-root")
		o.rested().press("enter", "1", "j", "Y", "space").sees("wants AWS prod")
		if !one.open() || o.clipboard != "" {
			t.Fatal("a key that is no answer was one, or copied")
		}
		o.press(key).sees("AWS prod · eu-root refused to aws-vault.")
		if <-one.answer || o.quit {
			t.Errorf("%s gave the code, or quit", key)
		}
		o.gets(awsVault, agent.Refused, "eu-root").seesNot(grouped(o.account("eu-root"), o.code("eu-root")) + "✓")
	}
}

// A key that is on its way when the question opens was meant for something else.
func TestAKeyOnItsWayIsNoAnswer(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	one := o.asks(awsVault, "eu-root")
	for range 3 {
		o.now = o.now.Add(650 * time.Millisecond)
		o.press("y", "n", "esc").sees("wants AWS prod")
	}
	if !one.open() {
		t.Fatal("a key in a hurry answered")
	}
	second := o.asks(agent.Peer{Program: "ssh"}, "GitHub")
	o.rested().press("y", "y").wait(time.Second).sees("ssh wants GitHub")
	if !<-one.answer || !second.open() {
		t.Error("a second y answered the second question")
	}
}

// A key that is held down or struck twice ends one question and does nothing else.
func TestAKeyStruckTwiceIsOneAnswer(t *testing.T) {
	for _, key := range []string{"y", "n", "esc", "q"} {
		o := newStory(t, drawn()...).serves(otpcore.Ask)
		one := o.asks(awsVault, "eu-root")
		o.rested().press(key, key, key).seesNot("wants")
		if yes := <-one.answer; yes != (key == "y") || o.clipboard != "" || o.quit {
			t.Errorf("%s: answer %v, copied %q, quit %v", key, yes, o.clipboard, o.quit)
		}
		o.now = o.now.Add(handsRest)
		if o.press("n"); o.clipboard == "" {
			t.Errorf("%s: the list's keys stay silent", key)
		}
	}
}

// On the agent's page y would be a rule for good. Whoever is told there that somebody
// asks means this one code.
func TestAnAnswerIsNoRule(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.press("j", "j", "A", "down")
	one := o.asks(awsVault, "eu-root")
	o.sees("aws-vault asks for a code. esc shows the question.")
	for _, key := range []string{"y", "n", "a", "0", "up", "y"} {
		o.press(key)
	}
	o.sees("aws-vault asks for a code. esc shows the question.")
	if rule := o.account("eu-root").Agent; rule != "" || o.p.config.Agent != otpcore.Ask || !one.open() {
		t.Fatalf("the account's rule is %q, the pane's %q", rule, o.p.config.Agent)
	}
	o.press("esc").wait(time.Second).sees("wants AWS prod").rested().press("n")
	<-one.answer
	if o.press("A", "down", "y"); o.account("eu-root").Agent != otpcore.Allow {
		t.Error("the page's keys stay silent")
	}
}

func TestSilenceIsANo(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	one := o.asks(awsVault, "eu-root")
	o.wait(29 * time.Second).sees("─   1s").wait(time.Second)
	one.leave() // as the agent does when the time is over
	if o.delivered(); <-one.answer {
		t.Fatal("nobody answered, and it was a yes")
	}
	o.seesNot("wants").sees("aws-vault got no code: nobody answered.")
	o.press("n", "q", "esc", "y")
	if o.clipboard != "" || o.quit {
		t.Errorf("a key for the question that was gone copied %q, or quit", o.clipboard)
	}
	o.now = o.now.Add(handsRest)
	if o.press("n"); o.clipboard == "" {
		t.Error("the list's keys stay silent")
	}
}

func TestAnAskerThatLeavesTakesItsQuestionAlong(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	one, two := o.asks(awsVault, "eu-root"), o.asks(agent.Peer{Program: "ssh"}, "GitHub")
	o.sees("aws-vault (pid")
	two.leave()
	o.delivered().sees("aws-vault (pid").wait(time.Second)
	one.leave()
	o.delivered().seesNot("wants").sees("aws-vault does not ask any more.").wait(2 * time.Second).seesNot("wants")
}

// However often somebody asks and leaves: between two questions the list is there.
func TestQuestionsLeaveTheListToItsOwner(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.asks(awsVault, "eu-root").leave()
	o.delivered().seesNot("wants")
	o.asks(agent.Peer{Program: "ssh"}, "npm").leave() // which nobody has seen
	o.delivered().sees("aws-vault does not ask any more.")
	o.asks(awsVault, "audit")
	o.seesNot("wants").wait(time.Second).seesNot("wants")
	o.press("j").sees("▌2").wait(time.Second).sees("wants AWS prod · audit").rested().press("n")
	o.asks(awsVault, "npm")
	o.now = o.now.Add(500 * time.Millisecond)
	o.press("j").sees("▌3")
	o.now = o.now.Add(500 * time.Millisecond)
	o.send(tick{o.p.ring})
	o.seesNot("wants").wait(time.Second).sees("wants npm")
}

func TestTheQuestionWaitsForAFreeMoment(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.press("/").typeText("git")
	one := o.asks(awsVault, "eu-root")
	o.sees("/git").seesNot("wants").sees("! aws-vault asks for a code. esc shows the question.")
	o.press("y").sees("/gity").press("esc").wait(5 * time.Second).sees("wants AWS prod").sees("25s").rested().press("n")
	if <-one.answer {
		t.Fatal("a letter in the filter gave the code")
	}
	o.wait(4 * time.Second).press("a")
	one = o.asks(awsVault, "eu-root")
	o.sees("Add account").sees("! aws-vault asks for a code.").press("tab")
	o.wait(2 * time.Second).sees("Add account").press("esc").wait(time.Second).sees("wants AWS").rested().press("n")
	<-one.answer
	o.wait(4 * time.Second).press("d").sees("Delete")
	one = o.asks(awsVault, "eu-root")
	o.wait(time.Second).sees("Delete").press("n").wait(time.Second).sees("wants AWS prod").rested().press("y")
	if !<-one.answer {
		t.Error("it was refused")
	}
}

func TestQuestionsWaitInOrder(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	one := o.asks(agent.Peer{Program: "one"}, "eu-root")
	two := o.asks(agent.Peer{Program: "two"}, "eu-root")
	three := o.asks(agent.Peer{Program: "three"}, "eu-root", "audit", "npm")
	o.sees("one wants AWS prod · eu-root.").rested().press("n").seesNot("wants").wait(time.Second).sees("two wants").rested().press("y").wait(time.Second).sees("three wants the codes of 3 accounts.")
	o.sees("Their codes, once. Silence means no.").rested().press("y")
	if <-one.answer || !<-two.answer || !<-three.answer {
		t.Error("the answers went to others")
	}
	o.gets(agent.Peer{Program: "two"}, agent.Broken, "eu-root").gets(agent.Peer{Program: "three"}, agent.Given, "eu-root", "audit", "npm", "GitHub")
	o.sees("4 accounts given to three.").seesNot(grouped(o.account("npm"), o.code("npm")) + "✓")
}

// Where a yes was said and no code went out after all, that is said.
func TestAYesThatGaveNothingSaysSo(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.asks(awsVault, "eu-root")
	o.rested().press("y").gets(awsVault, agent.Broken, "eu-root")
	o.sees("! AWS prod · eu-root was not given: no code.")
}

func TestAPaneWithoutRoomRefusesAtOnce(t *testing.T) {
	s := newStory(t, drawn()...)
	s.size(60, 2)
	o := s.serves(otpcore.Ask)
	one, emitted := o.asks(awsVault, "eu-root"), len(o.emitted)
	if <-one.answer || emitted != 1 {
		t.Errorf("it was given, or %d bells rang", emitted)
	}
	o.sees("needs 24x3").size(60, 12)
	o.sees("! aws-vault refused: needs 24x3.")
	one = o.asks(awsVault, "eu-root")
	o.sees("wants AWS prod").size(20, 12)
	o.wait(time.Second)
	if <-one.answer {
		t.Error("a question that is not to be seen was answered with yes")
	}
}

// One bell a question, so that a multiplexer marks the window; not one for each of a
// program that asks again and again.
func TestTheBell(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.asks(awsVault, "eu-root")
	if len(o.emitted) != 1 || o.emitted[0] != "\a" {
		t.Fatalf("emitted %q", o.emitted)
	}
	for range 20 {
		o.asks(awsVault, "audit").leave()
		o.delivered()
	}
	if len(o.emitted) != 1 {
		t.Errorf("%d bells for twenty questions at once", len(o.emitted))
	}
	o.wait(bellEvery).asks(awsVault, "audit")
	if len(o.emitted) != 2 {
		t.Errorf("%d bells after a while", len(o.emitted))
	}
}

// Requests are no hand on the keyboard.
func TestRequestsKeepNoPaneOpen(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	for range 20 {
		if o.wait(30 * time.Second); o.quit {
			break
		}
		o.gets(agent.Peer{Program: "tmux"}, agent.Given, "GitHub")
		o.asks(awsVault, "eu-root").leave()
		o.delivered()
	}
	if !o.quit || o.p.outcome != Idle || o.now.Sub(noon) != 10*time.Minute {
		t.Fatalf("left %v, outcome %v after %s", o.quit, o.p.outcome, o.now.Sub(noon))
	}
	if o.p.serving.run != nil {
		t.Error("an idle pane that locks still serves")
	}
}

func TestLockingEndsTheAgent(t *testing.T) {
	for _, keys := range [][]string{{"L"}, {"q", "y"}, {"ctrl+c", "ctrl+c"}} {
		o := newStory(t, drawn()...).serves(otpcore.Ask)
		o.gets(awsVault, agent.Given, "eu-root").press(keys...)
		if !o.quit || o.p.serving.run != nil {
			t.Errorf("%v: left %v", keys, o.quit)
		}
		if o.wait(2 * time.Second); o.runs != 1 {
			t.Errorf("%v: it served again while the pane was being left", keys)
		}
	}
}

// An edit that the disk refuses keeps the pane from locking; nobody is served then.
func TestAPaneThatCannotLockServesNobody(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.unplug()
	o.press("p").sees("Not saved")
	one := o.asks(awsVault, "eu-root")
	o.wait(10 * time.Minute)
	if o.quit || o.p.serving.run != nil || o.p.sheet != nil {
		t.Fatal("an idle pane with an unsaved edit serves")
	}
	one.leave()
	if o.press("j").wait(time.Second); o.runs != 2 {
		t.Errorf("it served %d times after a key", o.runs)
	}
}

func TestAQuestionHoldsNobodyBackFromTheShell(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	one := o.asks(awsVault, "eu-root")
	o.rested().press("ctrl+z")
	if !o.p.stopped || o.p.serving.run != nil || o.p.asksNow() || !one.open() {
		t.Errorf("stopped %v, a question %v", o.p.stopped, o.p.asksNow())
	}
}

func TestCtrlZEndsTheAgentAndComingBackStartsIt(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.unplug()
	o.press("p") // what is unsaved keeps it from locking when it is back
	one := o.asks(awsVault, "eu-root")
	if o.wait(time.Second).rested().press("n", "ctrl+z"); o.p.serving.run != nil {
		t.Fatal("the process stops, and it serves")
	}
	o.wait(2 * time.Second)
	if <-one.answer || o.p.serving.run != nil || o.runs != 1 {
		t.Fatal("a stopped pane serves")
	}
	o.send(tea.ResumeMsg{})
	if o.p.serving.run == nil || o.runs != 2 {
		t.Error("it does not serve after coming back")
	}
}

// A machine that slept had nobody before it: what waited is closed, and until the
// pane has noticed, nothing is given.
func TestASleepingMachineGivesNothing(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.config.LockAfter = 0
	o := s.serves(otpcore.Allow)
	a := o.account("GitHub")
	if got := o.desk.Answer(a); got != otpcore.Allow {
		t.Fatalf("awake: %q", got)
	}
	o.now = o.now.Add(sleepGap - time.Second)
	if got := o.desk.Answer(a); got != otpcore.Allow {
		t.Errorf("a busy machine: %q", got)
	}
	o.now = o.now.Add(time.Second)
	if got := o.desk.Answer(a); got != otpcore.Deny {
		t.Errorf("a short sleep: %q", got)
	}
	o.wait(time.Second)
	o.runs = 1
	one := o.asks(awsVault, "eu-root")
	o.now = o.now.Add(time.Hour)
	if got := o.desk.Answer(a); got != otpcore.Deny {
		t.Errorf("just awake: %q", got)
	}
	o.wait(time.Second).seesNot("wants")
	if o.runs != 2 || o.quit {
		t.Errorf("it began %d times, left %v", o.runs, o.quit)
	}
	one.leave()
	if got := o.desk.Answer(a); got != otpcore.Allow {
		t.Errorf("awake again: %q", got)
	}
}

// Where nothing can serve, no key says so.
func TestWithoutAnAgentNoneIsOffered(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("?").seesNot("agent").press("esc", "A").sees("Nothing here can serve other programs.")
	s.serves("").press("?").sees("A        agent")
}

func TestTheSettingCountsAtOnce(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	one := o.asks(awsVault, "eu-root")
	o.rested().press("n", "A").sees("asks for each code").press("0").sees("asks for each code").press("n").sees("off").press("esc").seesNot("agent on")
	if <-one.answer || o.p.serving.run != nil {
		t.Fatal("it still serves")
	}
	o.press("A", "y").sees("gives codes").press("esc").sees("agent on")
	if o.runs != 2 || o.desk.Answer(o.account("GitHub")) != otpcore.Allow {
		t.Errorf("it began %d times, and answers %q", o.runs, o.desk.Answer(o.account("GitHub")))
	}
}

// What a run leaves behind when it ends is no question of the next.
func TestQuestionsEndWithTheirRun(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	late := letter{state: &agent.State{Phase: agent.Waiting}, asked: []*question{{Question: agent.Question{Peer: awsVault, Accounts: drawn()[:1]}, answer: make(chan bool, 1)}}}
	before := o.p.serving.run
	o.press("A", "y", "esc").sees("agent on")
	o.send(agentNews{letter: late, run: before})
	o.seesNot("wants").sees("agent on")
}

func TestAFailureIsAMark(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.p.serving.run.tellState(agent.State{Phase: agent.Failed, Err: errors.New("/run/user/1000/otpane belongs to somebody else")})
	o.delivered().sees("! agent failed").seesNot("agent on").press("!").sees("It does not listen: /run/user/1000/otpane belongs to somebody else.")
	if o.wait(5 * time.Second); o.runs != 1 {
		t.Fatal("it tries again by itself")
	}
	if o.press("a", "esc").sees("agent on"); o.runs != 2 {
		t.Error("it was not tried again")
	}
}

// Rules are stored by the key that names them, hold at once, and also while the disk
// refuses them.
func TestRulesOnTheAgentPage(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	answer := func() otpcore.Answer { return o.desk.Answer(o.p.list.byID(o.account("eu-root").ID)) }
	if answer() != otpcore.Ask {
		t.Fatalf("by the setting: %q", answer())
	}
	for i, step := range []struct {
		keys []string
		sees string
		want otpcore.Answer
	}{
		{[]string{"j", "j", "A", "down", "y"}, "AWS prod · eu-root: codes are given.", otpcore.Allow},
		{[]string{"n"}, "AWS prod · eu-root: no codes are given.", otpcore.Deny},
		{[]string{"0"}, "no rule: ask, as this pane", otpcore.Ask},
		{[]string{"down", "y"}, "#work: codes are given.", otpcore.Allow},
		{[]string{"down", "n"}, "no rule: deny, by #aws", otpcore.Deny},
		{[]string{"up", "up", "a"}, "AWS prod · eu-root: asks first.", otpcore.Ask},
	} {
		if o.press(step.keys...).sees(step.sees); answer() != step.want {
			t.Errorf("step %d: %q, want %q", i, answer(), step.want)
		}
	}
	stored := o.p.config.Vault.TagAnswers()
	if stored["work"] != otpcore.Allow || stored["aws"] != otpcore.Deny || o.account("eu-root").Agent != otpcore.Ask {
		t.Errorf("stored: %v, %q", stored, o.account("eu-root").Agent)
	}
	o.press("0")
	o.unplug()
	o.press("down", "n", "down", "0").sees("#aws                     no rule")
	if answer() != otpcore.Deny || o.p.config.Vault.TagAnswers()["work"] != otpcore.Allow {
		t.Errorf("what the disk refused: %q here, %v there", answer(), o.p.config.Vault.TagAnswers())
	}
}

// An account that another process deletes leaves the page, and the cursor stays on it.
func TestTheAgentPageOfADeletedAccount(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	o.press("j", "j", "A", "down", "down", "down").sees("▌#aws")
	id := o.account("eu-root").ID
	if err := o.p.config.Vault.Update(func(d *vault.Draft) error { return d.Delete(id) }); err != nil {
		t.Fatal(err)
	}
	o.p.reload()
	o.sees("▌this pane").seesNot("#aws").press("n").sees("off")
}

// A status line that asks every few seconds is seen once.
func TestOnlyWhatIsNewIsSaid(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	tmux := agent.Peer{PID: 9, Program: "tmux"}
	o.gets(tmux, agent.Given, "GitHub").sees("GitHub · alice@example.com given to tmux.").wait(5 * time.Second).seesNot("given")
	for range 4 {
		o.wait(15*time.Second).gets(tmux, agent.Given, "GitHub").seesNot("given to")
	}
	o.gets(tmux, agent.Denied, "npm").sees("npm · alice-dev denied to tmux.").gets(tmux, agent.Denied, "audit").sees("npm · alice-dev denied").wait(5*time.Second).
		gets(tmux, agent.Denied, "npm").seesNot("denied")
	if use := o.p.list.use(o.account("GitHub")); use.Times != 3 { // 15:04:12, :17 to :32, :47, 15:05:02 and :17
		t.Errorf("five times the code of four periods, and %d uses", use.Times)
	}
}

// A list is looked at, also one of a single account.
func TestAListMarksNoCode(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	npm := o.account("npm")
	o.desk.Told(agent.Event{At: o.now, Peer: awsVault, Do: agent.DoList, Accounts: []otpcore.Account{npm}, Verdict: agent.Given})
	o.delivered().sees("npm · alice-dev given to aws-vault.").seesNot(grouped(npm, o.code("npm")) + "✓")
	o.gets(awsVault, agent.Given, "npm").sees(grouped(npm, o.code("npm")) + "✓")
}

// A folder is shown as a shell shows it, from its end if it is long.
func TestTheFolderOfAProgram(t *testing.T) {
	for dir, want := range map[string]string{
		"/home/alice": "x (pid 1, ~)", "/home/alice/infra": "x (pid 1, ~/infra)", "/home/alices/infra": "x (pid 1, /home/alices/infra)", "": "x (pid 1)",
		"/srv/a very long way/to/the/folder/that/counts": "x (pid 1, …/to/the/folder/that/counts)",
		"/" + strings.Repeat("x", 60):                    "x (pid 1, …/" + strings.Repeat("x", 29) + "…)",
	} {
		q := question{Question: agent.Question{Peer: agent.Peer{PID: 1, Program: "x", Dir: dir}, Accounts: drawn()[:1]}}
		if q.prepare("/home/alice"); q.who() != want {
			t.Errorf("%s: %q, want %q", dir, q.who(), want)
		}
	}
	q := question{Question: agent.Question{Peer: agent.Peer{Dir: "/home/alice"}, Accounts: drawn()[:1]}}
	if q.prepare(""); q.who() != "a program (/home/alice)" {
		t.Errorf("unknown: %q", q.who())
	}
}

// While the editor has the terminal nobody would see a question.
func TestTheEditorEndsTheAgent(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	o.p.fulfil(wantEditor{func() error { return nil }})
	if o.p.serving.run != nil {
		t.Fatal("it serves behind the editor")
	}
	if o.send(settingsChanged{edited: true}); o.runs != 2 {
		t.Error("it does not serve after the editor")
	}
}

// What comes again and again is one line, and hides nothing.
func TestACrowdIsOneLineOfTheLog(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	o.gets(awsVault, agent.Given, "eu-root")
	for range 300 {
		o.gets(agent.Peer{PID: int(o.now.Unix()), Program: "tmux"}, agent.Given, "GitHub").gets(agent.Peer{Program: "tmux"}, agent.Denied, "npm").wait(time.Second)
	}
	o.press("A").sees("15:09:11 denied  tmux             npm · alice-dev  300 times").sees("15:04:12 given   aws-vault        AWS prod · eu-root")
	if n := len(o.p.serving.log); n != 3 {
		t.Errorf("%d lines", n)
	}
	o.press("end", "up").sees("tmux (pid 1795360151) wanted GitHub · alice@example.com, 300 times.")
}

// A counter is on disk before its code goes out, and then it is seen.
func TestACounterIsDrawnForAProgram(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	router := o.account("Home router")
	want := router
	code, _, err := want.Advance()
	if err != nil {
		t.Fatal(err)
	}
	a, got, err := o.desk.Draw(context.Background(), router.ID)
	if err != nil || got != code || a.Counter != 43 || o.account("Home router").Counter != 43 {
		t.Fatalf("drew %q of count %d, %v; on disk %d", got, a.Counter, err, o.account("Home router").Counter)
	}
	o.delivered().sees("count 43").sees(grouped(router, code) + "✓")
	o.unplug()
	if _, got, err := o.desk.Draw(context.Background(), router.ID); err == nil {
		t.Errorf("drew %q that no disk has", got)
	}
}

// What comes in while nobody empties the mailbox fills no memory, and a list of the
// whole vault leaves its accounts behind.
func TestTheMailboxIsBounded(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Ask)
	var all []otpcore.Account
	for range 10_000 {
		all = append(all, o.account("GitHub"))
	}
	for i := range 5_000 {
		o.desk.Told(agent.Event{Peer: agent.Peer{Program: itoa(i)}, Do: agent.DoList, Accounts: all, Verdict: agent.Given})
		ctx, leave := context.WithCancel(context.Background())
		leave()
		o.desk.Ask(ctx, agent.Question{Peer: awsVault, Accounts: all})
	}
	letter := o.p.serving.run.mail.take()
	if len(letter.requests) != logRows || letter.requests[logRows-1].from.Program != "4999" || len(letter.asked)+len(letter.left) != 0 {
		t.Errorf("%d requests, %d questions, %d withdrawn", len(letter.requests), len(letter.asked), len(letter.left))
	}
	for range 3 {
		o.send(agentNews{letter: letter, run: o.p.serving.run})
	}
	if n := len(o.p.serving.log); n != logRows {
		t.Errorf("the log has %d rows", n)
	}
	if r := o.p.serving.log[0]; r.about != "10000 accounts" || r.id != "" {
		t.Errorf("%+v", r)
	}
}

// Whoever asks names himself, and his folder: neither does more than be read.
func TestHostileProgramsLeaveTheFrameAlone(t *testing.T) {
	for _, name := range []string{"\x1b[2J\x1b]0;owned\x07", "a\rb\nc\td", "\u202eevil\u202c", strings.Repeat("長", 300), "\x9b31m", "x) wants nothing. y give"} {
		plainly, oddly := newStory(t, drawn()...), newStory(t, drawn()...)
		for _, size := range [][2]int{{80, 24}, {60, 12}, {40, 10}, {30, 6}, {24, 3}} {
			frames := [][]string{}
			for s, from := range map[*story]agent.Peer{plainly: {PID: 1, Program: "xxx", Dir: "/x"}, oddly: {PID: 1, Program: name, Dir: "/" + name}} {
				o := s.size(size[0], size[1]).wait(time.Second).serves(otpcore.Ask)
				one := o.asks(from, "eu-root")
				frames = append(frames, strings.Split(o.p.View().Content, "\n"))
				o.sees("eu-root")
				o.rested().press("n").gets(from, agent.Refused, "eu-root").press("A")
				frames = append(frames, strings.Split(o.p.View().Content, "\n"))
				o.press("esc")
				<-one.answer
				o.p.endServing()
			}
			for _, lines := range frames {
				for _, line := range lines {
					if w := ansi.StringWidth(line); w > size[0] {
						t.Errorf("%q at %v: a line of %d columns: %q", name, size, w, line)
					}
					for _, sequence := range sequences(line) {
						if !onlyColour.MatchString(sequence) {
							t.Errorf("%q at %v sends %q", name, size, sequence)
						}
					}
				}
			}
		}
	}
}

func TestTheAgentInPlainMode(t *testing.T) {
	l := newListener(t, drawn()...)
	o := l.serves(otpcore.Ask)
	l.hears("otpane, plain mode. 12 accounts, 1 unfinished. ? lists the keys.", "1 of 12: GitHub, alice@example.com, pinned.")
	one := o.asks(awsVault, "eu-root")
	l.hears("aws-vault (pid 4711, ~/infra) wants AWS prod, eu-root. One code, once. Silence for 30 seconds means no. y give, n refuse.")
	o.rested().press("y")
	if !<-one.answer || len(o.emitted) != 0 {
		t.Errorf("it was refused, or %q was emitted", o.emitted)
	}
	o.gets(awsVault, agent.Given, "eu-root")
	l.hears("AWS prod, eu-root given to aws-vault.")
	l.wait(4 * time.Second)
	o.asks(awsVault, "audit").leave()
	o.delivered()
	l.hears("aws-vault (pid 4711, ~/infra) wants AWS prod, audit. One code, once. Silence for 30 seconds means no. y give, n refuse.", "aws-vault does not ask any more.")
	l.press("A").hears(
		"Agent, on.", "this pane, asks for each code.", "GitHub, alice@example.com, no rule: ask, as this pane.", "#dev, no rule.", "#oss, no rule.",
		"15:04:12 given, aws-vault, AWS prod, eu-root.", "Commands of yours get codes here, never keys, until it locks.", "y allow, a ask, n off, esc back.",
	).press("down").hears(
		"GitHub, alice@example.com, no rule: ask, as this pane.", "Without a rule of its own, the strictest of its tags holds.", "y allow, a ask, n deny, 0 no rule, esc back.",
	).press("n").hears("GitHub, alice@example.com, deny.", "Its own rule goes before those of its tags.", "No codes are given.")
}

// The log is read row by row; what a row has no room for is said below.
func TestTheLogOfRequests(t *testing.T) {
	for _, size := range [][2]int{{60, 12}, {30, 6}} {
		s := newStory(t, drawn()...)
		s.size(size[0], size[1])
		o := s.serves(otpcore.Ask)
		for _, verdict := range []agent.Verdict{agent.Given, agent.Refused, agent.Silence, agent.Denied, agent.Nothing, agent.Several, agent.Busy, agent.Counts, agent.Broken, agent.Gone, agent.Garbage} {
			o.gets(awsVault, verdict, "eu-root").wait(time.Second)
		}
		o.press("j", "j", "A", "end", "up", "up", "y").seesNot("codes are given")
		golden(t, fmt.Sprintf("agent-log-%dx%d", size[0], size[1]), s.screen())
	}
}

// A status line that looks every second is one row of the log, its last look, and
// leaves the rows of who got a code.
func TestALookThatRepeatsIsOneRow(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	o.gets(awsVault, agent.Given, "eu-root").gets(awsVault, agent.Given, "eu-root")
	bar := agent.Peer{Program: "otp-status"}
	for range logRows {
		o.wait(time.Second).gets(bar, agent.Given, "audit", "eu-root")
	}
	o.gets(bar, agent.Denied, "audit", "eu-root")
	log := o.p.serving.log
	if len(log) != 3 || log[0].times != 2 || log[0].from.Program != "aws-vault" || !log[1].at.Equal(o.now) || log[1].verdict != agent.Given || log[1].times != logRows || log[2].verdict != agent.Denied {
		t.Errorf("the log is %+v", log)
	}
}

// Whoever got a code cannot push that out of the log with what gets none.
func TestNobodyWashesTheLog(t *testing.T) {
	o := newStory(t, drawn()...).serves(otpcore.Allow)
	o.gets(awsVault, agent.Given, "eu-root")
	for i := range 2 * logRows {
		o.desk.Told(agent.Event{At: o.now, Peer: agent.Peer{Program: itoa(i)}, Verdict: agent.Garbage})
	}
	o.delivered()
	log := o.p.serving.log
	if len(log) != logRows || log[0].from.Program != "aws-vault" || log[logRows-1].from.Program != itoa(2*logRows-1) {
		t.Fatalf("%d rows, the oldest %+v, the newest %+v", len(log), log[0], log[len(log)-1])
	}
	for i := range 2 * logRows {
		o.gets(agent.Peer{Program: itoa(i)}, agent.Given, "npm")
	}
	if log = o.p.serving.log; len(log) != logRows || log[0].from.Program != itoa(logRows) {
		t.Errorf("%d rows, the oldest %+v", len(log), log[0])
	}
}
