package host

// Exec returns ErrNoExec: Windows starts processes, it does not replace them.
func Exec([]byte, ...string) error { return ErrNoExec }

// Inherited returns nil: nothing is ever handed on here.
func Inherited() ([]byte, error) { return nil, nil }
