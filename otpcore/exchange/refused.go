package exchange

import "strings"

// What is known and not read, each with what to do instead: their encryption is
// bound to a machine, or their reader would be larger than all of this package.
var (
	keePassDatabase = format{
		name: "KeePass database",
		recognises: func(f *file) bool {
			return f.begins("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", "\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5")
		},
		refused: &RefusedError{Reason: "its encryption is not opened here", Advice: "In KeePassXC choose Database › Export › XML or CSV, in KeePass 2 File › Export › KeePass XML, and import that file."},
	}
	sqlite = format{
		name:       "SQLite database",
		recognises: func(f *file) bool { return f.begins("SQLite format 3\x00") },
		refused:    &RefusedError{Reason: "databases of phone apps are not read", Advice: "Export from the app itself: Google Authenticator has Transfer accounts, Stratum a backup. Authenticator Plus: Export as text."},
	}
	winAuthDatabase = format{
		name:       "WinAuth's own file",
		recognises: func(f *file) bool { return f.isXML("WinAuth") },
		refused:    &RefusedError{Reason: "its keys are bound to Windows", Advice: "In WinAuth choose Export in the menu of the gear, and import the text or ZIP file that it writes."},
	}
	otpClientDatabase = format{
		name:       "OTPClient's database",
		recognises: func(f *file) bool { return f.begins("OTPClient") },
		refused:    &RefusedError{Reason: "its encryption is not opened here", Advice: "In OTPClient choose Export, as Aegis or FreeOTPPlus, and import that file."},
	}
	pgp = format{
		name: "PGP file",
		recognises: func(f *file) bool {
			return strings.HasPrefix(strings.TrimSpace(f.head()), "-----BEGIN PGP MESSAGE-----")
		},
		refused: &RefusedError{Reason: "it is not opened here", Advice: "Decrypt it first, with gpg -d FILE, and import what that gives."},
	}
	keychain = format{
		name:       "macOS keychain",
		recognises: func(f *file) bool { return f.begins("kych\x00") },
		refused:    &RefusedError{Reason: "keychains are not read", Advice: "OTP Manager has no export: scan each site's code again, or copy each key by hand with a."},
	}
)
