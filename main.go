// Command otpane is an authenticator that lives in a terminal pane.
package main

import (
	"context"
	"os"
	"time"

	"otpane/ui/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), cli.Env{
		Program: os.Args[0], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Now: time.Now,
	}, os.Args[1:]))
}
