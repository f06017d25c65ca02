//go:build unix

package cli_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// site is what otpane's users register at: a page with a QR code and a key, a
// field for the code, and recovery codes for whoever types the right one. It knows
// nothing of otpane: the code is computed here, after RFC 6238.
type site struct {
	t   *testing.T
	web *httptest.Server

	sync.Mutex
	key        []byte
	registered bool
	taken      map[int64]bool // periods whose code was used: each once
}

const (
	siteName = "Example Site"
	siteUser = "bob@example.org"
)

var siteCodes = []string{"8fk2-91xq", "7d0a-44ce", "b1e9-02dd", "93ab-c1f0"}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, key: make([]byte, 20), taken: map[int64]bool{}}
	_, _ = rand.Read(s.key)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /register", s.page)
	mux.HandleFunc("POST /confirm", s.confirm)
	s.web = httptest.NewServer(mux)
	t.Cleanup(s.web.Close)
	return s
}

// page is the enrolment page: the picture in a data: URL, the key for typing in
// groups of four and lower case.
func (s *site) page(w http.ResponseWriter, _ *http.Request) {
	key := base32.StdEncoding.EncodeToString(s.key)
	var groups []string
	for i := 0; i < len(key); i += 4 {
		groups = append(groups, strings.ToLower(key[i:i+4]))
	}
	uri := "otpauth://totp/" + url.PathEscape(siteName+":"+siteUser) + "?" + url.Values{"secret": {key}, "issuer": {siteName}}.Encode()
	fmt.Fprintf(w, `<h1>Two-step verification</h1><p>Registration is not complete until you have typed the code.</p>
<img alt="QR code" src="data:image/png;base64,%s"><p>Or type this key: <code>%s</code></p>`,
		base64.StdEncoding.EncodeToString(s.picture(strings.ReplaceAll(uri, "+", "%20"))), html.EscapeString(strings.Join(groups, " ")))
}

// picture is drawn by another program's encoder than otpane's.
func (s *site) picture(text string) []byte {
	matrix, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 300, 300, nil)
	if err != nil {
		s.t.Error(err)
		return nil
	}
	var out bytes.Buffer
	if err := png.Encode(&out, matrix); err != nil {
		s.t.Error(err)
	}
	return out.Bytes()
}

// confirm takes a code of this period or a neighbour, and no code twice.
func (s *site) confirm(w http.ResponseWriter, r *http.Request) {
	s.Lock()
	defer s.Unlock()
	period := time.Now().Unix() / 30
	for _, at := range []int64{period, period - 1, period + 1} {
		if r.FormValue("code") != s.code(at) || s.taken[at] {
			continue
		}
		s.taken[at], s.registered = true, true
		fmt.Fprintf(w, "<h1>Registered</h1><p>Keep these recovery codes, each works once:</p><pre>\n")
		for i, code := range siteCodes {
			fmt.Fprintf(w, "%d. %s\n", i+1, code)
		}
		fmt.Fprint(w, "</pre>")
		return
	}
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprint(w, "That code is not right.")
}

// code is RFC 6238 over RFC 4226, written down once more.
func (s *site) code(period int64) string {
	mac := hmac.New(sha1.New, s.key)
	_ = binary.Write(mac, binary.BigEndian, period)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1000000)
}

// The user's side of it, in a browser.

// visit returns the picture, its data: URL, and the key as printed.
func (s *site) visit() (picture []byte, dataURL, key string) {
	s.t.Helper()
	response, err := http.Get(s.web.URL + "/register")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	found := regexp.MustCompile(`src="(data:image/png;base64,([^"]*))".*<code>([^<]*)</code>`).FindSubmatch(body)
	if found == nil {
		s.t.Fatalf("the page shows neither picture nor key: %.200s", body)
	}
	if picture, err = base64.StdEncoding.DecodeString(string(found[2])); err != nil {
		s.t.Fatal(err)
	}
	return picture, string(found[1]), string(found[3])
}

// submit types a code into the page and returns what it answers.
func (s *site) submit(code string) (page string, accepted bool) {
	s.t.Helper()
	response, err := http.PostForm(s.web.URL+"/confirm", url.Values{"code": {code}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body), response.StatusCode == http.StatusOK
}

func (s *site) complete() bool {
	s.Lock()
	defer s.Unlock()
	return s.registered
}
