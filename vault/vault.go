// Package vault keeps accounts in one age-encrypted file and changes that file
// safely: under a lock, on the newest copy, in one rename. It draws no screen,
// asks no question and keeps no passphrase.
package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"otpane/otpcore"
)

// Vault is an opened vault: the newest copy that this process has seen, and the
// identity that opens the next. Its methods may be called from several
// goroutines; those that only tell what the copy holds never wait for the disk.
type Vault struct {
	given string // the path as the caller knows it
	now   func() time.Time
	node  node
	at    location

	changing sync.Mutex   // held by the one who reads or writes the file
	mu       sync.RWMutex // held for the moment in which the fields below change
	identity Identity
	state    fileState
	sealed   sealedKey
	doc      *document
}

// Access says who may open a new vault: a passphrase, an identity, or both.
type Access struct {
	Passphrase []byte
	Identity   Identity
	WorkFactor int // scrypt's log2(N); 0 means 18, lower only in tests
	// PostQuantum makes the identity below the passphrase one of age's
	// post-quantum kind; so it is if Identity is.
	PostQuantum bool
	// DetachedKey is where to write the sealed identity if it is to be kept apart
	// from the vault; see the option of that name. Nothing may be there yet.
	DetachedKey string
}

// Create makes a new vault file, and its folder if need be, for their owner
// alone. Whatever lies at the path already is left alone (ErrExists). A
// passphrase costs one scrypt.
func Create(path string, access Access, now func() time.Time) (*Vault, error) {
	return create(osDisk{}, path, access, now)
}

func create(d disk, path string, access Access, now func() time.Time) (*Vault, error) {
	at, err := newLocation(d, path)
	if err != nil {
		return nil, err
	}
	v := &Vault{given: path, now: now, node: newNode(), at: at}
	if err := v.begin(access); err != nil {
		return nil, err
	}
	v.state, err = at.first(v.doc, v.sealed)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// first writes a vault where none is.
func (l location) first(doc *document, sealed sealedKey) (fileState, error) {
	unlock, err := l.lock()
	if err != nil {
		return fileState{}, fmt.Errorf("create the vault: %w", err)
	}
	defer unlock()
	if err := l.free(); err != nil {
		return fileState{}, err
	}
	file, err := encrypt(doc.payload(), sealed, doc.readers())
	if err != nil {
		return fileState{}, err
	}
	return l.create(file)
}

// newLocation is for a vault that is not there yet.
func newLocation(d disk, path string) (location, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return location{}, fmt.Errorf("create the vault: %w", err)
	}
	at := location{disk: d, path: abs}
	if err := at.free(); err != nil {
		return location{}, err
	}
	if err := d.MakeDir(filepath.Dir(abs)); err != nil {
		return location{}, fmt.Errorf("create the vault: %w", err)
	}
	return at, nil
}

// free looks without following links: a link to nowhere is something, too.
func (l location) free() error {
	_, err := l.disk.Lstat(l.path)
	switch {
	case err == nil:
		return fmt.Errorf("%w: %s", ErrExists, l.path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("create the vault: %w", err)
}

// begin fills a new vault with its first document.
func (v *Vault) begin(access Access) error {
	clock := v.node.after("", v.now())
	v.doc = &document{fields: fields{}, version: formatVersion, id: newID(), generation: 1, clock: clock}
	v.identity = access.Identity
	if !access.Identity.IsZero() {
		for _, r := range access.Identity.reveal().recipients {
			v.doc.recipients = append(v.doc.recipients, recipientRecord{Recipient: r, Stamp: v.doc.clock})
		}
	}
	if access.Passphrase == nil && access.Identity.IsZero() {
		return errors.New("a vault needs a passphrase or an identity")
	}
	if access.Passphrase == nil {
		return nil
	}
	how := work{new: access.WorkFactor, postQuantum: access.PostQuantum}
	if how.new == 0 {
		how.new = DefaultWorkFactor
	}
	if err := v.setPassphrase(v.doc, access.Passphrase, how); err != nil || access.DetachedKey == "" {
		return err
	}
	return v.detach(access.DetachedKey)
}

// Info is what a vault file tells before it is opened.
type Info struct {
	Passphrase bool // a passphrase opens it; otherwise only an identity does
	WorkFactor int  // scrypt's log2(N) of that passphrase; 0 if it stands in a key file that was not named
	Detached   bool // the passphrase opens a key file that is kept apart
}

// Inspect reads no more than the header and, where DetachedKey names one, that of
// the key file.
func Inspect(path string, opts ...Option) (Info, error) {
	sealed, err := readSealed(osDisk{}, path, "")
	detached := errors.Is(err, ErrDetached)
	if key := newWork(opts).detached; detached && key != "" {
		sealed, err = readSealed(osDisk{}, path, key)
	}
	switch {
	case errors.Is(err, ErrNoPassphrase):
		return Info{}, nil
	case errors.Is(err, ErrDetached):
		return Info{Passphrase: true, Detached: true}, nil
	case err != nil:
		return Info{}, err
	}
	logN, err := workFactor(sealed)
	return Info{Passphrase: true, WorkFactor: logN, Detached: detached}, err
}

// Unlock turns the passphrase into the identity that Open takes. It costs one
// scrypt; nothing of the passphrase is kept.
func Unlock(path string, passphrase []byte, opts ...Option) (Identity, error) {
	how := newWork(opts)
	sealed, err := readSealed(osDisk{}, path, how.detached)
	if err != nil {
		return Identity{}, err
	}
	return unseal(sealed, passphrase, how.most)
}

func readSealed(d disk, path, detached string) ([]byte, error) {
	_, state, err := find(d, path)
	if err != nil {
		return nil, err
	}
	h, err := readHeader(state.bytes)
	if err != nil {
		return nil, err
	}
	if h.underPassphrase() {
		return nil, fmt.Errorf("%w: an age file under a passphrase", ErrNotVault)
	}
	sealed, err := h.sealed()
	switch {
	case err != nil:
		return nil, err
	case sealed.detached && detached == "":
		return nil, ErrDetached
	case sealed.detached:
		return readDetached(d, detached)
	case len(sealed.body) == 0:
		return nil, ErrNoPassphrase
	}
	return sealed.body, nil
}

// Open reads the vault at path. A newer version opens for reading (see
// ReadOnly); accounts that cannot be read are kept and counted (see Damaged).
func Open(path string, id Identity, now func() time.Time) (*Vault, error) {
	return openOn(osDisk{}, path, id, now)
}

func openOn(d disk, path string, id Identity, now func() time.Time) (*Vault, error) {
	at, state, err := find(d, path)
	if err != nil {
		return nil, err
	}
	v := &Vault{given: path, now: now, node: newNode(), at: at, identity: id}
	if err := v.take(state); err != nil {
		return nil, err
	}
	return v, nil
}

// find follows links once, so that every later save goes to the same file.
func find(d disk, path string) (location, fileState, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return location{}, fileState{}, fmt.Errorf("read the vault: %w", err)
	}
	real, err := d.Resolve(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return location{}, fileState{}, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if err != nil {
		return location{}, fileState{}, fmt.Errorf("read the vault: %w", err)
	}
	at := location{disk: d, path: real}
	state, err := at.read()
	return at, state, err
}

// take makes a file that was read the present copy.
func (v *Vault) take(state fileState) error {
	file, err := open(state.bytes, v.identity)
	if err != nil {
		return err
	}
	doc, err := readDocument(file.payload)
	if err != nil {
		return err
	}
	v.become(state, file.sealed, doc, v.identity)
	return nil
}

// Path is where the vault lies, as the caller of Open or Create spelled it; empty
// for one in memory.
func (v *Vault) Path() string { return v.given }

// Identity opens the present copy; ChangePassphrase replaces it.
func (v *Vault) Identity() Identity {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.identity
}

// ReadOnly is nil if the vault can be changed, and else says why not (ErrNewer).
func (v *Vault) ReadOnly() error { return v.present().readOnly() }

// Accounts are copies, in the order by hand, without those in the trash.
func (v *Vault) Accounts() []otpcore.Account { return v.present().accounts() }

// Correction is what all accounts add to the clock; accounts come with it. One may
// have another of its own beside it (otpcore.Account.Corrections).
func (v *Vault) Correction() time.Duration { return v.present().correction.by }

// Damaged counts the entries that cannot be read. They are kept as they are.
func (v *Vault) Damaged() int {
	n := 0
	for _, r := range v.present().records {
		if r.damage != nil {
			n++
		}
	}
	return n
}

// Trashed is a deleted account that can still be restored.
type Trashed struct {
	otpcore.Account
	Deleted time.Time
}

// Trash lists what Draft.Restore brings back, until 30 days after its deletion.
func (v *Vault) Trash() []Trashed {
	var all []Trashed
	doc := v.present()
	for _, r := range doc.records {
		if at, deleted := r.deleted(); deleted && r.damage == nil && !r.tombstone() {
			all = append(all, Trashed{Account: doc.account(r), Deleted: at})
		}
	}
	return all
}

// Update changes the vault: it takes the lock, reads the newest copy, applies the
// operation to it and saves. The operation may run on another copy than the one
// that Accounts showed, so it finds its accounts by id. If it or the save fails,
// memory and disk are what they were, and it can be tried again; a disk that fails
// so badly that this is not possible is named in the error. An operation that
// changes nothing saves nothing. Inside an operation, the vault itself can be read
// and must not be changed.
func (v *Vault) Update(operation func(*Draft) error) error {
	v.changing.Lock()
	defer v.changing.Unlock()
	return v.update(operation)
}

func (v *Vault) update(operation func(*Draft) error) error {
	unlock, err := v.at.lock()
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	defer unlock()
	if _, err := v.refresh(); err != nil {
		return err
	}
	if err := v.doc.readOnly(); err != nil {
		return err
	}
	d := v.draft()
	if err := operation(d); err != nil || !d.changed {
		return err
	}
	return v.save(d)
}

// Advance draws the next HOTP code of an account and returns it with the account as
// it is then, when the new counter is on disk.
func (v *Vault) Advance(id string) (a otpcore.Account, code string, err error) {
	err = v.Update(func(d *Draft) (err error) {
		code, err = d.Advance(id)
		a, _ = d.Account(id)
		return err
	})
	if err != nil {
		return otpcore.Account{}, "", err
	}
	return a, code, nil
}

// save writes what an operation made. The lock is held.
func (v *Vault) save(d *Draft) error {
	d.doc.emptyTrash(d.now)
	d.doc.generation++
	file, err := encrypt(d.doc.payload(), d.sealed, d.doc.readers())
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	state, err := v.at.replace(v.state, file, fmt.Sprintf("%06d", v.doc.generation), d.now)
	if err != nil {
		return err
	}
	v.become(state, d.sealed, d.doc, d.identity)
	v.at.thinBackups(d.now, v.owns)
	return nil
}

func (v *Vault) become(state fileState, sealed sealedKey, doc *document, id Identity) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.state, v.sealed, v.doc, v.identity = state, sealed, doc, id
}

// present is what the newest copy holds.
func (v *Vault) present() *document {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.doc
}

// SaveCopy writes the present copy, with an operation applied to it, to a path
// where nothing is: a way out for an edit that Update could not save. The copy
// opens like the vault, and Merge brings it home.
func (v *Vault) SaveCopy(path string, operation func(*Draft) error) error {
	v.changing.Lock()
	defer v.changing.Unlock()
	if err := v.doc.readOnly(); err != nil {
		return err
	}
	d := v.draft()
	if err := operation(d); err != nil {
		return err
	}
	at, err := newLocation(v.at.disk, path)
	if err != nil {
		return err
	}
	d.doc.generation++
	_, err = at.first(d.doc, d.sealed)
	return err
}

func (v *Vault) draft() *Draft {
	return &Draft{doc: v.doc.clone(), now: v.now(), node: v.node, sealed: v.sealed, identity: v.identity}
}

// Refresh reads the vault again if another process has changed it. While nothing
// has changed it costs one stat. On an error the present copy stays.
func (v *Vault) Refresh() (changed bool, err error) {
	v.changing.Lock()
	defer v.changing.Unlock()
	return v.refresh()
}

func (v *Vault) refresh() (bool, error) {
	info, err := v.at.disk.Stat(v.at.path)
	if err == nil && v.state.sameAs(info) {
		return false, nil
	}
	state, err := v.at.read()
	if err != nil {
		return false, err
	}
	return true, v.take(state)
}

// ChangePassphrase seals a new identity under the new passphrase; other
// recipients stay. The old identity is kept inside, only to read old backups; one
// who opened the vault by another way, such as a recovery key, does not have it
// and reads them that way. It costs one scrypt, done before the lock is taken; a
// detached key costs two.
func (v *Vault) ChangePassphrase(passphrase []byte, opts ...Option) error {
	v.changing.Lock()
	defer v.changing.Unlock()
	how := newWork(opts)
	how.postQuantum = how.postQuantum || v.doc.postQuantum()
	if v.sealed.detached && how.detached == "" {
		return ErrDetached
	}
	fresh := &Vault{at: v.at}
	scratch := v.doc.clone()
	scratch.recipient = "" // the identity that goes need not mix with the next
	if err := fresh.setPassphrase(scratch, passphrase, how); err != nil {
		return err
	}
	if how.detached == "" {
		return v.update(adopt(fresh, scratch.recipient))
	}
	return v.changeDetached(fresh, scratch.recipient, passphrase, how)
}

// adopt is the operation that makes a fresh identity the vault's own.
func adopt(fresh *Vault, recipient string) func(*Draft) error {
	return func(d *Draft) error {
		if d.identity.reads(d.doc.recipient) {
			d.doc.keepFormer(d.identity)
		}
		d.doc.recipient, d.doc.passphraseStamp = recipient, d.tick()
		d.sealed, d.identity = fresh.sealed, fresh.identity
		return nil
	}
}

// setPassphrase draws an identity that can join the other recipients, seals it,
// and lets it read the document.
func (v *Vault) setPassphrase(doc *document, passphrase []byte, how work) error {
	id, err := newIdentity(how.postQuantum || doc.postQuantum())
	if err != nil {
		return err
	}
	if !doc.canJoin(id.reveal().recipients[0]) {
		return ErrMixed
	}
	sealed, err := seal(id.Reveal(), passphrase, how.new)
	if err != nil {
		return err
	}
	v.identity, v.sealed = id, sealedKey{body: sealed}
	doc.recipient = id.reveal().recipients[0]
	return nil
}

// accounts are the records to show, in the order by hand.
func (d *document) accounts() []otpcore.Account {
	all := make([]otpcore.Account, 0, len(d.records))
	for _, r := range byHand(d.records) {
		if r.present() {
			all = append(all, d.account(r))
		}
	}
	return all
}

// account is a record as others get it: under the vault's correction, and sharing
// nothing that the receiver could change.
func (d *document) account(r record) otpcore.Account {
	a := r.account
	a.Tags = slices.Clone(a.Tags)
	a.Recovery = slices.Clone(a.Recovery)
	a.VaultCorrection = d.correction.by
	return a
}
