package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lorica-go/lorica/native/inspect"
)

func infoCommand() *command {
	return &command{
		name:    "info",
		summary: "show what this machine and a model have",
		about: `
Shows the processor's vector instruction sets, those that there are kernels for and the one in use, and with --model what a
model consists of: type, parameters (total and trainable, with an adapter as PEFT counts them), storage types, labels, sizes,
tensors of the files that the model has no place for, and parameters that no file has.`,
		examples: []example{
			{"the machine", "lorica info"},
			{"the built-in model", "lorica info --model default"},
			{"a base model with its adapter", "lorica info --model minilm-l6 --adapter run/adapter"},
			{"the labels of a bundle, for a script", "lorica info --model run/model.safetensors --json | jq -r '.model.labels[]'"},
		},
		define: func(f *flags) action {
			var model modelFlags
			model.defineNone(f.group("Model"))
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return runInfo(ctx, c, &model)
			}
		},
	}
}

// infoResult is what info --json prints.
type infoResult struct {
	*inspect.Machine
	Version string         `json:"version"`
	Model   *inspect.Model `json:"model,omitempty"`
}

func runInfo(ctx context.Context, c *console, v *modelFlags) error {
	if v.model == "" && v.adapter != "" {
		return usagef("--adapter without --model")
	}
	machine, err := inspect.ThisMachine(c.threads)
	if err != nil {
		return err
	}
	result := infoResult{Machine: machine, Version: thisBuild().Version}
	if v.model != "" {
		if err := v.fetch(ctx, c); err != nil {
			return err
		}
		if result.Model, err = inspect.OpenModel(v.model, v.adapter, c.threads); err != nil {
			return err
		}
	}
	if !c.pretty() {
		return c.print(result)
	}
	printMachine(c, machine)
	if result.Model != nil {
		fmt.Fprintln(c.out)
		printModel(c, result.Model)
	}
	return nil
}

// facts prints pairs of a name and a value, aligned; pairs without a value are left out.
func facts(c *console, title string, pairs [][2]string) {
	t := newTable(c)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: max(c.width-22, 40)}})
	for _, pair := range pairs {
		if pair[1] != "" {
			t.AppendRow(table.Row{"  " + pair[0], pair[1]})
		}
	}
	fmt.Fprintf(c.out, "%s\n%s\n", c.style(bold, title), t.Render())
}

func printMachine(c *console, m *inspect.Machine) {
	facts(c, "Machine", [][2]string{
		{"processor", m.CPU.Name},
		{"platform", m.OS + "/" + m.Arch},
		{"threads", fmt.Sprint(m.Threads)},
		{"kernels", fmt.Sprintf("%s (of %s)", m.CPU.Tier, strings.Join(m.CPU.Tiers, ", "))},
		{"features", strings.Join(m.CPU.Features, " ")},
		{"devices", strings.Join(m.Devices, ", ")},
	})
}

func printModel(c *console, m *inspect.Model) {
	parameters := thousands(float64(m.Parameters.Total))
	lora, tokenizer, training, proof, eightBits := "", "none", "", "", ""
	if m.LoRA != nil {
		parameters += fmt.Sprintf(", trainable %s (%.4f%%)", thousands(float64(m.Parameters.Trainable)),
			100*float64(m.Parameters.Trainable)/float64(m.Parameters.Total))
		lora = fmt.Sprintf("rank %d, alpha %g, dropout %g on %s", m.LoRA.Rank, m.LoRA.Alpha, m.LoRA.Dropout, strings.Join(m.LoRA.Targets, ", "))
		if len(m.LoRA.ModulesToSave) > 0 {
			lora += "; saves " + strings.Join(m.LoRA.ModulesToSave, ", ")
		}
	}
	if m.Tokenizer > 0 {
		tokenizer = thousands(float64(m.Tokenizer)) + " tokens"
	}
	if p := m.Provenance; p != nil {
		if p.Base != "" {
			training = fmt.Sprintf("from %s on %s rows", p.Base, thousands(float64(p.Rows)))
		}
		if e := p.EightBits; e != nil {
			eightBits = fmt.Sprintf("%d texts, logits within %.2g, %d labels changed", e.Rows, e.MaxDifference, e.Flipped)
		}
		if p.Merge != nil {
			proof = fmt.Sprintf("%d texts, logits within %.1e, %d labels changed", p.Merge.Rows, p.Merge.MaxDifference, p.Merge.Flipped)
		}
	}
	facts(c, "Model", [][2]string{
		{"path", m.Path},
		{"snapshot", m.Snapshot},
		{"adapter", m.Adapter},
		{"type", m.Type + ", " + m.Format},
		{"parameters", parameters},
		{"lora", lora},
		{"stored as", strings.Join(m.DType, ", ") + ", " + bytesText(m.Bytes)},
		{"labels", strings.Join(m.Labels, ", ")},
		{"layers", fmt.Sprintf("%d, hidden %d, heads %d, intermediate %d", m.Layers, m.Hidden, m.Heads, m.Inner)},
		{"longest text", fmt.Sprintf("%d tokens", m.MaxTokens)},
		{"vocabulary", thousands(float64(m.Vocabulary))},
		{"tokenizer", tokenizer},
		{"trained", training},
		{"merged", proof},
		{"eight bits", eightBits},
		{"fresh", strings.Join(m.Fresh, ", ")},
		{"unused", strings.Join(m.Unused, ", ")},
	})
}
