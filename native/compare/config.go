package compare

import (
	"log/slog"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// Missing says what a row without a prediction means.
type Missing string

// What a missing prediction may mean.
const (
	MissingError Missing = "error" // an input error
	MissingWrong Missing = "wrong" // a wrong answer
	MissingDrop  Missing = "drop"  // that the row is left out, for all candidates
)

// Config says what is compared on what. The rows' file and the candidates are needed, the rest has defaults.
type Config struct {
	Candidates []Candidate // two at least
	// Renames give labels of candidates the names that they are measured by.
	Renames []Rename
	// Data is the file of labelled rows, or - for standard input; Rows, unless empty, lists those to take (data.ReadRowList).
	Data, Rows string
	// Labels are those that are measured, in order. nil: those of the first model that names its labels or, where none does,
	// those of the data.
	Labels []string
	// Read says how the data are read. Its IDField matches predictions with rows, and its Stdin is for predictions, too.
	Read    data.Options
	Missing Missing
	// Threads is the number of threads, 0 for all; MaxTokens is where texts are cut, 0 for each model's own limit.
	Threads, MaxTokens int
	// Resamples is how many times the bootstrap draws the rows, with a generator that Seed begins.
	Resamples int
	Seed      uint64
	// MinTime is how long the speed of a model is measured at least. Rows are classified again to fill it.
	MinTime time.Duration
	// Version of the program goes into the result.
	Version string
	// Logger hears of skipped rows. Progress is told how many classifications are done, of how many; may be nil.
	Logger   *slog.Logger
	Progress func(done, total int)
	// Now is the clock.
	Now func() time.Time
}

// Default returns the settings of the command line without flags.
func Default() Config {
	return Config{
		Missing: MissingError, Resamples: 10_000, Seed: 42, MinTime: 2 * time.Second,
		Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}
}

// limits of what is compared.
const (
	maxCandidates = 50
	maxLabels     = 1000
	minResamples  = 10
	maxResamples  = 1_000_000
)

// Validate returns an input error for settings that make no sense.
func (c *Config) Validate() error {
	switch {
	case len(c.Candidates) < 2:
		return badinput.Errorf("%d to compare: want two at least", len(c.Candidates))
	case len(c.Candidates) > maxCandidates:
		return badinput.Errorf("%d to compare: want %d at most", len(c.Candidates), maxCandidates)
	case c.Data == "":
		return badinput.Errorf("no data")
	case c.Missing != MissingError && c.Missing != MissingWrong && c.Missing != MissingDrop:
		return badinput.Errorf("missing predictions %q: want %s, %s or %s", c.Missing, MissingError, MissingWrong, MissingDrop)
	case c.Resamples < minResamples || c.Resamples > maxResamples:
		return badinput.Errorf("%d resamples: want %d to %d", c.Resamples, minResamples, maxResamples)
	case c.Threads < 0 || c.MaxTokens < 0 || c.MinTime < 0:
		return badinput.Errorf("threads %d, maximum length %d, time %v: want none below 0", c.Threads, c.MaxTokens, c.MinTime)
	case c.Logger == nil || c.Now == nil:
		return badinput.Errorf("no logger or no clock: begin with Default")
	}
	stdin := 0
	if c.Data == "-" {
		stdin++
	}
	if i, j := sameName(c.Candidates); i >= 0 {
		return badinput.Errorf("%s and %s are both called %q", c.Candidates[i].Path, c.Candidates[j].Path, c.Candidates[i].Name)
	}
	for _, candidate := range c.Candidates {
		if err := checkName(candidate.Name); err != nil {
			return badinput.Errorf("%q: %w", candidate.Name, err)
		}
		if candidate.Path == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return badinput.Errorf("standard input cannot be read twice")
	}
	return nil
}
