//go:build linux

package runtime_test

import (
	"crypto/sha256"
	"os"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
)

// images counts the image files that this process holds open.
func images(t *testing.T) (n int) {
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, e := range entries {
		target, _ := os.Readlink("/proc/self/fd/" + e.Name())
		if strings.Contains(target, "chancery-image") {
			n++
		}
	}
	return n
}

// TestDroppedCodeIsFreed holds that a node that sees many codes keeps as many as
// it is told to.
func TestDroppedCodeIsFreed(t *testing.T) {
	rt := newRuntime(t, runtime.Config{CodeBytes: roomFor(t, 2)})
	if rt.Stats().Reset == "copy" {
		t.Skip("images are on the Go heap here")
	}
	before := images(t)
	for i := range int32(30) {
		code := numbered(i)
		c, err := rt.Load(sha256.Sum256(code), func() ([]byte, error) { return code, nil })
		require.NoError(t, err)
		require.Equal(t, ok, rt.Run(c, runtime.Call{Kind: runtime.KindQuery, GasLimit: 100_000}, nil).Status)
	}
	require.Eventually(t, func() bool {
		goruntime.GC()
		return images(t)-before <= 3 // one may still be on the stack
	}, time.Minute, 10*time.Millisecond)
}
