package bench

import (
	"encoding/json"
	"io"
	"os"

	"github.com/lorica-go/lorica/internal/badinput"
)

// maxLengthsFile bounds a file of lengths, in bytes.
const maxLengthsFile = 16 << 20

// ReadLengths reads a JSON file that holds a list of token counts, or an object with such a list under "lengths".
func ReadLengths(path string) ([]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, badinput.Errorf("lengths: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxLengthsFile+1))
	if err != nil {
		return nil, badinput.Errorf("lengths: %w", err)
	}
	if len(text) > maxLengthsFile {
		return nil, badinput.Errorf("lengths: %s has more than %d bytes", path, maxLengthsFile)
	}
	list, err := parseLengths(text)
	if err != nil {
		return nil, badinput.Errorf("lengths: %s: %w", path, err)
	}
	return list, nil
}

func parseLengths(text []byte) ([]int, error) {
	var list []int
	if err := json.Unmarshal(text, &list); err == nil && list != nil {
		return list, nil
	}
	var object struct {
		Lengths []int `json:"lengths"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, badinput.Errorf("want a list of token counts, or an object that has one under \"lengths\": %w", err)
	}
	if object.Lengths == nil {
		return nil, badinput.Errorf("no list of token counts, and none under \"lengths\"")
	}
	return object.Lengths, nil
}
