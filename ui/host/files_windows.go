package host

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

func owned(fs.FileInfo) bool { return true }

func freeSpace(folder string) (bytes uint64, known bool) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, false
	}
	return bytes, windows.GetDiskFreeSpaceEx(name, &bytes, nil, nil) == nil
}
