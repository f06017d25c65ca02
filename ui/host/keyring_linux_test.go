package host

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// TestNoKeyring: without a session bus, or with one that is gone, there is none, and
// no bus is started to look for it.
func TestNoKeyring(t *testing.T) {
	folder := t.TempDir()
	launched := filepath.Join(folder, "launched")
	if err := os.WriteFile(filepath.Join(folder, "dbus-launch"), []byte("#!/bin/sh\n>"+launched+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	for _, address := range []string{"autolaunch:", "unix:path=" + filepath.Join(folder, "gone")} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		if _, err := (Keyring{}).Read(context.Background(), "x"); !errors.Is(err, ErrNoKeyring) {
			t.Errorf("%s: %v", address, err)
		}
		if err := (Keyring{}).Write(context.Background(), "x", "y"); !errors.Is(err, ErrNoKeyring) {
			t.Errorf("%s, writing: %v", address, err)
		}
	}
	if _, err := os.Stat(launched); err == nil {
		t.Error("a bus was started")
	}
}

// TestKeyringThatNeverAnswers is given up, and so is one that was interrupted.
func TestKeyringThatNeverAnswers(t *testing.T) {
	folder := shortDir(t)
	listener, err := net.Listen("unix", filepath.Join(folder, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(folder, "bus"))
	if _, err := (Keyring{}).Read(context.Background(), "x"); !errors.Is(err, ErrKeyringSilent) {
		t.Errorf("a bus that says nothing: %v", err)
	}

	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		forever := func() (string, error) { <-release; return "", nil }
		began := time.Now()
		if _, err := answered(t.Context(), keyringGlance, forever); !errors.Is(err, ErrKeyringSilent) || time.Since(began) != keyringGlance {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := answered(ctx, keyringWait, forever); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
		close(release)
	})
}
