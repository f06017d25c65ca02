//go:build !linux

package host

// keyringReady: the system's own calls say what is wrong.
func keyringReady() error { return nil }
