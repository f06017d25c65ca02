package exchange

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

type onePasswordVault struct {
	Attrs struct{ Name text }
	Items elements
}

type onePasswordItem struct {
	FavIndex int
	State    text
	Overview struct {
		Title text
		Tags  listOf[string]
	}
	Details struct {
		LoginFields []struct{ Designation, Value text }
		NotesPlain  text
		Sections    []struct {
			Fields []struct {
				Value map[string]json.RawMessage
			}
		}
	}
}

// readOnePassword reads the one-time codes of all items, those of archived ones
// too: several of an item are several accounts.
func readOnePassword(r *reader, f *file) error {
	var export struct{ Accounts elements }
	if err := r.decodeMember(f, "export.data", &export); err != nil {
		return err
	}
	each(r, "account", export.Accounts, func(where string, account struct{ Vaults elements }) {
		each(r, where+", vault", account.Vaults, func(where string, vault onePasswordVault) {
			each(r, where+", item", vault.Items, func(where string, item onePasswordItem) {
				r.addOnePassword(where, string(vault.Attrs.Name), item)
			})
		})
	})
	return nil
}

func (r *reader) addOnePassword(where, vault string, item onePasswordItem) {
	l := login{
		title: string(item.Overview.Title), tags: append([]string{vault}, item.Overview.Tags...),
		note: string(item.Details.NotesPlain), pinned: item.FavIndex > 0,
	}
	for _, field := range item.Details.LoginFields {
		if field.Designation == "username" {
			l.user = string(field.Value)
		}
	}
	for _, section := range item.Details.Sections {
		for _, field := range section.Fields {
			var value text
			if json.Unmarshal(field.Value["totp"], &value) == nil {
				l.value = string(value)
				r.addLogin(where, l)
			}
		}
	}
}

// decodeMember reads a member of an archive as JSON.
func (r *reader) decodeMember(f *file, name string, into any) error {
	content, err := r.unpack(f.member(name))
	if err != nil {
		return err
	}
	return decode(string(content), into)
}

type protonPassExport struct {
	Encrypted bool
	Vaults    object
}

type protonPassVault struct {
	Name  text
	Items elements
}

type protonPassItem struct {
	State  int
	Pinned yesNo
	Data   struct {
		Metadata struct{ Name, Note text }
		Content  struct{ ItemEmail, ItemUsername, TOTPURI text }
		Extra    []protonPassField `json:"extraFields"`
		Sections []struct {
			Fields []protonPassField `json:"sectionFields"`
		}
	}
}

type protonPassField struct {
	FieldName, Type text
	Data            struct{ TOTPURI text }
}

// protonPassTrash is the state of an item that its owner threw away.
const protonPassTrash = 2

func readProtonPass(r *reader, f *file) error {
	var export protonPassExport
	if err := r.decodeMember(f, "Proton Pass/data.json", &export); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(export.Vaults)) {
		var vault protonPassVault
		if err := decode(export.Vaults[id], &vault); err != nil {
			return err
		}
		each(r, "item", vault.Items, func(where string, item protonPassItem) {
			r.addProtonPass(fmt.Sprintf("%s, %s", orElse(string(vault.Name), "vault"), where), string(vault.Name), item)
		})
	}
	return nil
}

// addProtonPass takes the code of a login and those of its extra fields.
func (r *reader) addProtonPass(where, vault string, item protonPassItem) {
	content := item.Data.Content
	l := login{
		title: string(item.Data.Metadata.Name), user: orElse(string(content.ItemUsername), string(content.ItemEmail)),
		tags: []string{vault}, note: string(item.Data.Metadata.Note), pinned: bool(item.Pinned),
	}
	values := []text{content.TOTPURI}
	fields := item.Data.Extra
	for _, section := range item.Data.Sections {
		fields = append(fields, section.Fields...)
	}
	for _, field := range fields {
		if strings.EqualFold(string(field.Type), "totp") {
			values = append(values, field.Data.TOTPURI)
		}
	}
	values = slices.DeleteFunc(values, text.absent)
	if len(values) > 0 && item.State == protonPassTrash {
		r.skip(label(where, l.title, l.user), inTrash)
		return
	}
	for _, value := range values {
		l.value = string(value)
		r.addLogin(where, l)
	}
}
