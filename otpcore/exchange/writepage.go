package exchange

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"otpane/otpcore"
	"otpane/otpcore/qr"
)

// WritePage writes a page to print and keep in a safe: of every account its names,
// its QR code, and its URI for the day when no camera is there. It is whole in
// itself: no script, and nothing that a browser would fetch. Keys are in the clear.
func WritePage(accounts []otpcore.Account) []byte {
	var page bytes.Buffer
	page.WriteString(pageHead)
	for _, a := range accounts {
		writeCard(&page, a)
	}
	page.WriteString("</main>\n</body>\n</html>\n")
	return page.Bytes()
}

// pageHead forbids everything but the style it brings, so that no browser
// extension or later edit can make the page talk.
const pageHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Accounts</title>
<style>
body { font: 11pt/1.4 sans-serif; margin: 2em; color: #000; background: #fff; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(15em, 1fr)); gap: 1.5em; }
section { break-inside: avoid; border: 1px solid #999; padding: 1em; }
h2 { font-size: 1.1em; margin: 0; overflow-wrap: anywhere; }
p { margin: 0 0 .5em; overflow-wrap: anywhere; }
svg { display: block; width: 12em; height: 12em; margin: .5em auto; }
code { font-size: 7pt; overflow-wrap: anywhere; }
</style>
</head>
<body>
<p>Whoever has this page can sign in with these codes. Keep it as you keep a passport.</p>
<main>
`

func writeCard(page *bytes.Buffer, a otpcore.Account) {
	uri := a.URI()
	fmt.Fprintf(page, "<section>\n<h2>%s</h2>\n<p>%s</p>\n", html.EscapeString(orElse(a.Issuer, a.Name)), html.EscapeString(cardLine(a)))
	if grid, err := qr.Encode(uri); err == nil {
		page.Write(grid.SVG())
	} else {
		page.WriteString("<p>Its key is too long for a QR code.</p>\n")
	}
	fmt.Fprintf(page, "<code>%s</code>\n</section>\n", html.EscapeString(uri))
}

// cardLine says what a person has to set by hand where it is not the usual.
func cardLine(a otpcore.Account) string {
	var parts []string
	if a.Issuer != "" && a.Name != "" {
		parts = append(parts, a.Name)
	}
	if a.Algorithm != otpcore.SHA1 {
		parts = append(parts, string(a.Algorithm))
	}
	if a.Kind != otpcore.Steam && a.Digits != otpcore.DefaultDigits {
		parts = append(parts, fmt.Sprintf("%d digits", a.Digits))
	}
	switch {
	case !a.Timed():
		parts = append(parts, fmt.Sprintf("counter %d", a.Counter))
	case a.Period != otpcore.DefaultPeriod:
		parts = append(parts, fmt.Sprintf("every %d s", a.Period))
	}
	return strings.Join(parts, " · ")
}
