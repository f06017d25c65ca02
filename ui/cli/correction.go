package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"otpane/otpcore"
)

// mentionCorrection says that codes are not those of this machine's clock.
func (p *program) mentionCorrection(entries ...entry) {
	by := map[time.Duration]bool{}
	corrected := 0
	for _, e := range entries {
		if e.Correction != 0 {
			by[time.Duration(e.Correction)*time.Second] = true
			corrected++
		}
	}
	switch {
	case len(entries) == 1 && corrected == 1:
		p.say("The clock is corrected by %s for this code; `otpane clock` tells more.", signed(time.Duration(entries[0].Correction)*time.Second))
	case corrected > 0 && len(by) == 1:
		for c := range by {
			p.say("The clock is corrected by %s for %s; `otpane clock` tells more.", signed(c), count(corrected, "code", "codes"))
		}
	case corrected > 0:
		p.say("The clock is corrected for %d codes; `otpane clock` tells more.", corrected)
	}
}

// signed writes a correction: "+94 s", "−94 s", and beyond an hour "+1h30m0s".
func signed(d time.Duration) string {
	sign := "+"
	if d < 0 {
		sign = "−"
	}
	return sign + length(d)
}

// length writes a length of time in seconds as long as they say something.
func length(d time.Duration) string {
	switch d = d.Abs(); {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond)/time.Millisecond)
	case d < 10*time.Second && d%time.Second != 0:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d s", d.Round(time.Second)/time.Second)
	case d < 48*time.Hour:
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%d days", d.Round(24*time.Hour)/(24*time.Hour))
}

// correction is the value of --set: "94", "-94s", "1m34s", "−94 s" as it is shown.
type correction struct {
	time.Duration
	given bool
}

func (c *correction) Set(text string) error {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "−", "-"), " ", "")
	if _, err := strconv.Atoi(text); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err == nil {
		err = otpcore.ValidCorrection(d)
	}
	c.Duration, c.given = d, true
	return err
}

func (c *correction) String() string { return "" }
func (c *correction) Type() string   { return "seconds" }
