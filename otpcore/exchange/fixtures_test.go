package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"otpane/otpcore"
)

// fixture is a file that we made as some program would.
type fixture struct {
	name   string // the row of the table that reads it, and what is special
	data   string
	sealed bool   // under the passphrase of all fixtures
	want   string // full, of the batch
}

// full is a batch with everything in it.
func full(b otpcore.Batch) string {
	var parts []string
	for _, a := range b.Accounts {
		part := fmt.Sprintf("%s %s %x %s/%d/%d/%d", a.Kind, a.Label(), a.Secret.Reveal(), a.Algorithm, a.Digits, a.Period, a.Counter)
		if len(a.Tags) > 0 {
			part += fmt.Sprintf(" tags %q", a.Tags)
		}
		if a.Note != "" {
			part += fmt.Sprintf(" note %q", a.Note)
		}
		if a.Pinned {
			part += " pinned"
		}
		parts = append(parts, part)
	}
	for _, s := range b.Skipped {
		parts = append(parts, s.Where+": "+s.Reason)
	}
	for _, n := range b.Notes {
		parts = append(parts, fmt.Sprintf("note on %d: %s", n.Index, n.Text))
	}
	return strings.Join(parts, "\n")
}

const (
	bobKey      = "JBSWY3DPEHPK3PXP" // "Hello!" and deadbeef
	bobTOTP     = "totp Acme · bob 48656c6c6f21deadbeef SHA1/6/30/0"
	bobHOTP     = "hotp Acme · bob 48656c6c6f21deadbeef SHA256/8/0/9007199254740993"
	bobSteam    = "steam Steam · bob 48656c6c6f21deadbeef SHA1/5/30/0"
	acmeURI     = "otpauth://totp/Acme:bob?secret=" + bobKey + "&issuer=Acme"
	aegisBody   = `{"version":3,"entries":[` + aegisBob + `],"groups":[{"uuid":"g","name":"Work"},7]}`
	aegisBob    = `{"type":"totp","uuid":"u","name":"bob","issuer":"Acme","note":"n","favorite":true,"icon":null,"info":{"secret":"` + bobKey + `","algo":"SHA1","digits":6,"period":30},"groups":["g","h"]}`
	bobService  = `{"name":"Acme","secret":"` + bobKey + `","groupId":"g","otp":{"account":"bob","digits":6,"period":30,"algorithm":"SHA1","tokenType":"TOTP"}}`
	bobItem     = `{"type":1,"name":"Acme","folderId":"F","notes":"n","favorite":true,"login":{"username":"bob","totp":"` + bobKey + `"}}`
	bobStratum  = `{"Type":2,"Issuer":"Acme","Username":"bob","Secret":"` + bobKey + `","Algorithm":0,"Digits":6,"Period":30,"Counter":0}`
	bobAndOTP   = `{"secret":"` + bobKey + `==","issuer":"Acme","label":"bob","digits":6,"type":"TOTP","algorithm":"SHA1","period":30,"tags":["Work"]}`
	bobElement  = `{"secret":"` + bobKey + `","issuer":"Acme","label":"bob","digits":6,"type":"TOTP","algorithm":"SHA1","period":30,"counter":null,"pin":null}`
	bobProton   = `{"version":1,"entries":[{"id":"1","content":{"uri":"` + acmeURI + `","entry_type":"Totp","name":"bob"},"note":"n"},{"id":"2","content":{"uri":"steam://` + bobKey + `","entry_type":"Steam","name":"bob"},"note":null}]}`
	bobBytes    = `[72,101,108,108,111,33,-34,-83,-66,-17]`
	bobRaivo    = `[{"kind":"TOTP","issuer":"Acme","account":"bob","secret":"` + bobKey + `","algorithm":"SHA1","digits":"6","timer":"30","counter":"0","pinned":"true"},{"kind":"HOTP","issuer":"Acme","account":"bob","secret":"` + bobKey + `","algorithm":"SHA256","digits":"8","timer":"0","counter":"9007199254740993"}]`
	preferences = "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n%s</map>\n"
	keePassFile = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><KeePassFile><Meta><RecycleBinUUID>YmluYmluYmluYmlu</RecycleBinUUID></Meta><Root><Group><UUID>cm9v</UUID><Name>Database</Name>%s</Group></Root></KeePassFile>`
)

func keePassEntryOf(title, user string, fields ...string) string {
	out := `<Entry><String><Key>Title</Key><Value>` + title + `</Value></String><String><Key>UserName</Key><Value>` + user + `</Value></String>`
	for i := 0; i < len(fields); i += 2 {
		out += `<String><Key>` + fields[i] + `</Key><Value ProtectInMemory="True">` + fields[i+1] + `</Value></String>`
	}
	return out + `<History><Entry><String><Key>otp</Key><Value>AAAAAAAA</Value></String></Entry></History></Entry>`
}

// fixtures has at least one file for every row of the table that reads anything.
var fixtures = sync.OnceValue(func() []fixture {
	aegisSealed, err := WriteAegisEncrypted([]otpcore.Account{totp("Acme", "bob")}, []byte(sealed))
	if err != nil {
		panic(err)
	}
	encrypted, salt := authyOf(bobKey)
	return []fixture{
		{"otpauth list", acmeURI, false, bobTOTP},
		{"otpauth list, gopass", "secret\n---\nuser: bob\notpauth: //totp/Acme:bob?secret=" + bobKey + "\n", false, bobTOTP + "\nlines 1 to 3: no otpauth URIs"},
		{"otpauth list, gopass with a key", "secret\ntotp: " + bobKey + "\n", false, "totp unnamed 48656c6c6f21deadbeef SHA1/6/30/0\nline 1: not an otpauth URI"},

		{"Aegis", `{"db":` + aegisBody + `,"header":{"params":null,"slots":null},"version":1}`, false, bobTOTP + ` tags ["Work"] note "n" pinned`},
		{"Aegis, version 2, odd entries", `{"version":1,"header":{"slots":null,"params":null},"db":{"version":2,"entries":[
			{"type":"hotp","name":"Acme:bob","issuer":"Acme","group":"Old","info":{"secret":"` + bobKey + `","algo":"SHA256","digits":8,"counter":9007199254740993}},
			{"type":"steam","name":"bob","issuer":"Steam","info":{"secret":"` + bobKey + `","algo":"SHA1","digits":6,"period":30}},
			{"type":"motp","name":"bob","issuer":"Acme","info":{"secret":"` + bobKey + `","algo":"MD5","digits":6,"period":10,"pin":"1234"}},
			{"type":"totp","name":"md","issuer":null,"info":{"secret":"` + bobKey + `","algo":"MD5","digits":6,"period":30}},
			{"type":"totp","name":"a","issuer":"b","info":{"secret":"` + bobKey + `1","algo":"SHA1","digits":6,"period":30}}, 7, null,
			{"type":"totp","name":{"x":1},"issuer":"b","info":{}}]}}`, false,
			bobHOTP + ` tags ["Old"]` + "\n" + bobSteam + `
entry 3 (Acme · bob): mOTP codes are not supported: totp, hotp and steam are
entry 4 (md): algorithm "MD5" is not known: SHA1, SHA256 or SHA512
entry 5 (b · a): character 17 is "1", which cannot occur in a key; did you mean "I"?
entry 6: not an account
entry 7: not an account
entry 8: one of its values has another form than expected`},
		{"Aegis, encrypted", string(aegisSealed), true, bobTOTP},

		{"2FAS", `{"services":[` + bobService + `,{"name":"Acme","secret":"` + bobKey + `","otp":{"account":"bob","tokenType":"HOTP","counter":"9007199254740993","digits":8,"algorithm":"SHA256"}},` +
			`{"name":"","secret":"` + bobKey + `","otp":{"label":"Acme:bob","issuer":"Acme"}}],"groups":[{"id":"G","name":"Work"}],"schemaVersion":1}`, false,
			bobTOTP + ` tags ["Work"]` + "\n" + bobHOTP + "\n" + bobTOTP},
		{"2FAS, encrypted", twoFASOf("[" + bobService + "]"), true, bobTOTP + ` tags ["Work"]`},

		{"Bitwarden", `{"encrypted":false,"folders":[{"id":"f","name":"Work"}],"items":[` + bobItem + `,{"type":3,"name":"card"},{"type":1,"name":"no code","login":null},
			{"type":1,"name":"Steam","login":{"username":"bob","totp":"steam://` + bobKey + `"}},{"type":1,"name":"old","deletedDate":"2026-01-01","login":{"totp":"` + bobKey + `"}},
			{"type":1,"name":"kee","login":{"totp":"key=` + bobKey + `&size=8&step=60&otpHashMode=Sha256"}},{"type":1,"name":"bad","login":{"totp":"hunter 2!"}},
			{"type":1,"name":"Bob","login":{"totp":"otpauth://totp/bob?secret=` + bobKey + `"}}]}`, false,
			bobTOTP + ` tags ["Work"] note "n" pinned` + "\n" + bobSteam + "\ntotp kee 48656c6c6f21deadbeef SHA256/8/60/0\ntotp bob 48656c6c6f21deadbeef SHA1/6/30/0\nitem 5 (old): in the trash\n" +
				`item 7 (bad): character 9 is "!", which cannot occur in a key`},
		{"Bitwarden, PBKDF2", bitwardenOf(`{"encrypted":false,"folders":[{"id":"F","name":"Work"}],"items":[`+bobItem+`]}`, false), true, bobTOTP + ` tags ["Work"] note "n" pinned`},
		{"Bitwarden, Argon2id", bitwardenOf(`{"encrypted":false,"items":[`+bobItem+`]}`, true), true, bobTOTP + ` note "n" pinned`},

		{"ente Auth", enteOf(acmeURI + "\n"), true, bobTOTP},
		{"ente Auth, JSON of URIs", `{"items":[{"rawData":"` + acmeURI + `","display":{}}]}`, false, bobTOTP},
		{"Proton Authenticator", bobProton, false, bobTOTP + ` note "n"` + "\n" + bobSteam},
		{"Proton Authenticator, encrypted", protonOf(bobProton), true, bobTOTP + ` note "n"` + "\n" + bobSteam},

		{"Stratum", `{"Authenticators":[` + bobStratum + `,{"Type":1,"Issuer":"Acme","Username":"bob","Secret":"` + bobKey + `","Algorithm":1,"Digits":8,"Period":30,"Counter":9007199254740993},{"Type":9,"Issuer":"x","Secret":"` + bobKey + `"}],` +
			`"Categories":[{"Id":"c","Name":"Work"}],"AuthenticatorCategories":[{"CategoryId":"c","AuthenticatorSecret":"` + bobKey + `"}]}`, false,
			bobTOTP + ` tags ["Work"]` + "\n" + bobHOTP + ` tags ["Work"]` + "\n" + `entry 3 (x): type "number 9" is not known: totp, hotp or steam`},
		{"Stratum, strong", stratumOf(`{"Authenticators":[` + bobStratum + `]}`), true, bobTOTP},
		{"Stratum, legacy", stratumLegacyOf(`{"Authenticators":[` + bobStratum + `]}`), true, bobTOTP},

		{"andOTP", "[" + bobAndOTP + `,{"secret":"` + bobKey + `","label":"Acme - bob","type":"HOTP","algorithm":"SHA256","digits":8,"counter":9007199254740993}]`, false, bobTOTP + ` tags ["Work"]` + "\n" + bobHOTP},
		{"andOTP, new encryption", andOTPOf("[" + bobAndOTP + "]"), true, bobTOTP + ` tags ["Work"]`},

		{"FreeOTP+", `{"tokenOrder":["x"],"tokens":[{"algo":"SHA1","counter":0,"digits":6,"issuerExt":"Acme","issuerInt":"x","label":"bob","period":30,"secret":` + bobBytes + `,"type":"TOTP"},
			{"algo":"SHA256","counter":9007199254740992,"digits":8,"issuerAlt":"Acme","issuerExt":"x","label":"x","labelAlt":"bob","secret":` + bobBytes + `,"type":"HOTP"},
			{"counter":-1,"issuerInt":"new","label":"x","secret":` + bobBytes + `,"type":"HOTP"},{"digits":5,"issuerExt":"Steam","label":"bob","secret":` + bobBytes + `,"type":"TOTP"},{"label":"bad","secret":[999]}]}`, false,
			bobTOTP + "\n" + bobHOTP + "\nhotp new · x 48656c6c6f21deadbeef SHA1/6/0/0\n" + bobSteam + "\ntoken 5: one of its values has another form than expected"},
		{"FreeOTP 1", fmt.Sprintf(preferences, `<string name="Acme:bob">{&quot;algo&quot;:&quot;SHA256&quot;,&quot;counter&quot;:9007199254740992,&quot;digits&quot;:8,&quot;issuerExt&quot;:&quot;Acme&quot;,&quot;label&quot;:&quot;bob&quot;,&quot;secret&quot;:`+bobBytes+`,&quot;type&quot;:&quot;HOTP&quot;}</string><string name="x">[</string><string name="tokenOrder">[]</string>`), false,
			bobHOTP + "\ntoken (x): not an account"},
		{"FreeOTP 2", freeOTP2Of(`{"algo":"SHA1","digits":6,"issuerExt":"Acme","label":"bob","period":30,"type":"TOTP"}`, hello.Reveal()), true, bobTOTP},

		{"cotp", `{"version":2,"elements":[` + bobElement + `]}`, false, bobTOTP},
		{"cotp, encrypted", cotpOf(`{"version":2,"elements":[` + bobElement + `]}`), true, bobTOTP},
		{"cotp, URIs", `{"items":["` + acmeURI + `",7]}`, false, bobTOTP + "\nitem 2: not an account"},
		{"2FAuth", `{"app":"2fauth_v5.0","schema":1,"data":[{"otp_type":"totp","account":"bob","service":"Acme","secret":"` + bobKey + `","digits":6,"algorithm":"sha1","period":30,"counter":null},
			{"otp_type":"steamtotp","account":"bob","service":"Steam","secret":"` + bobKey + `","digits":5,"algorithm":"sha1","period":30}]}`, false, bobTOTP + "\n" + bobSteam},
		{"LastPass Authenticator", `{"version":3,"accounts":[{"issuerName":"Acme","userName":"bob","originalUserName":"x","secret":"` + bobKey + `","timeStep":30,"digits":6,"algorithm":"SHA1","isFavorite":true,"folderData":{"folderId":4}}],"folders":[{"id":4,"name":"Work"},{"id":0,"name":"Other"}]}`, false, bobTOTP + ` tags ["Work"] pinned`},
		{"Steam", `{"shared_secret":"` + b64(hello.Reveal()) + `","account_name":"bob"}`, false, bobSteam},
		{"Steam, several", `{"accounts":{"1":{"shared_secret":"` + b64(hello.Reveal()) + `","account_name":"bob"},"2":{"shared_secret":"!","account_name":"x"}}}`, false, bobSteam + "\naccount 2 (Steam · x): its key is not spelled as the file says"},
		{"Duo Mobile", `[{"name":"bob","otpGenerator":{"otpSecret":"` + bobKey + `"}},{"name":"bob","otpGenerator":{"otpSecret":"` + bobKey + `","counter":3}}]`, false,
			"totp bob 48656c6c6f21deadbeef SHA1/6/30/0\nhotp bob 48656c6c6f21deadbeef SHA1/6/0/3"},
		{"Raivo", bobRaivo, false, bobTOTP + " pinned\n" + bobHOTP},
		{"Authy, desktop script", `[{"name":"Acme","secret":"x","uri":"otpauth://totp/bob?secret=` + bobKey + `"}]`, false, bobTOTP},
		{"Authenticator extension", `{"d1":{"account":"bob","issuer":"Acme::acme.com","secret":"` + bobKey + `","type":"totp","encrypted":false},"d2":{"account":"hex","secret":"48656c6c6f21deadbeef","type":"hhex","counter":3},
			"d3":{"account":"b","issuer":"Battle","secret":"` + bobKey + `","type":"battle"},"d4":{"account":"c","secret":"U2Fsd","type":"totp","encrypted":true},"d5":{"dataType":"EncOTPStorage","keyId":"k","data":"x","index":5},"LocalStorage":{"x":1},"key":{"dataType":"Key","id":"k"}}`, false,
			bobTOTP + "\nhotp hex 48656c6c6f21deadbeef SHA1/6/0/3\ntotp Battle · b 48656c6c6f21deadbeef SHA1/8/30/0\nentry 4 (c): encrypted by the extension: remove its passphrase, then export again\nentry 5: encrypted by the extension: remove its passphrase, then export again"},

		{"1Password", zipOf("export.attributes", "{}", "export.data", `{"accounts":[{"vaults":[{"attrs":{"name":"Private"},"items":[{"favIndex":1,"overview":{"title":"Acme","tags":["Work"]},"details":{"notesPlain":"n","loginFields":[{"designation":"username","value":"bob"}],"sections":[{"fields":[{"value":{"totp":"`+bobKey+`"}},{"value":{"phone":"1"}},{"value":{"totp":"!"}}]}]}},{"overview":{"title":"none"},"details":{}}]}]}]}`), false,
			bobTOTP + ` tags ["Private" "Work"] note "n" pinned` + "\n" + `account 1, vault 1, item 1 (Acme · bob): character 1 is "!", which cannot occur in a key`},
		{"Proton Pass", zipOf("Proton Pass/data.json", `{"vaults":{"v":{"name":"Private","items":[{"state":1,"pinned":true,"data":{"type":"login","metadata":{"name":"Acme","note":"n"},"content":{"itemUsername":"","itemEmail":"bob","totpUri":"`+bobKey+`"},"extraFields":[{"fieldName":"x","type":"totp","data":{"totpUri":"`+acmeURI+`"}},{"fieldName":"y","type":"text","data":{"content":"z"}}]}},{"state":2,"data":{"metadata":{"name":"old"},"content":{"totpUri":"`+bobKey+`"}}}]}}}`), false,
			bobTOTP + ` tags ["Private"] note "n" pinned` + "\n" + bobTOTP + ` tags ["Private"] note "n" pinned` + "\nPrivate, item 2 (old): in the trash"},
		{"ZIP archive", zipOf("x/", "", "readme", "hello", "b.html", "<!DOCTYPE html><code>"+acmeURI+"</code>", "a.txt", acmeURI+"\nx"), false, bobTOTP + "\na.txt, line 2: not an otpauth URI"},
		{"ZIP archive, one file of three", zipOf("a.json", `{"header":1,"db":`, "b.txt", acmeURI, "c.kdbx", "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"), false,
			bobTOTP + "\na.json: Aegis: the file is damaged or cut short\nc.kdbx: KeePass database: its encryption is not opened here"},
		{"ZIP archive, only a page", zipOf("b.html", "<!DOCTYPE html><code>"+acmeURI+"</code>"), false, bobTOTP},
		{"ZIP archive, ZipCrypto", zipCryptoOf("codes.txt", acmeURI), true, bobTOTP},
		{"ZIP archive, AES-256", zipAESOf("raivo-otp-export.json", bobRaivo, 3), true, bobTOTP + " pinned\n" + bobHOTP},
		{"ZIP archive, AES-128", zipAESOf("codes.txt", acmeURI, 1), true, bobTOTP},

		{"CSV, KeePassXC", "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\",\"Last Modified\",\"Created\"\r\n" +
			"\"Root/Work\",\"Acme\",\"bob\",\"p\",\"https://acme.com\",\"a\r\nb\",\"" + acmeURI + "\",\"0\",\"x\",\"y\"\r\n" +
			"\"Root\",\"\",\"\",\"\",\"\",\"\",\"otpauth://totp/KeePassXC:none?secret=" + bobKey + "&issuer=KeePassXC\",\"0\",\"x\",\"y\"\r\n" +
			"\"Root/Recycle Bin\",\"old\",\"\",\"\",\"\",\"\",\"" + acmeURI + "\",\"0\",\"x\",\"y\"\r\n\"Root\",\"none\",\"\",\"\",\"\",\"\",\"\",\"0\",\"x\",\"y\"\r\n", false,
			bobTOTP + ` tags ["Work"] note "a\nb"` + "\ntotp unnamed 48656c6c6f21deadbeef SHA1/6/30/0\nrow 3 (old): in the trash"},
		{"CSV, Apple", "Title,URL,Username,Password,Notes,OTPAuth\nacme.com (bob),https://acme.com,bob,p,,otpauth://totp/Acme:bob?secret=" + bobKey + "\nshort\n", false, bobTOTP},
		{"CSV, a URI in any column", "site,thing\nAcme,\"otpauth://totp/a,b?secret=" + bobKey + "\"\n", false, "totp a,b 48656c6c6f21deadbeef SHA1/6/30/0"},
		{"KeePass", fmt.Sprintf(keePassFile, keePassEntryOf("Acme", "bob", "otp", strings.ReplaceAll(acmeURI, "&", "&amp;"))+
			`<Group><UUID>d29y</UUID><Name>Work</Name>`+keePassEntryOf("Acme", "bob", "TimeOtp-Secret-Hex", "48656c6c6f21deadbeef", "Notes", "n")+
			`<Group><UUID>ZGVl</UUID><Name>Deep</Name>`+keePassEntryOf("Acme", "bob", "HmacOtp-Secret-Base32", bobKey, "HmacOtp-Algorithm", "HMAC-SHA-256", "HmacOtp-Length", "8", "HmacOtp-Counter", "9007199254740993")+`</Group></Group>`+
			`<Group><UUID>YmluYmluYmluYmlu</UUID><Name>Papierkorb</Name>`+keePassEntryOf("old", "", "otp", bobKey)+`</Group>`+
			keePassEntryOf("Steam", "bob", "TOTP Seed", bobKey, "TOTP Settings", "30;S")+keePassEntryOf("", "", "otp", "otpauth://totp/KeePassXC:none?secret="+bobKey+"&amp;issuer=KeePassXC")+
			keePassEntryOf("bad", "", "TimeOtp-Secret-Hex", "zz")), false,
			bobTOTP + "\n" + bobTOTP + ` tags ["Work"] note "n"` + "\n" + bobHOTP + ` tags ["Work/Deep"]` + "\n" + bobSteam + "\ntotp unnamed 48656c6c6f21deadbeef SHA1/6/30/0\n" +
				"entry 4 (old): in the trash\nentry 7 (bad): its key is not spelled as the file says"},
		{"HTML page", "<!DOCTYPE html><html><code class=\"x\">" + strings.ReplaceAll(acmeURI, "&", "&amp;") + "</code><code>other</code></html>", false, bobTOTP},

		{"gauth", "bob:" + bobKey + "\nlow: jbsw y3dp ehpk 3pxp\n" + acmeURI + "\n", false,
			"totp bob 48656c6c6f21deadbeef SHA1/6/30/0\ntotp low 48656c6c6f21deadbeef SHA1/6/30/0\n" + bobTOTP},
		{"gauth, encrypted, a key like a word", gauthOf("bob:appleapple\n"), true, "totp bob 03deb201ef59 SHA1/6/30/0"},
		{"gauth, encrypted", gauthOf("bob:" + bobKey + "\n"), true, "totp bob 48656c6c6f21deadbeef SHA1/6/30/0"},
		{"2fa", "bob 6 " + bobKey + "\nvpn 8 " + bobKey + " 00000000000000000041\n", false, "totp bob 48656c6c6f21deadbeef SHA1/6/30/0\nhotp vpn 48656c6c6f21deadbeef SHA1/8/0/42"},
		{"totp-cli", "- name: Acme\n  accounts:\n    - name: bob\n      token: " + bobKey + "\n      prefix: \"\"\n      algorithm: sha1\n      length: 0\n      timePeriod: 0\n    - name: 'it''s'\n      token: \"!\"\n", false,
			bobTOTP + "\nline 9 (Acme · it's): " + `character 1 is "!", which cannot occur in a key`},
		{"totp-cli, JSON", `[{"name":"Acme","accounts":[{"name":"bob","token":"` + bobKey + `","prefix":"1","algorithm":"","length":6,"timePeriod":30}]}]`, false,
			bobTOTP + "\nnote on 0: totp-cli puts a prefix in front of its codes, which is not taken over"},

		{"Authy", fmt.Sprintf(preferences, `<string name="com.authy.storage.tokens.authenticator.key">[{&quot;accountType&quot;:&quot;authenticator&quot;,&quot;decryptedSecret&quot;:&quot;`+bobKey+`&quot;,&quot;digits&quot;:6,&quot;originalName&quot;:&quot;Acme:bob&quot;,&quot;name&quot;:&quot;Acme: bob&quot;},{&quot;secretSeed&quot;:&quot;48656c6c6f21deadbeef&quot;,&quot;digits&quot;:7,&quot;name&quot;:&quot;Own - x&quot;}]</string>`), false,
			bobTOTP + "\ntotp Own · x 48656c6c6f21deadbeef SHA1/7/10/0"},
		{"Authy, encrypted", fmt.Sprintf(preferences, `<string name="com.authy.storage.tokens.authenticator.key">[{&quot;encryptedSecret&quot;:&quot;`+encrypted+`&quot;,&quot;salt&quot;:&quot;`+salt+`&quot;,&quot;digits&quot;:6,&quot;originalIssuer&quot;:&quot;Acme&quot;,&quot;name&quot;:&quot;bob&quot;}]</string>`), true, bobTOTP},
		{"Battle.net", fmt.Sprintf(preferences, `<string name="com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET">`+battleNetOf("48656c6c6f21deadbeef")+`</string><string name="com.blizzard.messenger.AUTHENTICATOR_SERIAL">`+battleNetOf("US-1234")+`</string>`), false,
			"totp Battle.net · US-1234 48656c6c6f21deadbeef SHA1/8/30/0"},
		{"TOTP Authenticator", totpAuthenticatorOf(`["{\"base\":32,\"key\":\"`+bobKey+`\",\"name\":\"bob\",\"issuer\":\"Acme\",\"digits\":\"6\",\"period\":\"30\"}",{"base":16,"key":"48656c6c6f21deadbeef","name":"x","issuer":"Unknown"}]`, sealed), true,
			bobTOTP + "\ntotp x 48656c6c6f21deadbeef SHA1/6/30/0"},
		{"TOTP Authenticator, under the passphrase of all", totpAuthenticatorOf(`[{"base":64,"key":"`+b64(hello.Reveal())+`","name":"bob","issuer":"Acme","more":"`+strings.Repeat("x", 60)+`"}]`, totpAuthenticatorDefault), false, bobTOTP},
	}
})

// row is the name of the table's row in a fixture's name.
func (f fixture) row() string {
	row, _, _ := strings.Cut(f.name, ", ")
	return row
}

func TestFixtures(t *testing.T) {
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			if got := Recognise([]byte(f.data)); got != f.row() {
				t.Fatalf("recognised as %q", got)
			}
			opts := Options{}
			if f.sealed {
				if batch, err := Read(t.Context(), []byte(f.data), opts); !errors.Is(err, ErrPassphraseNeeded) || len(batch.Accounts) > 0 {
					t.Errorf("without a passphrase: %v", err)
				}
				opts.Passphrase = []byte("wrong")
				if batch, err := Read(t.Context(), []byte(f.data), opts); !errors.Is(err, ErrPassphrase) || len(batch.Accounts) > 0 {
					t.Errorf("with a wrong passphrase: %v", err)
				}
				opts.Passphrase = []byte(sealed)
			}
			batch, err := Read(t.Context(), []byte(f.data), opts)
			if got := full(batch); err != nil || got != f.want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, f.want)
			}
		})
	}
}

// A new row needs a fixture, or a refusal in refused_test.go.
func TestEveryFormatHasAFixture(t *testing.T) {
	var named []string
	for _, f := range fixtures() {
		named = append(named, f.row())
	}
	for _, format := range formats {
		if !slices.Contains(named, format.name) && !slices.Contains([]string{"otpane JSON", "age file"}, format.name) && format.file != "" {
			t.Errorf("no fixture of %s", format.name)
		}
	}
}

// The older encryption of andOTP has no mark at all: it is tried where somebody
// gives a passphrase for bytes that nothing knows.
func TestAndOTPWithoutAMark(t *testing.T) {
	old := []byte(andOTPOldOf("[" + bobAndOTP + "]"))
	if _, err := Read(t.Context(), old, Options{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("without a passphrase: %v", err)
	}
	batch, err := Read(t.Context(), old, Options{Passphrase: []byte(sealed)})
	if got := full(batch); err != nil || got != bobTOTP+` tags ["Work"]` {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err := Read(t.Context(), []byte("a shopping list, which is a text of more than forty bytes"), Options{Passphrase: []byte(sealed)}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a text: %v", err)
	}
}

func TestAgeIsOpenedByItsCaller(t *testing.T) {
	file := []byte("age-encryption.org/v1\n-> scrypt …")
	var refusal *RefusedError
	if _, err := Read(t.Context(), file, Options{}); !errors.As(err, &refusal) || refusal.Advice == "" || refusal.Format != "age file" {
		t.Errorf("without a function: %v", err)
	}
	opts := Options{OpenAge: func(_ context.Context, data, passphrase []byte) ([]byte, error) {
		if string(data) != string(file) || string(passphrase) != sealed {
			return nil, ErrPassphrase
		}
		return []byte(acmeURI), nil
	}}
	if _, err := Read(t.Context(), file, opts); !errors.Is(err, ErrPassphraseNeeded) {
		t.Errorf("without a passphrase: %v", err)
	}
	opts.Passphrase = []byte("wrong")
	if _, err := Read(t.Context(), file, opts); !errors.Is(err, ErrPassphrase) {
		t.Errorf("with a wrong passphrase: %v", err)
	}
	opts.Passphrase = []byte(sealed)
	batch, err := Read(t.Context(), file, opts)
	if got := full(batch); err != nil || got != bobTOTP {
		t.Errorf("%v\n%s", err, got)
	}
	opts.OpenAge = func(context.Context, []byte, []byte) ([]byte, error) { return file, nil }
	if _, err := Read(t.Context(), file, opts); !errors.Is(err, ErrUnknown) {
		t.Errorf("itself inside itself: %v", err)
	}
}
