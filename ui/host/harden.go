package host

import "os"

// Harden shuts the process against curious programs of the same user: no
// debugger, no core dump, no library that logs what is typed. It must be the
// first thing main does, in every image, because an exec undoes the first part.
//
// What a system does not offer is silently not done: refusing to start over it
// would lock a person out of their codes and protect nobody.
func Harden() {
	forgetLogging()
	forbidInspection()
}

// forgetLogging unsets the switches that make a library write a log: Bubble Tea's
// input and frames (passphrases among them) and its panics, ultraviolet's events,
// age's talk with plugins. Whoever can set a variable in a shell profile would
// read along, so they have no effect here.
func forgetLogging() {
	for _, name := range []string{"TEA_TRACE", "TEA_DEBUG", "UV_DEBUG", "AGEDEBUG"} {
		_ = os.Unsetenv(name) // fails only for a malformed name
	}
}

// Hardened reports whether the process is as Harden leaves it; known is false where
// the system does not say.
func Hardened() (yes, known bool) { return hardened() }
