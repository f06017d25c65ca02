package exchange

import (
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// keePassXML is the plain export of KeePass 2 and KeePassXC. Three plugins and
// two programs have each their own field for a code.
var keePassXML = format{
	name: "KeePass", file: "XML; CSV", export: "Database › Export › XML (KeePassXC), File › Export (KeePass 2)",
	recognises: func(f *file) bool { return f.isXML("KeePassFile") },
	read:       readKeePassXML,
}

type keePassItem struct {
	Tags    string `xml:"Tags"`
	Strings []struct {
		Key   string `xml:"Key"`
		Value string `xml:"Value"`
	} `xml:"String"`
}

// keePassWalk goes through groups without building a tree: a file may have ten
// thousand of them in each other.
type keePassWalk struct {
	*reader
	decoder *xml.Decoder
	bin     string   // the recycle bin's UUID
	groups  []string // names, the root first
	number  int      // of entries
	binned  int      // how deep the recycle bin is; 0 outside
}

func readKeePassXML(r *reader, f *file) error {
	decoder, err := newXML(f.text)
	if err != nil {
		return err
	}
	w := keePassWalk{reader: r, decoder: decoder}
	for {
		token, err := w.decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return ErrDamaged
		}
		if err := w.step(token); err != nil {
			return ErrDamaged
		}
	}
}

func (w *keePassWalk) step(token xml.Token) error {
	switch token := token.(type) {
	case xml.StartElement:
		return w.enter(token)
	case xml.EndElement:
		if token.Name.Local == "Group" && len(w.groups) > 0 {
			if w.binned == len(w.groups) {
				w.binned = 0
			}
			w.groups = w.groups[:len(w.groups)-1]
		}
	}
	return nil
}

func (w *keePassWalk) enter(start xml.StartElement) error {
	switch start.Name.Local {
	case "RecycleBinUUID":
		return w.decoder.DecodeElement(&w.bin, &start)
	case "Group":
		w.groups = append(w.groups, "")
	case "UUID":
		var id string
		err := w.decoder.DecodeElement(&id, &start)
		if id == w.bin && w.binned == 0 && !isZeroUUID(id) {
			w.binned = len(w.groups)
		}
		return err
	case "Name":
		if len(w.groups) > 0 {
			return w.decoder.DecodeElement(&w.groups[len(w.groups)-1], &start)
		}
	case "Binaries", "CustomIcons":
		return w.decoder.Skip()
	case "Entry":
		var item keePassItem
		if err := w.decoder.DecodeElement(&item, &start); err != nil {
			return err
		}
		w.add(item)
	}
	return nil
}

// isZeroUUID means that there is no recycle bin.
func isZeroUUID(id string) bool { return strings.Trim(id, "A=") == "" }

func (w *keePassWalk) add(item keePassItem) {
	w.number++
	fields := map[string]string{}
	for _, s := range item.Strings {
		fields[s.Key] = strings.TrimSpace(s.Value)
	}
	l := login{title: fields["Title"], user: fields["UserName"], note: fields["Notes"]}
	if len(w.groups) > 1 { // the root is the database itself
		l.tags = []string{strings.Join(w.groups[1:], "/")}
	}
	l.tags = append(l.tags, strings.FieldsFunc(item.Tags, func(c rune) bool { return c == ';' || c == ',' })...)
	value, e, found := keePassCode(fields)
	if !found {
		return
	}
	where := fmt.Sprintf("entry %d", w.number)
	if w.binned > 0 {
		w.skip(label(where, l.title, l.user), inTrash)
		return
	}
	if value != "" {
		l.value = keePassValue(value, l)
		w.addLogin(where, l)
		return
	}
	e.issuer, e.name, e.tags, e.note = l.title, l.user, l.tags, l.note
	if e.err != nil {
		w.skip(label(where, l.title, l.user), errKeySpelling.Error())
		return
	}
	w.reader.add(where, e.entry)
}

// keePassValue undoes what KeePassXC writes into a URI for an empty field.
func keePassValue(uri string, l login) string {
	if l.user == "" {
		uri = strings.Replace(uri, ":none?", ":?", 1)
	}
	if l.title == "" {
		uri = strings.Replace(strings.Replace(uri, "/KeePassXC:", "/:", 1), "issuer=KeePassXC", "issuer=", 1)
	}
	return uri
}

// keePassEntry is an entry whose key may be spelled wrong.
type keePassEntry struct {
	entry
	err error
}

// keePassCode finds the code of an entry in the order in which KeePassXC does:
// the TrayTOTP plugin's fields, a URI or KeeOtp's query, and KeePass 2's own.
func keePassCode(fields map[string]string) (value string, e keePassEntry, found bool) {
	switch {
	case fields["TOTP Seed"] != "":
		e.secret = fields["TOTP Seed"]
		step, digits, _ := strings.Cut(fields["TOTP Settings"], ";")
		digits, _, _ = strings.Cut(digits, ";") // then a server to ask for the time
		e.period, e.digits = text(step), text(digits)
		if strings.TrimSpace(digits) == "S" {
			e.kind = "steam"
		}
		return "", e, true
	case fields["otp"] != "":
		return fields["otp"], e, true
	}
	if e, found = keePassOwn(fields, "TimeOtp-", "totp"); !found {
		e, found = keePassOwn(fields, "HmacOtp-", "hotp")
	}
	return "", e, found
}

// keePassOwn reads the placeholders of KeePass 2 (keepass.info, "One-Time
// Passwords"). Without a suffix the key is the text itself.
func keePassOwn(fields map[string]string, prefix, kind string) (e keePassEntry, found bool) {
	e.entry = entry{
		kind: kind, algorithm: text(fields[prefix+"Algorithm"]), digits: text(fields[prefix+"Length"]),
		period: text(fields[prefix+"Period"]), counter: text(fields[prefix+"Counter"]),
	}
	prefix += "Secret"
	if fields[prefix] != "" {
		e.key = []byte(fields[prefix])
		return e, true
	}
	if spelled := fields[prefix+"-Hex"]; spelled != "" {
		e.key, e.err = hex.DecodeString(spelled)
		return e, true
	}
	if spelled := fields[prefix+"-Base64"]; spelled != "" {
		e.key, e.err = decodeBase64(spelled)
		return e, true
	}
	e.secret = fields[prefix+"-Base32"]
	return e, e.secret != ""
}
