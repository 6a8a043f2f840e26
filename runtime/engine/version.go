package engine

import "runtime/debug"

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
