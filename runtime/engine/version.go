package engine

import (
	"crypto/sha256"
	"io"
	"os"
	"runtime/debug"
	"sync"
)

const wazeroPath = "github.com/tetratelabs/wazero"

// engineVersion returns the version and checksum of wazero that this program was
// built with, and of Go. Test binaries of some builds do not know the first.
func engineVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == wazeroPath {
			return dep.Version + " " + dep.Sum + " " + info.GoVersion
		}
	}
	return info.GoVersion
}

// programDigest returns the SHA-256 of the running program. It takes 60 ms, once.
var programDigest = sync.OnceValues(func() (sum [32]byte, err error) {
	f, err := os.Open("/proc/self/exe") // this program, even when its file was replaced
	if err != nil {
		var path string
		if path, err = os.Executable(); err == nil {
			f, err = os.Open(path)
		}
	}
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return [32]byte(h.Sum(nil)), err
})
