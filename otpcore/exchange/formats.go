package exchange

// formats are what can be read, tried in this order: the surest marks first,
// texts that look like many things last. docs/formats.md is made from them.
var formats []format

// An archive's reader looks its members up in the table that it stands in; only
// init may close such a circle.
func init() {
	formats = []format{
		onePassword, protonPass, protonPassPGP, zipped,
		sqlite, keePassDatabase, otpClientDatabase, keychain, pgp,
		vaultFile, age,
		freeOTP2, gauthEncrypted,

		ownJSON, aegis, twoFAS, freeOTPPlus, enteEncrypted, stratum, bitwarden, enteJSON,
		protonAuthenticator, cotp, twoFAuth, lastPass, steam,
		duo, raivo, andOTP, authyDebug, totpCLI, extension,

		authy, battleNet, totpAuthenticator, freeOTP1, keePassXML, winAuthDatabase, page,
		table, rsc2FA, gauth, list,
		andOTPNew,
	}
}
