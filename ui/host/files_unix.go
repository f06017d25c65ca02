//go:build unix

package host

import "golang.org/x/sys/unix"

func freeSpace(folder string) (bytes uint64, known bool) {
	var state unix.Statfs_t
	if unix.Statfs(folder, &state) != nil {
		return 0, false
	}
	return uint64(max(state.Bavail, 0)) * uint64(state.Bsize), true // below 0 on FreeBSD: root's reserve is in use
}
