package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "version",
		Short:       "Print the version",
		Example:     "  otpane version\n  otpane --version",
		Args:        noArguments,
		Annotations: withoutVault,
		RunE:        func(*cobra.Command, []string) error { return p.print(version() + "\n") },
	}
}

// version is what the build recorded about itself: the module's version, or the
// commit it was built from.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("otpane %s (%s, %s/%s)", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
