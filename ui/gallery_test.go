package ui

import (
	"encoding/xml"
	"flag"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// The pictures in docs are the goldens in colour: what a golden compares as text
// is drawn as SVG from the same view, so that a new screen has its picture, and a
// picture cannot show what the pane does not.

var gallery = flag.Bool("gallery", false, "print every golden screen as a terminal shows it")

const picturesFolder, galleryPage = "../docs/pictures", "../docs/gallery.md"

// recent are the last views that a test has read as text.
var recent struct {
	sync.Mutex
	views [4]tea.View
}

func remember(v tea.View) {
	recent.Lock()
	defer recent.Unlock()
	copy(recent.views[1:], recent.views[:])
	recent.views[0] = v
}

// viewOf is the recent view that reads as this text.
func viewOf(text string) (tea.View, bool) {
	recent.Lock()
	defer recent.Unlock()
	for _, v := range recent.views {
		if v.Content != "" && strings.TrimRight(textOf(v), "\n") == strings.TrimRight(text, "\n") {
			return v, true
		}
	}
	return tea.View{}, false
}

var pictured = regexp.MustCompile(`-80x24$|^list-(120x30|40x10|30x6|12x1)$`)

// depict compares the pictures of a golden, which may be of several screens, each
// after a line "--- name".
func depict(t *testing.T, name, golden string) {
	t.Helper()
	at := strings.LastIndex(name, "-")
	for i, screen := range strings.Split(golden, "\n--- ") {
		part := name
		if i > 0 {
			word, rest, _ := strings.Cut(screen, "\n")
			part, screen = name[:at]+"-"+strings.ReplaceAll(word, " ", "-")+name[at:], rest
		}
		v, found := viewOf(screen)
		if found && *gallery {
			fmt.Printf("%s\n%s\x1b[m\n\n", part, v.Content)
		}
		if pictured.MatchString(name) {
			if !found {
				t.Fatalf("%s: its view is not at hand to draw", part)
			}
			picture(t, part, svg(v, dusk))
		}
	}
}

// picture compares a drawing with docs/pictures/name.svg.
func picture(t *testing.T, name, drawing string) {
	t.Helper()
	file := filepath.Join(picturesFolder, name+".svg")
	if *update {
		if err := os.MkdirAll(picturesFolder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(drawing), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if was, err := os.ReadFile(file); err != nil || string(was) != drawing {
		t.Errorf("docs/pictures/%s.svg is not what the pane draws (%v); `make golden` draws it anew", name, err)
	}
}

// What no golden has: daylight, and a pane that has room for a QR code.
func TestFurtherPictures(t *testing.T) {
	for _, size := range [][2]int{{120, 30}, {80, 24}} {
		s := newStory(t, drawn()...)
		s.p.look.daylight(true)
		s.size(size[0], size[1])
		picture(t, fmt.Sprintf("light-%dx%d", size[0], size[1]), svg(s.p.View(), day))
	}
	s := newStory(t, drawn()...)
	s.size(80, 34).press("o")
	picture(t, "qr-80x34", svg(s.p.View(), dusk))
}

// The page that shows them shows all, and nothing that is not there.
func TestGalleryShowsEveryPicture(t *testing.T) {
	page, err := os.ReadFile(galleryPage)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(picturesFolder, "*.svg"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d pictures: %v", len(files), err)
	}
	shown := map[string]bool{}
	for _, link := range regexp.MustCompile(`pictures/([\w-]+\.svg)`).FindAllStringSubmatch(string(page), -1) {
		shown[link[1]] = true
	}
	var missing strings.Builder
	for _, file := range files {
		name := filepath.Base(file)
		if !shown[name] {
			fmt.Fprintf(&missing, "\n![%s](pictures/%s)\n", strings.TrimSuffix(name, ".svg"), name)
		}
		delete(shown, name)
	}
	switch {
	case len(shown) > 0:
		t.Errorf("docs/gallery.md shows what is not there: %v", shown)
	case missing.Len() == 0:
	case *update:
		if err := os.WriteFile(galleryPage, append(page, missing.String()...), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/gallery.md does not show:%s", missing.String())
	}
}

// paint is a terminal's own colours.
type terminalColours struct{ ground, ink string }

var dusk, day = terminalColours{"#1E1E1E", "#D5DBE1"}, terminalColours{"#FFFFFF", "#24292F"}

// A cell of the drawing. Text is stretched to its cells, so that columns stay
// columns in whatever monospaced font there is; lines and blocks are shapes,
// which meet where glyphs of many fonts would not.
const cellWidth, cellHeight, margin, fontSize = 9, 20, 14, 15

type drawing struct {
	strings.Builder
	colours terminalColours
}

// svg draws a view.
func svg(v tea.View, colours terminalColours) string {
	lines := strings.Split(v.Content, "\n")
	columns := 0
	for _, line := range lines {
		columns = max(columns, width(line))
	}
	cells := uv.NewScreenBuffer(columns, len(lines))
	uv.NewStyledString(v.Content).Draw(cells, cells.Bounds())

	d := &drawing{colours: colours}
	wide, high := columns*cellWidth+2*margin, len(lines)*cellHeight+2*margin
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="ui-monospace,'SF Mono','JetBrains Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%d">`+"\n", wide, high, wide, high, fontSize)
	fmt.Fprintf(d, `<rect width="%d" height="%d" rx="8" fill="%s"/>`+"\n", wide, high, colours.ground)
	for y := range lines {
		d.row(cells, y, columns)
	}
	if c := v.Cursor; c != nil {
		d.rect(c.X, c.Y, 0, 2, cellWidth, cellHeight-4, colours.ink)
	}
	d.WriteString("</svg>\n")
	return d.String()
}

// run is neighbouring cells of one style: a text, or a shape over and over.
type run struct {
	x, cells int
	text     string
	style    uv.Style
}

func (d *drawing) row(cells uv.ScreenBuffer, y, columns int) {
	var runs []run
	for x := 0; x < columns; {
		c := cells.CellAt(x, y)
		if c == nil || c.Width == 0 {
			x++
			continue
		}
		last := len(runs) - 1
		switch {
		case last < 0 || !runs[last].style.Equal(&c.Style):
			runs = append(runs, run{x, c.Width, c.Content, c.Style})
		case narrowText(c.Content) && narrowText(runs[last].text):
			runs[last].text += c.Content
			runs[last].cells++
		case c.Content == runs[last].text && strings.Contains("━─█▀▄", c.Content):
			runs[last].cells++
		default:
			runs = append(runs, run{x, c.Width, c.Content, c.Style})
		}
		x += c.Width
	}
	for _, r := range runs {
		d.run(r, y)
	}
}

// narrowText is what any monospaced font draws one to a cell.
func narrowText(text string) bool {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}

func (d *drawing) run(r run, y int) {
	ink, ground := hexOf(r.style.Fg, d.colours.ink), hexOf(r.style.Bg, "")
	if r.style.Attrs&uv.AttrReverse != 0 {
		ink, ground = hexOf(r.style.Bg, d.colours.ground), hexOf(r.style.Fg, d.colours.ink)
	}
	if ground != "" {
		d.rect(r.x, y, 0, 0, r.cells*cellWidth, cellHeight, ground)
	}
	if r.style.Underline != uv.UnderlineNone {
		d.rect(r.x, y, 0, cellHeight-3, r.cells*cellWidth, 1, ink)
	}
	if !d.shape(r, y, ink) {
		d.letters(r, y, ink)
	}
}

// shape draws a line or a block, of which every font has its own opinion.
func (d *drawing) shape(r run, y int, ink string) bool {
	const half = cellHeight / 2
	wide := r.cells * cellWidth
	switch r.text {
	case "━":
		d.rect(r.x, y, 0, half-2, wide, 4, ink)
	case "─":
		d.rect(r.x, y, 0, half-1, wide, 2, ink)
	case "│":
		d.rect(r.x, y, cellWidth/2, 0, 1, cellHeight, ink)
	case "█":
		d.rect(r.x, y, 0, 0, wide, cellHeight, ink)
	case "▀":
		d.rect(r.x, y, 0, 0, wide, half, ink)
	case "▄":
		d.rect(r.x, y, 0, half, wide, half, ink)
	case "▌":
		d.rect(r.x, y, 0, 0, cellWidth/2, cellHeight, ink)
	default:
		return false
	}
	return true
}

func (d *drawing) rect(column, row, dx, dy, wide, high int, fill string) {
	fmt.Fprintf(d, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" shape-rendering="crispEdges"/>`+"\n",
		margin+column*cellWidth+dx, margin+row*cellHeight+dy, wide, high, fill)
}

// letters draws the words of a run each in its place; blanks need no drawing.
func (d *drawing) letters(r run, y int, ink string) {
	style := ""
	if r.style.Attrs&uv.AttrBold != 0 {
		style = ` font-weight="700"`
	}
	if r.style.Attrs&uv.AttrFaint != 0 {
		style += ` opacity="0.65"`
	}
	for at := 0; at < len(r.text); {
		if r.text[at] == ' ' {
			at++
			continue
		}
		end := len(r.text)
		if gap := strings.IndexByte(r.text[at:], ' '); gap >= 0 {
			end = at + gap
		}
		x, cells := r.x+at, end-at
		if !narrowText(r.text) {
			x, cells = r.x, r.cells
		}
		fmt.Fprintf(d, `<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" fill="%s"%s>`, margin+x*cellWidth, margin+y*cellHeight+15, cells*cellWidth, ink, style)
		_ = xml.EscapeText(d, []byte(r.text[at:end]))
		d.WriteString("</text>\n")
		at = end
	}
}

func hexOf(c color.Color, missing string) string {
	if c == nil {
		return missing
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}
