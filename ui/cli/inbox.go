package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adrg/xdg"

	"otpane/ui/host"
)

// inbox is the setting of that name: the folder whose new pictures are offered, or
// one of two words.
type inbox string

const (
	inboxAsks = "ask" // nobody has said yes or no
	inboxOff  = "off"
)

func (i *inbox) UnmarshalText(text []byte) error {
	folder := string(text)
	if folder == "" {
		folder = inboxOff
	}
	if folder != inboxAsks && folder != inboxOff && !strings.HasPrefix(folder, "~") && !filepath.IsAbs(folder) {
		return fmt.Errorf("%q is not a folder in full", folder)
	}
	*i = inbox(folder)
	return nil
}

// folder is what is watched; "" is none.
func (i inbox) folder() string {
	if i == inboxAsks || i == inboxOff {
		return ""
	}
	return string(i)
}

func (i inbox) words() string {
	if i == inboxAsks {
		return "asks after a first screenshot"
	}
	return string(i)
}

// screenshots is where this system puts them, as people write it.
func screenshots() string {
	home, _ := os.UserHomeDir()
	return tilde(home, filepath.Join(xdg.UserDirs.Pictures, "Screenshots"))
}

// watch saves the folder that the pane watches from now on.
func (p *preferences) watch(folder string) error {
	if folder == "" {
		folder = inboxOff
	}
	return p.change([]string{"inbox"}, func(settings) string { return strconv.Quote(folder) })
}

// watch waits for pictures that come into a folder.
func watch(ctx context.Context, folder string) (next func() (string, error), err error) {
	arrivals, err := host.Watch(ctx, expandHome(folder))
	if err != nil {
		return nil, err
	}
	return arrivals.Next, nil
}
