package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// softwareVersion is set by the build: -ldflags "-X main.softwareVersion=v0.1.0".
var softwareVersion string

// version returns the git tag or commit that the binary was built from.
func version() string {
	if softwareVersion != "" {
		return softwareVersion
	}
	if i, ok := debug.ReadBuildInfo(); ok {
		for _, s := range i.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return "unknown"
}

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the software version", Args: args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			c.term.Fields(
				terminal.Pair{Name: "software version", Value: version()},
				terminal.Pair{Name: "protocol version", Value: params.LatestProtocol},
				terminal.Pair{Name: "go", Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
			)
			return c.term.Value(map[string]any{
				"software_version": version(), "protocol_version": params.LatestProtocol,
				"go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
			})
		},
	}
}
