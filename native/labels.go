package native

import (
	"os"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/mmap"
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

// modelConfig reads the configuration of a folder, a bundle or a model of the hub.
func modelConfig(model string) (*encoder.Config, error) {
	at, info, err := locate(model)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return encoder.ReadConfig(os.DirFS(at.Path))
	}
	mapping, err := mmap.Open(at.Path)
	if err != nil {
		return nil, err
	}
	defer mapping.Close()
	file, err := safetensors.Parse(mapping.Bytes())
	if err != nil {
		return nil, err
	}
	return encoder.BundleConfig(file)
}
