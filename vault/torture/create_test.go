//go:build linux

package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"otpane/vault"
)

// TestCreateDisturbed stops or refuses the calls that only the making of a vault
// has, and that strace can count from the start: there is no vault then, or a
// whole one, and `otpane init` goes on from there.
func TestCreateDisturbed(t *testing.T) {
	program := begin(t)
	needTool(t, "strace")
	tried, made := 0, 0
	for _, at := range []string{"flock:%s:when=1", "fsync:%s:when=1", "fsync:%s:when=2", "linkat:%s:when=1", "unlinkat:%s:when=1"} {
		for _, fault := range []string{"signal=KILL", "error=EIO", "error=ENOSPC", "error=EACCES", "error=EROFS", "error=EINTR"} {
			tried++
			there, err := createDisturbed(t.Context(), home{t.TempDir(), program}, fmt.Sprintf(at, fault))
			if err != nil {
				t.Errorf(at+": %v", fault, err)
			}
			if there {
				made++
			}
		}
	}
	if made == 0 || made == tried {
		t.Errorf("the scene is not set: %d of %d vaults made", made, tried)
	}
	closing.add(t, "making a vault, disturbed", strconv.Itoa(tried), "%d whole, %d not there, none half", made, tried-made)
}

func createDisturbed(ctx context.Context, h home, injection string) (there bool, err error) {
	if err := os.WriteFile(h.file("key.txt"), []byte(identity), 0o600); err != nil {
		return false, err
	}
	o := h.underStrace(ctx, []string{"-e", "inject=" + injection}, "init").begin().end()
	_, err = h.open()
	there = err == nil
	switch {
	case err != nil && !errors.Is(err, vault.ErrNotFound):
		return there, err
	case o.status == 0 && !there:
		return there, errors.New("said to be made, and is not there")
	}
	if again := h.run(ctx, "init"); (again.status == 0) == there {
		return there, fmt.Errorf("there: %v, and the next init: status %d, %s", there, again.status, again.talk)
	}
	_, err = h.open()
	return there, err
}
