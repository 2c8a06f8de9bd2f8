package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lorica-go/lorica/native/metrics"
)

// fact is a named piece of what is known of a run, for people.
type fact struct{ Name, Value string }

// facts are those that text and page share, in reading order, each printable.
func (r *Run) facts() []fact {
	var all []fact
	add := func(name, value string) {
		if value != "" {
			all = append(all, fact{printable(name), printable(value)})
		}
	}
	model := r.Model
	if r.ModelType != "" && model != "" {
		model += " (" + r.ModelType + ")"
	} else {
		model += r.ModelType
	}
	add("Model", model)
	add("Method", r.Method)
	if r.Parameters > 0 {
		add("Parameters", fmt.Sprintf("%s trainable of %s (%s)", count(r.TrainableParameters), count(r.Parameters),
			share(float64(r.TrainableParameters)/float64(r.Parameters))))
	}
	for _, d := range r.Data {
		value := fmt.Sprintf("%s, %s rows", d.Name, count(d.Rows))
		if len(d.Digest) >= 12 {
			value += ", SHA-256 " + d.Digest[:12] + "…"
		}
		add("Data, "+d.Role, value)
	}
	for _, l := range r.Labels {
		add("Label "+l.Label, fmt.Sprintf("%s rows to train on, %s to test on", count(l.Train), count(l.Test)))
	}
	add("Leaks", r.Leaks.sentence())
	add("Device", r.device())
	if r.Seconds > 0 {
		add("Training took", duration(r.Seconds))
	}
	if r.TokensPerSecond > 0 && finite(r.TokensPerSecond) {
		add("Training speed", count(int(math.Round(r.TokensPerSecond)))+" tokens/s")
	}
	if m := r.Merge; m != nil {
		moved := fmt.Sprintf("no logit moved by more than %.3g", m.MaxDifference)
		if !finite(m.MaxDifference) {
			moved = "logits are not finite"
		}
		add("Merge", fmt.Sprintf("on %s texts %s; %s", count(m.Rows), moved, flipped(m.Flipped)))
	}
	if !r.Finished.IsZero() {
		add("Finished", r.Finished.Format(time.RFC3339))
	}
	if r.Version != "" {
		add("Made by", "lorica "+r.Version)
	}
	return all
}

func (r *Run) device() string {
	switch {
	case r.Device == "" || r.Threads == 0:
		return r.Device
	case r.Threads == 1:
		return r.Device + ", 1 thread"
	}
	return fmt.Sprintf("%s, %d threads", r.Device, r.Threads)
}

func flipped(n int) string {
	switch n {
	case 0:
		return "no label changed"
	case 1:
		return "1 label changed"
	}
	return count(n) + " labels changed"
}

// sentence sums the leaks up; "" when none were searched for.
func (l *Leaks) sentence() string {
	if l == nil {
		return ""
	}
	if l.ExactTestRows+l.NearTestRows == 0 {
		return fmt.Sprintf("no test row is like a training row (similarity %s)", trim(l.Threshold))
	}
	s := fmt.Sprintf("%s test rows equal a training row, %s more nearly do (similarity %s)", count(l.ExactTestRows), count(l.NearTestRows), trim(l.Threshold))
	if l.Conflicts > 0 {
		s += fmt.Sprintf("; %s pairs have different labels", count(l.Conflicts))
	}
	if l.Dropped > 0 {
		s += fmt.Sprintf("; %s training rows were left out for it", count(l.Dropped))
	}
	return s
}

// warnings are what a reader must know before believing the figures.
func (r *Run) warnings() []string {
	var all []string
	if n := r.Leaks.remaining(); n > 0 {
		s := fmt.Sprintf("%s of the test rows stand in the training rows too, exactly or nearly: the measures below are flattering.", count(n))
		if r.Metrics != nil && r.Metrics.Rows > 0 {
			s = fmt.Sprintf("%s of %s test rows (%s) stand in the training rows too, exactly or nearly: the measures below are flattering.",
				count(n), count(r.Metrics.Rows), share(float64(n)/float64(r.Metrics.Rows)))
		}
		all = append(all, s)
	}
	if m := r.Metrics; m != nil && total(m.Outside) > 0 {
		all = append(all, fmt.Sprintf("%s of %s test rows have no answer, or one that is none of the labels. They count as wrong.", count(total(m.Outside)), count(m.Rows)))
	}
	if m := r.Merge; m != nil && !finite(m.MaxDifference) {
		all = append(all, "After merging the adapter the model gives logits that are not finite.")
	}
	if m := r.Merge; m != nil && m.Flipped > 0 {
		all = append(all, fmt.Sprintf("Merging the adapter changed the label of %s of %s sample texts.", count(m.Flipped), count(m.Rows)))
	}
	if base := r.baseline(); r.Metrics != nil && float64(r.Metrics.Accuracy) <= base {
		all = append(all, "The model is no better than one that always gives the commonest label.")
	}
	return all
}

// measure is a figure of merit with what is to be known about it.
type measure struct{ Name, Value, Note string }

// measures are the figures of merit, the most telling first.
func (r *Run) measures() []measure {
	m := r.Metrics
	if m == nil {
		return nil
	}
	accuracyNote := ""
	if base, label := r.commonest(); !math.IsNaN(base) {
		accuracyNote = fmt.Sprintf("always “%s”: %s", clip(printable(label), 20), share(base))
	}
	all := []measure{{"Accuracy", percentage(m.Accuracy), accuracyNote}, {"Macro F1", fixed(m.Macro.F1), "labels count alike"}}
	if m.Binary != nil && scored(m) {
		all = append(all, measure{"ROC AUC", fixed(m.ROCAUC), "0.5 is chance"}, measure{"Average precision", fixed(m.AveragePrecision), "of “" + clip(printable(m.Labels[1]), 20) + "”"})
	}
	if m.Multiclass != nil && scored(m) {
		all = append(all, measure{"ROC AUC", fixed(m.ROCAUCOneVsRestMacro), "one against the rest, mean"}, measure{"Average precision", fixed(m.AveragePrecisionMacro), "mean over labels"})
	}
	all = append(all, measure{"MCC", fixed(m.MCC), "0 is chance, 1 perfect"}, measure{"Cohen's kappa", fixed(m.CohenKappa), "agreement beyond chance"})
	if !scored(m) {
		return all
	}
	return append(all,
		measure{"Log loss", fixed(m.LogLoss), "nats, lower is better"},
		measure{"Calibration error", fixed(m.Calibration.ECE), "expected gap, lower is better"},
	)
}

func percentage(v metrics.Float) string {
	if math.IsNaN(float64(v)) {
		return "–"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(v))
}

// share is a part of one as a percentage, with more digits where it is small.
func share(v float64) string {
	if v > 0 && v < 0.01 {
		return strconv.FormatFloat(100*v, 'g', 2, 64) + "%"
	}
	return fmt.Sprintf("%.1f%%", 100*v)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func count(n int) string { return group(strconv.Itoa(n)) }

func trim(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// duration is a time as people say it.
func duration(seconds float64) string {
	if !(seconds < 1e9) {
		return "–"
	}
	if seconds < 60 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	whole := int(math.Round(seconds))
	parts := []string{}
	if h := whole / 3600; h > 0 {
		parts = append(parts, count(h)+" h")
	}
	parts = append(parts, fmt.Sprintf("%d min", whole/60%60))
	if whole < 3600 {
		parts = append(parts, fmt.Sprintf("%d s", whole%60))
	}
	return strings.Join(parts, " ")
}
