package native

import (
	"os"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/builtin"
)

// ModelLabels returns the class names that an adapter or else a model carries, nil when neither names its classes.
func ModelLabels(model, adapter string) ([]string, error) {
	if adapter != "" {
		if err := atomicfile.Recover(adapter); err != nil {
			return nil, err
		}
		a, err := encoder.OpenAdapter(os.DirFS(adapter))
		if err != nil {
			return nil, badinput.Errorf("adapter %s: %w", adapter, err)
		}
		if a.Labels != nil {
			return a.Labels, nil
		}
	}
	config, err := modelConfig(model)
	if err != nil {
		return nil, badinput.Errorf("%s: %w", model, err)
	}
	if !config.Named {
		return nil, nil
	}
	return config.Labels, nil
}

// IsBundle reports whether a model argument names a bundle, the built-in one included.
func IsBundle(model string) bool {
	_, isDir, err := locate(model)
	return err == nil && !isDir
}

// modelConfig reads the configuration of a folder, a bundle or a model of the hub.
func modelConfig(model string) (*encoder.Config, error) {
	at, isDir, err := locate(model)
	if err != nil {
		return nil, err
	}
	if isDir {
		return encoder.ReadConfig(os.DirFS(at.Path))
	}
	if !builtin.Is(model) {
		model = at.Path
	}
	content, done, err := BundleBytes(model)
	if err != nil {
		return nil, err
	}
	defer done()
	file, err := safetensors.Parse(content)
	if err != nil {
		return nil, err
	}
	return encoder.BundleConfig(file)
}
