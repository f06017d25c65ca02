package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// inward says which of our packages each package may import. Arrows point from
// the machine and the screen towards what an account is, never back.
var inward = map[string][]string{
	"otpane":                  {"otpane/ui/cli"},
	"otpane/ui/cli":           {"otpane/ui", "otpane/ui/agent", "otpane/ui/host", "otpane/ui/loading", "otpane/vault", "otpane/otpcore", "otpane/otpcore/exchange", "otpane/otpcore/qr"},
	"otpane/ui":               {"otpane/ui/agent", "otpane/vault", "otpane/otpcore", "otpane/otpcore/exchange", "otpane/otpcore/qr"},
	"otpane/ui/agent":         {"otpane/otpcore"},
	"otpane/ui/host":          {},
	"otpane/ui/loading":       {},
	"otpane/vault":            {"otpane/otpcore"},
	"otpane/otpcore":          {},
	"otpane/otpcore/exchange": {"otpane/otpcore", "otpane/otpcore/qr"},
	"otpane/otpcore/qr":       {"otpane/otpcore/qr/..."},
	"otpane/otpcore/qr/...":   {"otpane/otpcore/qr/..."},
}

// lodgers says which packages may house a dependency: one, behind a type of
// ours, unless a reason stands beside it. The standard library's process and
// network packages are lodgers too.
var lodgers = map[string][]string{
	"charm.land/bubbletea/v2":               {"otpane/ui", "otpane/ui/cli"},
	"charm.land/bubbles/v2":                 {"otpane/ui", "otpane/ui/cli"},
	"charm.land/lipgloss/v2":                {"otpane/ui", "otpane/ui/cli"},
	"github.com/charmbracelet/x/ansi":       {"otpane/ui", "otpane/ui/cli"}, // width of a text, as the renderer counts it
	"github.com/charmbracelet/colorprofile": {"otpane/ui"},
	"github.com/rivo/uniseg":                {"otpane/ui", "otpane/otpcore"}, // clusters: cutting to draw, and cutting to store
	"github.com/pquerna/otp":                {"otpane/otpcore"},
	"github.com/sahilm/fuzzy":               {"otpane/otpcore"},
	"golang.org/x/text":                     {"otpane/otpcore", "otpane/otpcore/qr"}, // normal forms; the charsets of QR codes
	"github.com/makiuchi-d/gozxing":         {"otpane/otpcore/qr", "otpane/otpcore/qr/..."},
	"golang.org/x/image":                    {"otpane/otpcore/qr"},
	"google.golang.org/protobuf":            {"otpane/otpcore/exchange"},
	"filippo.io/age":                        {"otpane/vault"},
	"golang.org/x/crypto":                   {"otpane/vault", "otpane/otpcore/exchange"}, // SSH keys as identities; what opens other programs' encrypted exports
	"github.com/spf13/pflag":                {"otpane/ui/cli"},
	"github.com/gofrs/flock":                {"otpane/vault", "otpane/ui/host"}, // one change at a time; one agent at a time
	"github.com/fsnotify/fsnotify":          {"otpane/ui/host"},
	"golang.org/x/sys":                      {"otpane/ui/host", "otpane/vault"}, // hardening and terminals; what a file system promises
	"golang.org/x/term":                     {"otpane/ui/host"},
	"github.com/beevik/ntp":                 {"otpane/ui/host"},
	"github.com/zalando/go-keyring":         {"otpane/ui/host"},
	"github.com/spf13/cobra":                {"otpane/ui/cli"},
	"github.com/BurntSushi/toml":            {"otpane/ui/cli"},
	"github.com/adrg/xdg":                   {"otpane/ui/cli"},
	"os/exec":                               {"otpane/ui/host"},
	"net":                                   {"otpane/ui/host"}, // and what lies below it
	"net/http":                              {},
	"crypto/tls":                            {},
}

// unconnected are the packages below net that open no connection: they only
// read texts.
var unconnected = []string{"net/url", "net/netip"}

func TestImportsPointInward(t *testing.T) {
	seen := 0
	for file, imports := range sources(t) {
		from := room(path.Join("otpane", path.Dir(file)))
		for _, imported := range imports {
			if imported != "otpane" && !strings.HasPrefix(imported, "otpane/") {
				continue
			}
			seen++
			if !slices.Contains(inward[from], room(imported)) && !slices.Contains(inward[from], imported) {
				t.Errorf("%s imports %s: %s may import only %v", file, imported, from, inward[from])
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d imports of our own packages were seen", seen)
	}
}

func TestLodgersStayAtHome(t *testing.T) {
	used := map[string]bool{}
	for file, imports := range sources(t) {
		from := room(path.Join("otpane", path.Dir(file)))
		for _, imported := range imports {
			lodger := lodgerOf(imported)
			if lodger == "" {
				if strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
					t.Errorf("%s imports %s, which has no home in the table", file, imported)
				}
				continue
			}
			used[lodger] = true
			if !slices.Contains(lodgers[lodger], from) {
				t.Errorf("%s imports %s, whose home is %v", file, imported, lodgers[lodger])
			}
		}
	}
	for _, lodger := range slices.Sorted(maps.Keys(lodgers)) {
		if len(lodgers[lodger]) > 0 && !used[lodger] && strings.Contains(lodger, ".") {
			t.Errorf("%s has a home and does not live there", lodger)
		}
	}
}

// room folds the sub-packages of otpcore/qr into one.
func room(pkg string) string {
	if strings.HasPrefix(pkg, "otpane/otpcore/qr/") {
		return "otpane/otpcore/qr/..."
	}
	return pkg
}

// lodgerOf is the table's nearest entry for an imported package, or "".
func lodgerOf(imported string) (nearest string) {
	if slices.Contains(unconnected, imported) {
		return ""
	}
	for lodger := range lodgers {
		if (imported == lodger || strings.HasPrefix(imported, lodger+"/")) && len(lodger) > len(nearest) {
			nearest = lodger
		}
	}
	return nearest
}

func TestNearestEntryCounts(t *testing.T) {
	for imported, want := range map[string]string{
		"net": "net", "net/smtp": "net", "net/http/httptest": "net/http", "net/url": "", "net/netip": "", "network": "",
		"crypto/tls": "crypto/tls", "crypto/sha256": "", "os/exec": "os/exec", "filippo.io/age/agessh": "filippo.io/age",
	} {
		if got := lodgerOf(imported); got != want {
			t.Errorf("%s is an entry of %q, want %q", imported, got, want)
		}
	}
}

// sources are the imports of every Go file that is built, by its path. Tests
// may bring their own tools.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "testdata" {
			return fs.SkipDir // the go command does not look there either
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[filepath.ToSlash(file)] = append(found[filepath.ToSlash(file)], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
