package host

import "io/fs"

// Owned reports whether a file that was looked at belongs to the user of this
// process. On Windows, where owners are no numbers, all do.
func Owned(info fs.FileInfo) bool { return owned(info) }

// FreeSpace is how many bytes the user can still write to the file system of a
// folder; known is false where nobody says.
func FreeSpace(folder string) (bytes uint64, known bool) { return freeSpace(folder) }

// FindProgram looks for a program as the clipboard does: in the absolute folders of
// the PATH of getenv.
func FindProgram(getenv func(string) string, name string) (path string, err error) {
	return programs{getenv: getenv}.find(name)
}
