package report

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/metrics"
)

// Files that Write makes. Loss and accuracy need Run.History, the confusion matrix Run.Metrics, and the reliability diagram
// probabilities in it.
const (
	TextFile       = "report.txt"
	JSONFile       = "report.json"
	PageFile       = "report.html"
	LossSVG        = "loss.svg"
	LossPNG        = "loss.png"
	AccuracySVG    = "accuracy.svg"
	AccuracyPNG    = "accuracy.png"
	ConfusionSVG   = "confusion.svg"
	CalibrationSVG = "calibration.svg"
)

// Titles of figures.
const (
	confusionTitle   = "Confusion matrix"
	calibrationTitle = "Calibration"
)

// Dir is a Sink that puts each file into a folder, whole or not at all. The folder is made when it is missing, and other files
// in it stay.
type Dir string

// Write makes or replaces the file name in the folder. An error names the path.
func (d Dir) Write(name string, fill func(w io.Writer) error) error {
	path := filepath.Join(string(d), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return badinput.Errorf("report folder: %w", err)
	}
	return atomicfile.Write(path, fill)
}

// Write makes all files of the report. Figures are drawn before the first is written, so that an error of theirs leaves
// nothing behind; an error of to is returned as it is.
func Write(to encoder.Sink, run Run) error {
	if err := run.validate(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	h := newHistory(run.History)
	files, err := run.files(&h)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, f := range files {
		if err := to.Write(f.name, f.fill); err != nil {
			return err
		}
	}
	return nil
}

// file is a file to be written.
type file struct {
	name string
	fill func(w io.Writer) error
}

func textFile(name, text string) file {
	return file{name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}}
}

// files renders everything but the PNG files, which are drawn as they are written.
func (r *Run) files(h *history) ([]file, error) {
	files, err := r.curveFiles(h)
	if err != nil {
		return nil, err
	}
	if m := r.Metrics; m != nil {
		files = append(files, textFile(ConfusionSVG, confusionDrawing(alone, confusionTitle, m.Confusion, m.Labels).file()))
	}
	if m := r.Metrics; m != nil && scored(m) {
		calibration, err := calibrationFigure(alone, calibrationTitle, m.Calibration, len(m.Labels)).drawing()
		if err != nil {
			return nil, err
		}
		files = append(files, textFile(CalibrationSVG, calibration.file()))
	}
	document, err := r.json()
	if err != nil {
		return nil, err
	}
	page, err := r.page(h)
	if err != nil {
		return nil, err
	}
	return append(files, textFile(TextFile, r.text(h)), textFile(JSONFile, document), textFile(PageFile, page)), nil
}

// curveFiles are the figures of the training, if there was any.
func (r *Run) curveFiles(h *history) ([]file, error) {
	if len(r.History) == 0 {
		return nil, nil
	}
	loss, accuracy := lossFigure(alone, h), accuracyFigure(alone, h, r.baseline())
	var drawings []drawing
	for _, f := range []*figure{loss, accuracy} {
		d, err := f.drawing()
		if err != nil {
			return nil, err
		}
		drawings = append(drawings, d)
	}
	return []file{
		textFile(LossSVG, drawings[0].file()), {LossPNG, loss.png},
		textFile(AccuracySVG, drawings[1].file()), {AccuracyPNG, accuracy.png},
	}, nil
}

// scored reports whether probabilities are known, and not labels alone.
func scored(m *metrics.Report) bool { return len(m.Calibration.Bins) > 0 }

// validate finds what would make the files contradict themselves.
func (r *Run) validate() error {
	m := r.Metrics
	if m == nil {
		return nil
	}
	if len(m.Labels) == 0 || len(m.Labels) != len(m.Confusion) {
		return fmt.Errorf("%d labels, a confusion matrix of %d", len(m.Labels), len(m.Confusion))
	}
	if m.Outside != nil && len(m.Outside) != len(m.Labels) {
		return fmt.Errorf("%d labels, predictions outside of them for %d", len(m.Labels), len(m.Outside))
	}
	for _, row := range m.Confusion {
		if len(row) != len(m.Labels) {
			return fmt.Errorf("%d labels, a confusion matrix with a row of %d", len(m.Labels), len(row))
		}
	}
	return nil
}

// baseline is the accuracy of always choosing the test rows' commonest label; NaN without metrics or rows.
func (r *Run) baseline() float64 {
	share, _ := r.commonest()
	return share
}

// commonest is the label that most test rows have, and their share.
func (r *Run) commonest() (float64, string) {
	if r.Metrics == nil || r.Metrics.Rows == 0 {
		return math.NaN(), ""
	}
	most, label := 0, ""
	for k, row := range r.Metrics.Confusion {
		n := total(row)
		if r.Metrics.Outside != nil {
			n += r.Metrics.Outside[k]
		}
		if n > most {
			most, label = n, r.Metrics.Labels[k]
		}
	}
	return float64(most) / float64(r.Metrics.Rows), label
}
