package ui

import (
	"context"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// browser shows, below the field of the import page, the files that could be
// imported, the newest first. It opens on what is new in all the folders where
// pictures usually land: the screenshot of a moment ago is its first row.
type browser struct {
	folder  string // "" is what is new in all likely places
	entries []entry
	loaded  bool
	failed  string
	at, top int
	chosen  []string // paths, in the order they were chosen; they outlive a change of folder
}

// File is what a folder says of one thing that lies in it.
type File struct {
	Name string
	Dir  bool
	Size int64
	Time time.Time // of its last change
}

// entry is a row of the browser.
type entry struct {
	File
	path  string
	label string // cleaned: whoever named the file chose the characters
}

// listed is what a folder holds.
type listed struct {
	page    screen // that asked
	folder  string
	came    string
	entries []entry
	err     error
	typed   bool // to complete a typed path
}

// wantList looks into a folder for a page; "" is all likely places.
type wantList struct {
	page   screen
	folder string
	came   string
	typed  bool
}

func (w wantList) fulfil(p *pane) tea.Cmd {
	list, places, ctx := p.config.List, p.config.Places, p.ctx
	if list == nil {
		return nil
	}
	return func() tea.Msg {
		msg := listed{page: w.page, folder: w.folder, came: w.came, typed: w.typed}
		switch {
		case w.typed:
			msg.entries, msg.err = everything(ctx, w.folder, list)
		case w.folder == "" && places != nil:
			msg.entries = newest(ctx, places(), list)
		default:
			msg.entries, msg.err = importable(ctx, w.folder, list)
		}
		return msg
	}
}

// wantUp lists the folder above, and above the root all likely places.
type wantUp struct {
	page   screen
	folder string
}

func (w wantUp) fulfil(p *pane) tea.Cmd {
	full := w.folder
	if p.config.Expand != nil {
		full = p.config.Expand(full)
	}
	above := filepath.Dir(full)
	if above == full {
		above = ""
	}
	return wantList{page: w.page, folder: above, came: filepath.Base(full)}.fulfil(p)
}

// listed gives a listing to the page that asked.
func (p *pane) listed(msg listed) tea.Cmd {
	if page, ok := p.page.(interface{ list(listed) want }); ok && p.page == msg.page {
		return p.fulfil(page.list(msg))
	}
	return nil
}

type lister = func(context.Context, string) ([]File, error)

// newest are the files of all places, the newest first, and the places themselves
// to go into. One that cannot be read shows when it is opened.
func newest(ctx context.Context, places []string, list lister) (entries []entry) {
	var folders []entry
	for _, place := range places {
		here, _ := importable(ctx, place, list)
		entries = append(entries, slices.DeleteFunc(here, func(e entry) bool { return e.Dir })...)
		folders = append(folders, entry{File: File{Name: place, Dir: true}, path: place, label: outside(place) + "/"})
	}
	sort.SliceStable(entries, func(i, j int) bool { return newer(entries[i], entries[j]) < 0 })
	return append(entries[:min(len(entries), newestShown)], folders...)
}

// newestShown bounds the files of all places together; whoever looks for an older
// one knows its folder.
const newestShown = 100

// importable are the files of a folder that could be imported, the newest first,
// then the folders in it. Nothing whose name begins with a dot is shown.
func importable(ctx context.Context, folder string, list lister) (entries []entry, err error) {
	all, err := everything(ctx, folder, list)
	for _, e := range all {
		if !strings.HasPrefix(e.Name, ".") && (e.Dir || kindOf(e.Name)) {
			entries = append(entries, e)
		}
	}
	sort.SliceStable(entries, func(i, j int) bool {
		a, b := entries[i], entries[j]
		if a.Dir != b.Dir {
			return b.Dir
		}
		return newer(a, b) < 0
	})
	return entries, err
}

func newer(a, b entry) int {
	if a.Dir {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	}
	return b.Time.Compare(a.Time)
}

func everything(ctx context.Context, folder string, list lister) (entries []entry, err error) {
	files, err := list(ctx, folder)
	for _, file := range files {
		e := entry{File: file, path: filepath.Join(folder, file.Name), label: outside(file.Name)}
		if file.Dir {
			e.label += "/"
		}
		entries = append(entries, e)
	}
	return entries, err
}

// kindOf reports names of pictures and exports. It only decides what is shown:
// what a file is, its content says, and a typed path takes any file.
func kindOf(name string) bool {
	return slices.Contains(importKinds, strings.ToLower(strings.TrimPrefix(filepath.Ext(name), ".")))
}

var importKinds = strings.Fields("png jpg jpeg gif webp bmp tif tiff ppm pgm pbm heic heif avif txt json uri url csv xml 2fas aegis age zip html")

// show takes a listing.
func (b *browser) show(msg listed) {
	b.folder, b.entries, b.loaded, b.failed, b.at, b.top = msg.folder, msg.entries, true, "", 0, 0
	if msg.err != nil {
		b.failed = upperFirst(cause(msg.err)) + "."
	}
	for i, e := range b.entries {
		if msg.came != "" && e.Name == msg.came {
			b.at = i
		}
	}
}

// press answers the keys that move and choose, while nothing is typed.
func (b *browser) press(m *intake, name string, rows int) (w want, taken bool) {
	switch name {
	case "up":
		b.at--
	case "down":
		b.at++
	case "pgup":
		b.at -= rows
	case "pgdown":
		b.at += rows
	case "home":
		b.at = 0
	case "end":
		b.at = len(b.entries)
	case "space":
		b.choose()
	case "left", "backspace":
		if b.folder == "" {
			return nil, true
		}
		return wantUp{m, b.folder}, true
	case "right":
		if e, ok := b.selected(); ok && e.Dir {
			return wantList{page: m, folder: e.path}, true
		}
	case "enter":
		return b.open(m), true
	default:
		return nil, false
	}
	b.at = max(min(b.at, len(b.entries)-1), 0)
	return nil, true
}

func (b *browser) selected() (entry, bool) {
	if b.at < len(b.entries) {
		return b.entries[b.at], true
	}
	return entry{}, false
}

// choose marks the file under the cursor, or takes the mark off.
func (b *browser) choose() {
	e, ok := b.selected()
	if !ok || e.Dir {
		return
	}
	if i := slices.Index(b.chosen, e.path); i >= 0 {
		b.chosen = slices.Delete(b.chosen, i, i+1)
		return
	}
	b.chosen = append(b.chosen, e.path)
}

// open goes into the folder under the cursor, or reads what is chosen; with nothing
// chosen it reads the file there.
func (b *browser) open(m *intake) want {
	e, ok := b.selected()
	switch {
	case !ok:
		return nil
	case e.Dir:
		return wantList{page: m, folder: e.path}
	case len(b.chosen) == 0:
		return m.readFiles([]string{e.path})
	}
	paths := b.chosen
	b.chosen = nil
	return m.readFiles(paths)
}

// title names what is listed.
func (b *browser) title() string {
	switch {
	case len(b.chosen) > 0:
		return itoa(len(b.chosen)) + " chosen"
	case !b.loaded:
		return ""
	case b.folder == "":
		return "the newest first"
	}
	return outside(b.folder)
}

// hints are the keys that act on what is under the cursor.
func (b *browser) hints() (hints []hint) {
	e, ok := b.selected()
	switch {
	case ok && e.Dir:
		hints = append(hints, hint{"enter", "open"})
	case ok && len(b.chosen) > 0:
		hints = append(hints, hint{"enter", "read " + itoa(len(b.chosen))})
	case ok:
		hints = append(hints, hint{"enter", "read it"})
	}
	if ok && !e.Dir {
		hints = append(hints, hint{"space", "choose"})
	}
	if b.folder != "" {
		hints = append(hints, hint{"←", "up"})
	}
	return append(hints, hint{"tab", "complete"})
}

// draw shows as many rows as there is room for.
func (b *browser) draw(f frame, rows int) (lines []string) {
	l := f.look
	switch {
	case !b.loaded || rows < 1:
		return nil
	case b.failed != "":
		return []string{" " + l.warn.paint(cut(b.failed, f.width-1, l.cut))}
	case len(b.entries) == 0:
		return []string{" " + l.muted.paint(cut("No picture and no export here.", f.width-1, l.cut))}
	}
	b.top = max(min(b.top, b.at, len(b.entries)-rows), b.at-rows+1, 0)
	for i := b.top; i < min(b.top+rows, len(b.entries)); i++ {
		lines = append(lines, b.entries[i].draw(f, i == b.at, slices.Contains(b.chosen, b.entries[i].path)))
	}
	return lines
}

// draw is one row: name, age, and the size where there is room for it.
func (e entry) draw(f frame, on, chosen bool) string {
	l := f.look
	mark, box, age, size := " ", " ", "", ""
	if on {
		mark = l.accent.paint(l.chosen)
	}
	if chosen {
		box = "x"
	}
	if f.width >= boxColumns {
		box = "[" + box + "]"
	}
	if e.Dir {
		box = blanks(len(box))
	} else {
		age, size = ago(f.now.Sub(e.Time), e.Time, f.width), sizeOf(e.Size)
	}
	room := f.width - 2 - len(box) - 1 - width(age) - 1
	if f.width >= sizeColumns && !e.Dir {
		room -= sizeWidth
		size = right(size, sizeWidth)
	} else {
		size = ""
	}
	return mark + l.text.on(on, box+" "+left(e.label, room, l.cut)+" ") + l.muted.on(on, age+size)
}

const (
	boxColumns  = 40 // from here on a chosen file shows [x], below x
	sizeColumns = 48
	sizeWidth   = 10
)

// ago is how long ago something was, short where there is little room.
func ago(d time.Duration, at time.Time, columns int) string {
	var text string
	switch {
	case d < 0 || d >= 100*24*time.Hour:
		return at.Format("2006-01-02")
	case d < time.Minute:
		text = itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		text = itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		text = itoa(int(d/time.Hour)) + " h"
	default:
		text = itoa(int(d/(24*time.Hour))) + " d"
	}
	if columns >= boxColumns {
		text += " ago"
	}
	return text
}

func sizeOf(bytes int64) string {
	if bytes >= 1<<20 {
		return itoa64(uint64(bytes>>20)) + " MiB"
	}
	return itoa64(uint64(max(bytes, 0)+1023)>>10) + " KiB"
}
