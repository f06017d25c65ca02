package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	secretservice "github.com/zalando/go-keyring/secret_service"
)

// keyringReady looks whether the keyring can be asked without starting or raising
// anything. Without a session bus the library would start one of its own, for this
// process alone; with a locked keyring it would raise a window and wait for it.
func keyringReady() error {
	if !sessionBus() {
		return ErrNoKeyring
	}
	service, err := secretservice.NewSecretService()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	locked, err := service.GetLoginCollection().GetProperty("org.freedesktop.Secret.Collection.Locked")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	if is, known := locked.Value().(bool); !known || is {
		return ErrKeyringLocked
	}
	return nil
}

// sessionBus looks where the library does, before it starts a bus.
func sessionBus() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address != "autolaunch:"
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join("/run/user", strconv.Itoa(os.Getuid()), name)); err == nil {
			return true
		}
	}
	return false
}
