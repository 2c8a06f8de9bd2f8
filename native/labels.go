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
func ModelLabels(path, adapter string) ([]string, error) {
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
	config, err := modelConfig(path)
	if err != nil {
		return nil, badinput.Errorf("%s: %w", path, err)
	}
	if !config.Named {
		return nil, nil
	}
	return config.Labels, nil
}

// modelConfig reads the configuration of a folder or a bundle.
func modelConfig(path string) (*encoder.Config, error) {
	if err := atomicfile.Recover(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, missing(err)
	}
	if info.IsDir() {
		return encoder.ReadConfig(os.DirFS(path))
	}
	mapping, err := mmap.Open(path)
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
