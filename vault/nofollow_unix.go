//go:build unix

package vault

import "syscall"

// noFollow keeps a planted link from making the lock file somewhere else.
const noFollow = syscall.O_NOFOLLOW
