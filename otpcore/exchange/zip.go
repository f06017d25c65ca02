package exchange

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"otpane/otpcore"
	"otpane/otpcore/qr"
)

// A zip is recognised by what is in it. What is not one of the two below is
// opened, and every member read by its own content: WinAuth and Raivo encrypt
// theirs.
var (
	onePassword = format{
		name: "1Password", file: "1PUX", export: "File › Export, as 1PUX",
		recognises: func(f *file) bool { return f.member("export.data") != nil },
		read:       readOnePassword,
	}
	protonPass = format{
		name: "Proton Pass", file: "ZIP, CSV", export: "Settings › Export, not PGP-encrypted",
		recognises: func(f *file) bool { return f.member("Proton Pass/data.json") != nil },
		read:       readProtonPass,
	}
	protonPassPGP = format{
		name:       "Proton Pass",
		recognises: func(f *file) bool { return f.member("Proton Pass/data.pgp") != nil },
		refused:    &RefusedError{Reason: "an export that PGP encrypts", Advice: "Export again without a passphrase, or decrypt it with gpg first."},
	}
	zipped = format{
		name: "ZIP archive", file: "ZIP of any of these, plain or encrypted (WinAuth, Raivo)",
		recognises: func(f *file) bool { return f.begins("PK\x03\x04", "PK\x05\x06") },
		read:       readZip,
	}
)

const (
	maxMember   = 64 << 20  // bytes of one member, unpacked
	maxUnpacked = 256 << 20 // bytes of all members
	maxFiles    = 10_000
)

// Member is a file in an archive.
type Member struct {
	Name string // as the archive says, clean; never a path to write to
	Data []byte
}

// ErrPictures means an archive of pictures: Unzip unpacks it, and their QR codes
// go to ReadTexts.
var ErrPictures = errors.New("an archive of pictures")

// Unzip unpacks an archive, encrypted ones with the passphrase of opts, but for
// folders and for files of more than 64 MiB. It fails as Read does, and where all
// of it is more than 256 MiB.
func Unzip(ctx context.Context, data []byte, opts Options) ([]Member, error) {
	r := &reader{ctx: ctx, opts: opts}
	archive, err := newFile(data).archive()
	if err != nil {
		return nil, err
	}
	var members []Member
	for _, m := range smallFiles(archive) {
		content, err := r.unpack(m)
		if err != nil {
			return nil, err
		}
		members = append(members, Member{Name: otpcore.Clean(m.Name), Data: content})
	}
	return members, nil
}

// archive opens the directory of a zip, once. Every member costs some hundred
// bytes there, and forty in the file: they are counted first.
func (f *file) archive() (*zip.Reader, error) {
	if f.zip == nil && f.zipError == nil {
		f.zip, f.zipError = openArchive(f.data)
	}
	return f.zip, f.zipError
}

func openArchive(data []byte) (*zip.Reader, error) {
	if bytes.Count(data, []byte("PK\x01\x02")) > maxFiles {
		return nil, &failure{"the archive has too many files", ErrDamaged}
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are never used as paths
		return nil, ErrDamaged
	}
	return archive, nil
}

// member is the one of that name, or nil.
func (f *file) member(name string) *zip.File {
	if !f.begins("PK\x03\x04") {
		return nil
	}
	archive, err := f.archive()
	if err != nil {
		return nil
	}
	for _, m := range archive.File {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// readZip reads the members that are exports. HTML comes last, and only if there
// is nothing else: Raivo puts the same accounts into both.
func readZip(r *reader, f *file) error {
	archive, err := f.archive()
	if err != nil {
		return err
	}
	members := smallFiles(archive)
	slices.SortStableFunc(members, func(a, b *zip.File) int { return isPage(a) - isPage(b) })
	var failed error
	known, pictures := 0, 0
	for _, m := range members {
		if known > 0 && isPage(m) == 1 {
			continue
		}
		content, err := r.unpack(m)
		if err != nil {
			return err
		}
		if qr.IsPicture(content) {
			pictures++
			continue
		}
		inner := newFile(content)
		if recognise(inner, Options{}) == nil {
			continue
		}
		switch err := r.readMember(m.Name, inner); {
		case err == nil:
			known++
		case r.ctx.Err() != nil || errors.Is(err, ErrPassphraseNeeded) || errors.Is(err, ErrPassphrase):
			return err
		default: // its neighbours may still be good
			r.skip(otpcore.Clean(path.Base(m.Name)), err.Error())
			failed = cmp.Or(failed, err)
		}
	}
	switch {
	case known > 0:
		return nil
	case failed != nil:
		return failed
	case pictures > 0:
		return ErrPictures
	}
	return ErrUnknown
}

func (r *reader) readMember(name string, inner *file) error {
	before := r.prefix
	r.prefix += otpcore.Clean(path.Base(name)) + ", "
	defer func() { r.prefix = before }()
	return r.read(inner)
}

// smallFiles are the members that could be an export.
func smallFiles(archive *zip.Reader) []*zip.File {
	return slices.DeleteFunc(slices.Clone(archive.File), func(m *zip.File) bool {
		return m.FileInfo().IsDir() || m.UncompressedSize64 > maxMember
	})
}

func isPage(m *zip.File) int {
	if strings.HasSuffix(strings.ToLower(m.Name), ".html") {
		return 1
	}
	return 0
}

// unpack gives the bytes of a member. The size that it claims is checked first,
// and the size that it has while it is unpacked.
func (r *reader) unpack(m *zip.File) ([]byte, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if m.UncompressedSize64 > maxMember {
		return nil, tooLarge(m)
	}
	packed, method, err := r.openMember(m)
	if err != nil {
		return nil, err
	}
	content, err := inflate(packed, method)
	r.unpacked += len(content)
	switch {
	case errors.Is(err, errTooLarge) || r.unpacked > maxUnpacked:
		return nil, tooLarge(m)
	case err != nil && m.Flags&1 != 0:
		return nil, ErrPassphrase // ZipCrypto lets one wrong passphrase in 256 through
	case err != nil:
		return nil, ErrDamaged
	}
	return content, checkMember(m, content)
}

func tooLarge(m *zip.File) error {
	return &failure{fmt.Sprintf("the archive's %q is too large", otpcore.Clean(path.Base(m.Name))), ErrDamaged}
}

var errTooLarge = errors.New("too large")

func inflate(packed []byte, method uint16) ([]byte, error) {
	switch method {
	case zip.Store:
		return packed, nil
	case zip.Deflate:
		content, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxMember+1))
		if err == nil && len(content) > maxMember {
			err = errTooLarge
		}
		return content, err
	}
	return nil, ErrDamaged
}
