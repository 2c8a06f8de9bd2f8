package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/lorica-go/lorica/native/inspect"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version string

// build is what the binary knows of itself.
type build struct {
	Version  string   `json:"version"`
	Commit   string   `json:"commit,omitempty"`
	Date     string   `json:"date,omitempty"` // of the commit
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Tiers    []string `json:"tiers"`
}

// thisBuild asks the linker's variable first and then what Go noted.
func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Tiers: inspect.Tiers()}
	if info, ok := debug.ReadBuildInfo(); ok {
		if b.Version == "" {
			b.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = s.Value
			case "vcs.time":
				b.Date = s.Value
			case "vcs.modified":
				if s.Value == "true" && b.Commit != "" {
					b.Commit += " (modified)"
				}
			}
		}
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	return b
}

func versionCommand() *command {
	return &command{
		name:    "version",
		summary: "show version, commit, platform and instruction sets",
		about:   "Shows what this binary is and which instruction sets it has kernels for on this machine.",
		examples: []example{
			{"for a bug report", "lorica version"},
			{"for a script", "lorica version --json | jq -r .version"},
		},
		define: func(*flags) action {
			return func(_ context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				b := thisBuild()
				if c.json {
					return c.print(b)
				}
				fmt.Fprintf(c.out, "lorica %s\n", b.Version)
				if b.Commit != "" {
					fmt.Fprintf(c.out, "commit    %s %s\n", b.Commit, b.Date)
				}
				fmt.Fprintf(c.out, "go        %s\nplatform  %s\nkernels   %s\n", b.Go, b.Platform, strings.Join(b.Tiers, ", "))
				return nil
			}
		},
	}
}
