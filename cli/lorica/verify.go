package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lorica-go/lorica/native/export"
)

func verifyCommand() *command {
	return &command{
		name: "verify", args: "BUNDLE",
		summary: "check a bundle: structure, digest, and its probes on every instruction set",
		about: `
Checks that a bundle is whole (structure, and the digest of its tensors against the one that it was made with) and that this
machine computes what the exporting machine did: every instruction set that there are kernels for answers the bundle's probes,
a few fixed sentences with their logits. Exits with 3 when anything is off. The bundle default is the built-in model.`,
		examples: []example{
			{"a bundle that was downloaded", "lorica verify steam.safetensors"},
			{"the largest difference of a logit, for a script", "lorica verify steam.safetensors --json | jq '[.tiers[].max_difference] | max'"},
		},
		define: func(*flags) action {
			return func(_ context.Context, c *console, args []string) error {
				switch {
				case len(args) == 0:
					return usagef("no bundle given")
				case len(args) > 1:
					return usagef("unexpected argument %q", args[1])
				}
				v, err := export.Verify(args[0], c.threads)
				if v == nil {
					return err
				}
				if c.json {
					if printed := c.print(v); printed != nil {
						return printed
					}
					return err
				}
				printVerification(c, v)
				return err
			}
		},
	}
}

func printVerification(c *console, v *export.Verification) {
	if len(v.Tiers) == 0 {
		return // the file is no bundle; the error says why
	}
	fmt.Fprintf(c.out, "%s: %d tensors, %s, digest %.16s, %d probes\n", v.Path, v.Tensors, bytesText(int64(v.Bytes)), v.Digest, v.Probes)
	t := newTable(c)
	t.AppendHeader(table.Row{"device", "largest difference", ""})
	for _, tier := range v.Tiers {
		verdict := c.style(green, "ok")
		if tier.Error != "" {
			verdict = c.style(red, "failed: "+printable(tier.Error))
		}
		t.AppendRow(table.Row{tier.Device, fmt.Sprintf("%.2g", tier.MaxDifference), verdict})
	}
	fmt.Fprintln(c.out, t.Render())
	if v.OK {
		fmt.Fprintln(c.out, c.style(green, "the bundle is whole and this machine computes what its maker did"))
	}
}
