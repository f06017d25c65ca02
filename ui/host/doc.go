// Package host is the machine otpane runs on: its terminal, its clipboard, its
// clock and the protection of its own process. It is the only place that starts
// other programs or reaches for the network, which AskTime alone does.
//
// It knows no accounts and no vault: text and bytes come in, text and bytes go
// out. It never puts a text it was given into an argument list, an environment
// or a file, and it never writes to a terminal that somebody else is drawing.
package host
