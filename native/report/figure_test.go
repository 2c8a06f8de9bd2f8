package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/train"
)

func value(v float64) *float64 { return &v }

// histories are logs that figures must survive.
func histories() map[string][]train.Entry {
	return map[string][]train.Entry{
		"empty":                   nil,
		"one entry":               {{Step: 50, Epoch: 0.1, Loss: value(0.7), Rate: value(2e-4), GradNorm: value(1)}},
		"one entry at step 0":     {{Loss: value(0), Rate: value(0), GradNorm: value(0)}},
		"one evaluation":          {{Step: 800, Epoch: 1, TrainLoss: value(0.4), EvalLoss: value(0.3), EvalAccuracy: value(0.9), EvalMacroF1: value(0.89)}},
		"perfect":                 {{Step: 8, Epoch: 1, EvalLoss: value(0), EvalAccuracy: value(1), EvalMacroF1: value(1)}},
		"hopeless":                {{Step: 8, Epoch: 1, EvalLoss: value(9), EvalAccuracy: value(0), EvalMacroF1: value(0)}},
		"equal values":            {{Step: 1, Loss: value(0.5)}, {Step: 2, Loss: value(0.5)}, {Step: 3, Loss: value(0.5)}},
		"diverged":                {{Step: 1, Loss: value(0.5)}, {Step: 2, Loss: value(1e300)}, {Step: 3, Loss: value(math.NaN())}, {Step: 4, Loss: value(math.Inf(1))}},
		"large":                   {{Step: 1, Loss: value(9e8)}, {Step: 1 << 40, Loss: value(1e8), GradNorm: value(3e6)}},
		"tiny":                    {{Step: 1, Loss: value(3e-300), Rate: value(1e-12)}, {Step: 2, Loss: value(1e-300), Rate: value(5e-13)}},
		"negative":                {{Step: -5, Loss: value(-3)}, {Step: 5, Loss: value(-1)}},
		"three epochs":            noisyHistory(3, 50),
		"three epochs, each step": noisyHistory(3, 1),
		"eighty epochs":           noisyHistory(80, 800),
	}
}

func TestFiguresAreDrawnOfAnyHistory(t *testing.T) {
	for name, entries := range histories() {
		h := newHistory(entries)
		for _, s := range []size{alone, inPage} {
			for _, f := range []*figure{lossFigure(s, &h), accuracyFigure(s, &h, 0.74), accuracyFigure(s, &h, math.NaN()), rateFigure(s, &h), normFigure(s, &h)} {
				d, err := f.drawing()
				if err != nil {
					t.Fatalf("%s, %s: %v", name, f.title, err)
				}
				checkSVG(t, name+", "+f.title, d.file())
			}
		}
	}
}

// checkSVG parses an SVG file and wants one svg element with a viewBox around it all, and finite numbers.
func checkSVG(t *testing.T, name, file string) (texts []string) {
	t.Helper()
	if strings.Contains(file, "NaN") || strings.Contains(file, "Inf") {
		t.Errorf("%s has numbers that are not finite", name)
	}
	decoder := xml.NewDecoder(strings.NewReader(file))
	depth, inText := 0, false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth == 0 && (e.Name.Local != "svg" || !strings.Contains(fmt.Sprint(e.Attr), "viewBox")) {
				t.Errorf("%s begins with %v", name, e)
			}
			inText = e.Name.Local == "text"
			depth++
		case xml.EndElement:
			inText = false
			depth--
		case xml.CharData:
			if inText {
				texts = append(texts, string(e))
			}
		}
	}
	return texts
}

func TestPNGsAreNotBlankAndNothingTouchesTheirEdge(t *testing.T) {
	for _, name := range []string{"empty", "one entry", "three epochs", "eighty epochs", "large"} {
		h := newHistory(histories()[name])
		for _, f := range []*figure{lossFigure(alone, &h), accuracyFigure(alone, &h, 0.8)} {
			var b bytes.Buffer
			if err := f.png(&b); err != nil {
				t.Fatal(err)
			}
			decoded, err := png.Decode(&b)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, f.title, err)
			}
			img := image.NewRGBA(image.Rect(0, 0, 1600, 900))
			if decoded.Bounds() != img.Bounds() {
				t.Fatalf("%s, %s: bounds %v, want %v", name, f.title, decoded.Bounds(), img.Bounds())
			}
			draw.Draw(img, img.Bounds(), decoded, image.Point{}, draw.Src)
			inked := 0
			for i := 0; i < len(img.Pix); i += 4 {
				if min(img.Pix[i], img.Pix[i+1], img.Pix[i+2]) > 250 {
					continue
				}
				inked++
				if x, y := i/4%1600, i/4/1600; x < 6 || y < 6 || x >= 1594 || y >= 894 {
					t.Fatalf("%s, %s: something is drawn at %d, %d", name, f.title, x, y)
				}
			}
			if inked < 3000 || inked > 400000 {
				t.Errorf("%s, %s: %d points are not white", name, f.title, inked)
			}
		}
	}
}

func TestFiguresSayWhatTheyShow(t *testing.T) {
	files := written(t, reviewRun(t))
	for name, want := range map[string][]string{
		LossSVG:        {"Loss", "training", "training, smoothed", "evaluation", "Training step", "Cross-entropy (nats)", "epoch 1", "epoch 3", "0", "0.2", "2,000"},
		AccuracySVG:    {"accuracy", "macro F1", "always the commonest label, 75.4%", "87.2%", "88.8%", "75%"},
		CalibrationSVG: {"Calibration", "95% interval", "888 rows", "50%", "100%"},
		ConfusionSVG:   {"Confusion matrix", "negative", "positive", "1,122", "92.1%", "True label", "Predicted"},
	} {
		texts := checkSVG(t, name, string(files[name]))
		for _, w := range want {
			if !contains(texts, w) {
				t.Errorf("%s lacks %q, has %q", name, w, texts)
			}
		}
	}
}

func contains(texts []string, want string) bool {
	for _, text := range texts {
		if strings.TrimSpace(text) == want {
			return true
		}
	}
	return false
}

func TestAFarBaselineIsLeftOut(t *testing.T) {
	h := newHistory(noisyHistory(3, 50))
	d, err := accuracyFigure(alone, &h, 0.03).drawing()
	if err != nil || strings.Contains(d.body, "commonest") {
		t.Errorf("a baseline of 3%% is drawn below points at 88%%, %v", err)
	}
}

func TestALateSpikeDoesNotFlattenTheLoss(t *testing.T) {
	entries := noisyHistory(3, 10)
	entries[200].Loss = value(40)
	h := newHistory(entries)
	if top := lossFigure(alone, &h).Y.Max; top > 5 {
		t.Errorf("the axis ends at %g", top)
	}
	entries[200].EvalLoss = value(41) // an evaluation is always shown
	h = newHistory(entries)
	if top := lossFigure(alone, &h).Y.Max; top < 41 {
		t.Errorf("the axis ends at %g", top)
	}
}

func TestConfusionMatricesOfAnySizeAreDrawn(t *testing.T) {
	for _, n := range []int{2, 3, 14, 15, 41} {
		var labels []string
		for k := range n {
			labels = append(labels, fmt.Sprintf("label <%d> & a long name that needs cutting", k))
		}
		m := measured(t, 600, labels...)
		for _, s := range []size{alone, inPage} {
			d := confusionDrawing(s, confusionTitle, m.Confusion, m.Labels)
			texts := checkSVG(t, fmt.Sprint(n, " labels"), d.file())
			numbered := contains(texts, group(fmt.Sprint(m.Confusion[n-1][n-1])))
			if numbered != (n <= maxFigures) {
				t.Errorf("%d labels: cells have numbers: %v", n, numbered)
			}
			if whole := !strings.Contains(d.name, "most frequent"); whole != (n <= maxMatrix) {
				t.Errorf("%d labels: title %q", n, d.name)
			}
		}
	}
}

func TestWilsonIntervalIsThatOfTheTextbook(t *testing.T) {
	// 81 of 263: Newcombe 1998, table I, method 3
	low, high := wilson(81.0/263, 263)
	if math.Abs(low-0.2553) > 5e-5 || math.Abs(high-0.3662) > 5e-5 {
		t.Errorf("got %.4f to %.4f, want 0.2553 to 0.3662", low, high)
	}
	if low, high := wilson(0, 20); low != 0 || math.Abs(high-0.1611) > 5e-5 {
		t.Errorf("got %.4f to %.4f, want 0 to 0.1611", low, high)
	}
}
