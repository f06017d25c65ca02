package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"otpane/otpcore"
)

// Previous generations lie in backups/ beside the vault, each a whole vault
// file of its own. Their names say when they were replaced and which generation
// they are:
//
//	backups/vault.age.20261122T162425.123Z.000042
const (
	backupDir  = "backups"
	backupTime = "20060102T150405.000Z"
	// keptBackups, keptDays and keptMonths are how far back one can go: the last
	// ten saves, the end of each of the last 14 days and of the last 12 months.
	keptBackups = 10
	keptDays    = 14
	keptMonths  = 12
)

// Backup is a previous generation of a vault.
type Backup struct {
	Path     string
	Time     time.Time // when it was replaced
	Accounts int
	Err      error // why it does not open; nil if it is whole
}

// Backups opens every backup of the vault at path, newest first. The vault
// itself may be damaged or gone; then Unlock one of them for the identity: each is
// a vault. The zero Identity lists them unopened, with ErrIdentity. Backups from
// before a change of the passphrase open with the identities that the vault and
// its backups keep for that.
func Backups(path string, id Identity) ([]Backup, error) {
	at, err := locate(osDisk{}, path)
	if err != nil {
		return nil, err
	}
	if _, err := at.disk.Stat(at.backups()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("backups: %w", err)
	}
	ring := newKeyRing(id)
	if state, err := at.read(); err == nil {
		_, _, _ = ring.open(state.bytes)
	}
	var all []Backup
	for _, name := range slices.Backward(at.backupNames()) {
		all = append(all, at.backup(name, ring))
	}
	return all, nil
}

func (l location) backup(name string, ring *keyRing) Backup {
	b := Backup{Path: filepath.Join(l.backups(), name)}
	b.Time, _ = l.backupWhen(name)
	state, err := l.readFile(b.Path)
	if err != nil {
		b.Err = err
		return b
	}
	doc, _, err := ring.open(state.bytes)
	if err != nil {
		b.Err = err
		return b
	}
	b.Accounts = len(doc.accounts())
	return b
}

// locate is for a vault that may be damaged or gone.
func locate(d disk, path string) (location, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return location{}, err
	}
	real, err := d.Resolve(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return location{disk: d, path: abs}, nil
	}
	if err != nil {
		return location{}, fmt.Errorf("find the vault: %w", err)
	}
	return location{disk: d, path: real}, nil
}

// keyRing opens generations of one vault across changes of the passphrase: each
// file that opens gives the identities of those before it.
type keyRing struct {
	identities []Identity
	known      map[string]bool
}

func newKeyRing(id Identity) *keyRing {
	return &keyRing{identities: []Identity{id}, known: map[string]bool{id.Reveal(): true}}
}

func (k *keyRing) open(file []byte) (*document, sealedKey, error) {
	doc, sealed, _, err := k.openWith(file)
	return doc, sealed, err
}

// openWith says which identity it was.
func (k *keyRing) openWith(file []byte) (doc *document, sealed sealedKey, opener Identity, err error) {
	for _, opener = range k.identities {
		var o opened
		o, err = open(file, opener)
		if errors.Is(err, ErrIdentity) {
			continue
		}
		if err != nil {
			break
		}
		if doc, err = readDocument(o.payload); err != nil {
			break
		}
		k.learn(doc.former)
		return doc, o.sealed, opener, nil
	}
	return nil, sealedKey{}, Identity{}, err
}

func (k *keyRing) learn(former []string) {
	for _, text := range former {
		if k.known[text] {
			continue
		}
		k.known[text] = true
		if id, err := ParseIdentity(text); err == nil {
			k.identities = append(k.identities, id)
		}
	}
}

// Comparison holds a backup against the vault, account by account, by the codes
// of one instant: what counts is whether the backup gives the same ones.
type Comparison struct {
	Accounts  int // in the backup
	Equal     int // of those, which give the vault's code
	Different int // of those, which give another code
	Gone      int // of those, which the vault no longer has
	Newer     int // in the vault only
}

// CheckBackup opens a backup of this vault and compares the codes at now.
func (v *Vault) CheckBackup(path string) (Comparison, error) {
	v.changing.Lock()
	defer v.changing.Unlock()
	state, err := v.at.readFile(path)
	if err != nil {
		return Comparison{}, fmt.Errorf("backup: %w", err)
	}
	ring := newKeyRing(v.identity)
	ring.learn(v.doc.former)
	doc, _, err := ring.open(state.bytes)
	if err != nil {
		return Comparison{}, fmt.Errorf("backup %s: %w", path, err)
	}
	return compare(doc, v.doc, v.now()), nil
}

func compare(backup, vault *document, now time.Time) Comparison {
	present := map[string]otpcore.Account{}
	for _, a := range vault.accounts() {
		present[a.ID] = a
	}
	var c Comparison
	for _, a := range backup.accounts() {
		c.Accounts++
		other, ok := present[a.ID]
		switch {
		case !ok:
			c.Gone++
		case sameCode(a, other, now):
			c.Equal++
		default:
			c.Different++
		}
		delete(present, a.ID)
	}
	c.Newer = len(present)
	return c
}

// sameCode compares counter-based codes at the backup's counter: the vault's has
// moved on, as it should. A clock that was corrected in between changes no key.
func sameCode(backup, vault otpcore.Account, now time.Time) bool {
	if !backup.Timed() && !vault.Timed() {
		return backup.CodeAt(backup.Counter) == vault.CodeAt(backup.Counter)
	}
	return backup.Uncorrected().At(now) == vault.Uncorrected().At(now)
}

// Restore puts a backup in the place of the vault at path, which may be whole,
// damaged or gone; what is there now becomes a backup itself. A whole vault keeps
// its passphrase and recipients and gets the accounts of the backup; a damaged
// one becomes what the backup was. Generation and clock go on rising, so that this
// is not taken for a rollback.
func Restore(path, backup string, id Identity, now func() time.Time) (*Vault, error) {
	return restore(osDisk{}, path, backup, id, now)
}

func restore(d disk, path, backup string, id Identity, now func() time.Time) (*Vault, error) {
	at, err := locate(d, path)
	if err != nil {
		return nil, err
	}
	unlock, err := at.lock()
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	defer unlock()
	old, err := at.read()
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	doc, sealed, err := at.restored(old.bytes, backup, newKeyRing(id))
	if err != nil {
		return nil, err
	}
	doc.clock = newNode().after(doc.clock, now())
	file, err := encrypt(doc.payload(), sealed, doc.readers())
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if old.info == nil {
		_, err = at.create(file)
	} else {
		_, err = at.replace(old, file, "restored", now())
	}
	if err != nil {
		return nil, err
	}
	// The identity may be that of a passphrase before the backup's or after it.
	ring := newKeyRing(id)
	ring.learn(doc.former)
	return ring.vault(d, path, now)
}

// restored is the backup, with what a whole vault in its place keeps.
func (l location) restored(present []byte, backup string, ring *keyRing) (*document, sealedKey, error) {
	vault, vaultSealed, vaultErr := ring.open(present)
	state, err := l.readFile(backup)
	if err != nil {
		return nil, sealedKey{}, fmt.Errorf("restore: %w", err)
	}
	doc, sealed, err := ring.open(state.bytes)
	if err != nil {
		return nil, sealedKey{}, fmt.Errorf("restore %s: %w", backup, err)
	}
	if err := doc.readOnly(); err != nil {
		return nil, sealedKey{}, err
	}
	doc.generation = max(doc.generation, l.lastGeneration()) + 1
	if vaultErr != nil {
		return doc, sealed, nil
	}
	if err := vault.readOnly(); err != nil {
		return nil, sealedKey{}, err
	}
	doc.generation = max(doc.generation, vault.generation+1)
	doc.clock = max(doc.clock, vault.clock)
	doc.recipient, doc.recipients, doc.former = vault.recipient, vault.recipients, vault.former
	doc.correction = vault.correction                          // of the clock that is, not of the one that was
	doc.tagRules = mergeTagRules(doc.tagRules, vault.tagRules) // going back loosens none
	return doc, vaultSealed, nil
}

// vault opens with whichever identity does.
func (k *keyRing) vault(d disk, path string, now func() time.Time) (v *Vault, err error) {
	for _, id := range k.identities {
		v, err = openOn(d, path, id, now)
		if !errors.Is(err, ErrIdentity) {
			break
		}
	}
	return v, err
}

// lastGeneration is at least that of the vault which the newest backup made room
// for.
func (l location) lastGeneration() (last uint64) {
	for _, name := range l.backupNames() {
		label := name[len(filepath.Base(l.path))+1+len(backupTime)+1:]
		n, err := strconv.ParseUint(label, 10, 64)
		if err == nil {
			last = max(last, n+1)
		}
	}
	return last
}

// keep links the old vault file into backups/. A link costs no space and no
// write; where there are none, it is copied. What lies there afterwards is
// compared with the bytes that were opened when they were read.
func (l location) keep(old fileState, label string, now time.Time) (path string, err error) {
	if err := l.disk.MakeDir(l.backups()); err != nil {
		return "", err
	}
	first := l.backupPath(now, label)
	path = first
	for n := 2; ; n++ {
		err = l.linkOrCopy(l.path, path)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		path = first + "-" + strconv.Itoa(n)
	}
	if err != nil {
		return "", err
	}
	kept, err := l.readFile(path)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(kept.bytes, old.bytes) {
		return "", l.discard(path, fmt.Errorf("%s differs from the vault", path))
	}
	return path, nil
}

func (l location) backups() string { return filepath.Join(filepath.Dir(l.path), backupDir) }

func (l location) backupPath(now time.Time, label string) string {
	name := fmt.Sprintf("%s.%s.%s", filepath.Base(l.path), now.UTC().Format(backupTime), label)
	return filepath.Join(l.backups(), name)
}

func (l location) linkOrCopy(from, to string) error {
	err := l.disk.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	state, err := l.readFile(from)
	if err != nil {
		return err
	}
	if _, err := l.writeNew(to, state.bytes); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			_ = l.disk.Remove(to)
		}
		return err
	}
	return nil
}

// thinBackups runs when the save has already lasted; what cannot be removed now
// is tried again at the next. A name says only where a vault lay: the backups of
// one that was lost, and that another has taken the place of, may be all that is
// left of it. So what is not this vault's own stays.
func (l location) thinBackups(now time.Time, owned func(file []byte) bool) {
	names := l.backupNames()
	kept := map[string]bool{}
	for _, name := range names[max(len(names)-keptBackups, 0):] {
		kept[name] = true
	}
	for _, name := range l.lastOfEach("2006-01-02", names, now.AddDate(0, 0, -keptDays)) {
		kept[name] = true
	}
	for _, name := range l.lastOfEach("2006-01", names, now.AddDate(0, -keptMonths, 0)) {
		kept[name] = true
	}
	for _, name := range names {
		path := filepath.Join(l.backups(), name)
		if kept[name] {
			continue
		}
		if state, err := l.readFile(path); err == nil && owned(state.bytes) {
			_ = l.disk.Remove(path)
		}
	}
}

// owns says whether a file is an earlier generation of this vault; one that does
// not open is nobody's. A plugin would ask for a touch at every save: with one,
// the name has to do.
func (v *Vault) owns(file []byte) bool {
	if slices.ContainsFunc(v.identity.Recipients(), isPlugin) {
		return true
	}
	ring := newKeyRing(v.identity)
	ring.learn(v.doc.former)
	doc, _, err := ring.open(file)
	return err == nil && doc.id == v.doc.id
}

// lastOfEach day or month since a time.
func (l location) lastOfEach(period string, names []string, since time.Time) map[string]string {
	last := map[string]string{}
	for _, name := range names { // oldest first
		if at, _ := l.backupWhen(name); at.After(since) {
			last[at.Format(period)] = name
		}
	}
	return last
}

// backupNames are the backups of this vault, oldest first.
func (l location) backupNames() []string {
	names, err := l.disk.List(l.backups())
	if err != nil {
		return nil
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		_, ok := l.backupWhen(n)
		return !ok
	})
	slices.Sort(names)
	return names
}

// backupWhen reads a name; other files in backups/ are nobody's business.
func (l location) backupWhen(name string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(name, filepath.Base(l.path)+".")
	if !ok || len(rest) < len(backupTime)+1 || rest[len(backupTime)] != '.' {
		return time.Time{}, false
	}
	at, err := time.Parse(backupTime, rest[:len(backupTime)])
	return at, err == nil
}
