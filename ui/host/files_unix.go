//go:build unix

package host

import "golang.org/x/sys/unix"

func freeSpace(folder string) (bytes uint64, known bool) {
	var state unix.Statfs_t
	if unix.Statfs(folder, &state) != nil {
		return 0, false
	}
	blocks := max(state.Bavail, 0)                    // below 0 on FreeBSD: root's reserve is in use
	return uint64(blocks) * uint64(state.Bsize), true //nolint:unconvert // other types on other systems
}
