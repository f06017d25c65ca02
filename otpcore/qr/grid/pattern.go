package grid

import "sync"

// pattern is what every code of a version looks like, whatever it says: the
// modules whose colour is known before anything is read (ISO/IEC 18004, 6.3).
type pattern struct {
	size    int
	known   []known
	parts   int
	core    int // how many of the parts three finders decide; these come first
	version int
}

// known is one module of a pattern. Modules of a part lie close together, so
// that a shadow falls on all of them.
type known struct {
	x, y int
	dark bool
	part int
}

const (
	versions    = 40
	finderParts = 3 // come first of all
)

func sizeOf(version int) int { return 17 + 4*version }

var patterns [versions + 1]struct {
	once sync.Once
	pattern
}

func patternOf(version int) *pattern {
	p := &patterns[version]
	p.once.Do(func() { p.pattern = buildPattern(version) })
	return &p.pattern
}

func buildPattern(version int) pattern {
	size := sizeOf(version)
	p := pattern{size: size, version: version}
	p.addFinder(3, 3)
	p.addFinder(size-4, 3)
	p.addFinder(3, size-4)
	p.addTiming(func(i int) (x, y int) { return i, 6 })
	p.addTiming(func(i int) (x, y int) { return 6, i })
	if version >= 7 {
		p.addVersion()
	}
	p.core = p.parts
	places := alignments(version)
	for _, y := range places {
		for _, x := range places {
			if x == 6 && (y == 6 || y == size-7) || y == 6 && x == size-7 {
				continue // finders are there
			}
			p.addAlignment(x, y)
		}
	}
	return p
}

// addFinder adds a finder and its light separator, around its middle.
func (p *pattern) addFinder(cx, cy int) {
	for y := cy - 4; y <= cy+4; y++ {
		for x := cx - 4; x <= cx+4; x++ {
			if x >= 0 && y >= 0 && x < p.size && y < p.size {
				ring := max(abs(x-cx), abs(y-cy))
				p.known = append(p.known, known{x, y, ring != 2 && ring != 4, p.parts})
			}
		}
	}
	p.parts++
}

func (p *pattern) addTiming(place func(i int) (x, y int)) {
	for i := 8; i <= p.size-9; i++ {
		x, y := place(i)
		p.known = append(p.known, known{x, y, i%2 == 0, p.parts})
	}
	p.parts++
}

func (p *pattern) addAlignment(cx, cy int) {
	for y := cy - 2; y <= cy+2; y++ {
		for x := cx - 2; x <= cx+2; x++ {
			p.known = append(p.known, known{x, y, max(abs(x-cx), abs(y-cy)) != 1, p.parts})
		}
	}
	p.parts++
}

// addVersion adds the two blocks that say the version, which we know better.
func (p *pattern) addVersion() {
	bits := versionBits(p.version)
	for i := range 18 {
		a, b, dark := p.size-11+i%3, i/3, bits>>i&1 == 1
		p.known = append(p.known, known{a, b, dark, p.parts}, known{b, a, dark, p.parts})
	}
	p.parts++
}

// versionBits is a version with its Golay code (ISO/IEC 18004, annex D).
func versionBits(version int) int {
	rest := version
	for range 12 {
		rest = rest<<1 ^ rest>>11*0x1f25
	}
	return version<<12 | rest
}

// alignments are the rows and columns in whose crossings alignment patterns
// lie. The standard has a table (annex E); this rule gives the same numbers.
func alignments(version int) []int {
	if version < 2 {
		return nil
	}
	n := version/7 + 2
	step := (version*4 + n*2 + 1) / (2*n - 2) * 2
	if version == 32 {
		step = 26
	}
	places := make([]int, n)
	places[0] = 6
	for i := n - 1; i > 0; i-- {
		places[i] = sizeOf(version) - 7 - (n-1-i)*step
	}
	return places
}

func abs(n int) int { return max(n, -n) }
