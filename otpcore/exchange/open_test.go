package exchange

import (
	"errors"
	"testing"

	"otpane/otpcore/qr"
)

func pictureOf(t *testing.T, text string) []byte {
	t.Helper()
	grid, err := qr.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := grid.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestOpenTakesAPictureAnExportAndAnArchiveOfPictures(t *testing.T) {
	uris, left := WriteMigration(thousands(25))
	if len(uris) < 3 || len(left) > 0 {
		t.Fatalf("%d parts, %d left out", len(uris), len(left))
	}
	files := map[string][]byte{
		"shots/a.png": pictureOf(t, uris[2]), "shots/b.png": pictureOf(t, uris[0]), "shots/c.png": pictureOf(t, "https://example.com"), "shots/readme": []byte("hello"),
	}
	archive := func(names ...string) []byte {
		var members []string
		for _, name := range names {
			members = append(members, name, string(files[name]))
		}
		return []byte(zipOf(members...))
	}
	got, err := Open(t.Context(), archive("shots/a.png", "shots/b.png", "shots/c.png", "shots/readme"), Options{})
	if err != nil || len(got.Accounts) == 0 || len(got.Missing) != 1 || got.Missing[0] != 2 || got.Texts != nil {
		t.Fatalf("archive: %v, %d accounts, missing %v", err, len(got.Accounts), got.Missing)
	}
	if len(got.Skipped) != 1 || got.Skipped[0].Where != "c.png, the QR code" {
		t.Errorf("skipped: %v", got.Skipped)
	}
	got, err = Open(t.Context(), files["shots/b.png"], Options{})
	if err != nil || len(got.Accounts) == 0 || len(got.Texts) != 1 {
		t.Errorf("picture: %v, %d accounts", err, len(got.Accounts))
	}
	got, err = Open(t.Context(), []byte(acmeURI), Options{})
	if err != nil || len(got.Accounts) != 1 || got.Texts != nil {
		t.Errorf("list: %v", err)
	}
	// A page of our own begins with the drawing of a code.
	got, err = Open(t.Context(), WritePage(thousands(1)), Options{})
	if err != nil || len(got.Accounts) != 1 {
		t.Errorf("page: %v", err)
	}
	_, err = Open(t.Context(), archive("shots/c.png"), Options{})
	if !errors.Is(err, ErrNothing) {
		t.Errorf("no account in any picture: %v", err)
	}
}
