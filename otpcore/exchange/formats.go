package exchange

// formats are what can be read, tried in this order: the surest marks first,
// texts that look like many things last. docs/formats.md is made from them.
func formats() []format {
	return []format{
		ownJSON,
		aegis,
		twoFAS,
		bitwarden,
		enteEncrypted, enteJSON,
		protonAuthenticator,
		list,
	}
}
