package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/tooling/defaultmodel/bigram"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/metrics"
)

// baselineName is what tables call the bigram logistic regression.
const baselineName = "bigrams"

// table measures the baseline and models on the same rows.
type table struct {
	train, validation string
	refit             bool
	c                 string
	sets              files
	threads           int
	errOut            io.Writer
}

func (t *table) define(flags *flag.FlagSet) {
	flags.StringVar(&t.train, "train", "", "the labelled `file` that the baseline learns from: what the models were trained on")
	flags.StringVar(&t.validation, "validation", "", "choose C by the macro F1 on this labelled `file`")
	flags.BoolVar(&t.refit, "refit", false, "having chosen C, learn from the rows of -train and -validation together")
	flags.StringVar(&t.c, "c", "1,2,4,8,16,32", "the `values` of C to choose from; without -validation just one")
	flags.Var(&t.sets, "set", "measure on this labelled file: `NAME=FILE`; may be given again")
	flags.IntVar(&t.threads, "threads", 0, "threads of the models (0: all)")
}

// measured is a set and the answers of all to it.
type measured struct {
	name    string
	set     *data.Set
	reports []*metrics.Report // of the baseline first
	labels  [][]int           // predicted by each, in the order of the rows
}

func (t *table) run(ctx context.Context, args []string, out, errOut io.Writer) error {
	t.errOut = errOut
	cs, err := t.check()
	if err != nil {
		return err
	}
	models, err := compare.ParseCandidates(args, nil)
	if err != nil {
		return usageError{err.Error()}
	}
	sets := make([]*measured, len(t.sets))
	for i, arg := range t.sets {
		name, path, _ := strings.Cut(arg, "=")
		set, err := load(path)
		if err != nil {
			return err
		}
		sets[i] = &measured{name: name, set: set}
	}
	names := []string{baselineName}
	baseline, err := t.baseline(cs)
	if err != nil {
		return err
	}
	for _, m := range sets {
		if err := m.add(scores(baseline, m.set)); err != nil {
			return err
		}
	}
	for _, model := range models {
		names = append(names, model.Name)
		if err := t.model(ctx, model.Path, sets); err != nil {
			return err
		}
	}
	return printTable(out, names, sets)
}

// check finds what is missing, and returns the values of C.
func (t *table) check() ([]float64, error) {
	if t.train == "" || len(t.sets) == 0 {
		return nil, usageError{"-train and -set are needed"}
	}
	for _, set := range t.sets {
		if name, path, ok := strings.Cut(set, "="); !ok || name == "" || path == "" {
			return nil, usageError{fmt.Sprintf("-set %s: want NAME=FILE", set)}
		}
	}
	var cs []float64
	for _, text := range strings.Split(t.c, ",") {
		c, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(c > 0) || c > 1e9 {
			return nil, usageError{fmt.Sprintf("-c %s: want numbers above 0", t.c)}
		}
		cs = append(cs, c)
	}
	switch {
	case t.validation == "" && len(cs) > 1:
		return nil, usageError{"-validation is missing, which chooses among the values of -c"}
	case t.validation == "" && t.refit:
		return nil, usageError{"-refit needs -validation"}
	}
	return cs, nil
}

// load reads labelled texts; class 1 is the positive one.
func load(path string) (*data.Set, error) {
	labels, err := data.NewLabels("negative", "positive")
	if err != nil {
		return nil, err
	}
	return data.Load(path, labels, data.Options{})
}

// baseline trains the logistic regression, with the C whose macro F1 on the validation rows is best, the smallest of equals. By
// accuracy it would lean further to the commoner label, which costs it more where labels are balanced.
func (t *table) baseline(cs []float64) (*bigram.Model, error) {
	set, err := load(t.train)
	if err != nil {
		return nil, err
	}
	texts, err := vectors(set)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.train, err)
	}
	fmt.Fprintf(t.errOut, "%s: %s rows, %s words and pairs of words\n", baselineName, thousands(set.Len()), thousands(texts.Features()))
	if t.validation == "" {
		return texts.Train(cs[0])
	}
	validation, err := load(t.validation)
	if err != nil {
		return nil, err
	}
	var best *bigram.Model
	bestC, bestF1 := 0.0, -1.0
	for _, c := range cs {
		m, err := texts.Train(c)
		if err != nil {
			return nil, err
		}
		r, err := metrics.Evaluate(scores(m, validation), validation.Classes, validation.Labels.Names())
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(t.errOut, "%s: C %v: validation accuracy %.4f, macro F1 %.4f\n", baselineName, c, r.Accuracy, r.Macro.F1)
		if f1 := float64(r.Macro.F1); f1 > bestF1 {
			best, bestC, bestF1 = m, c, f1
		}
	}
	fmt.Fprintf(t.errOut, "%s: C %v is taken\n", baselineName, bestC)
	if !t.refit {
		return best, nil
	}
	both := &data.Set{Rows: append(set.Rows, validation.Rows...), Classes: append(set.Classes, validation.Classes...)}
	if texts, err = vectors(both); err != nil {
		return nil, err
	}
	return texts.Train(bestC)
}

func vectors(set *data.Set) (*bigram.Texts, error) {
	texts, positive := make([]string, set.Len()), make([]bool, set.Len())
	for i, row := range set.Rows {
		texts[i], positive[i] = row.Text, set.Classes[i] == 1
	}
	return bigram.NewTexts(texts, positive)
}

// scores are the baseline's logits of a set, [rows, 2].
func scores(m *bigram.Model, set *data.Set) [][]float64 {
	logits := make([][]float64, set.Len())
	for i, row := range set.Rows {
		logits[i] = []float64{0, m.Score(row.Text)}
	}
	return logits
}

// model lets a model answer all sets. Its first label counts as the negative one.
func (t *table) model(ctx context.Context, path string, sets []*measured) (err error) {
	c, err := native.Open(path, native.Options{Threads: t.threads, LongRun: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if len(c.Labels()) != 2 {
		return usageError{fmt.Sprintf("%s: %d labels, want 2", path, len(c.Labels()))}
	}
	for _, m := range sets {
		answers, result, err := classify.Set(ctx, c.Classifier, m.set, nil)
		if err != nil {
			return err
		}
		logits := make([][]float64, len(answers))
		for i, a := range answers {
			logits[i] = []float64{float64(a.Logits[0]), float64(a.Logits[1])}
		}
		if err := m.add(logits); err != nil {
			return err
		}
		fmt.Fprintf(t.errOut, "%s: %s: %s rows, %d cut\n", path, m.name, thousands(result.Rows), result.Truncated)
	}
	return nil
}

// add measures logits of the set's rows.
func (m *measured) add(logits [][]float64) error {
	r, err := metrics.Evaluate(logits, m.set.Classes, m.set.Labels.Names())
	if err != nil {
		return err
	}
	labels := make([]int, len(logits))
	for i, l := range logits {
		labels[i] = metrics.Argmax(l)
	}
	m.reports, m.labels = append(m.reports, r), append(m.labels, labels)
	return nil
}

// printTable prints a row for each set and each that answered it; p is McNemar's, against the baseline.
func printTable(out io.Writer, names []string, sets []*measured) error {
	b := new(strings.Builder)
	b.WriteString("| set | rows | positive | | accuracy | macro F1 | F1 of negative | ROC AUC | p |\n| --- | --: | --: | --- | --: | --: | --: | --: | --: |\n")
	for _, m := range sets {
		facts := fmt.Sprintf("%s | %s | %.1f%%", m.name, thousands(m.set.Len()), 100*float64(m.set.Counts()[1])/float64(m.set.Len()))
		for i, r := range m.reports {
			p := ""
			if i > 0 {
				test, err := metrics.NewMcNemar(m.set.Classes, m.labels[i], m.labels[0])
				if err != nil {
					return err
				}
				p = strings.TrimPrefix(compare.PValue(test.P), "= ")
			}
			fmt.Fprintf(b, "| %s | %s | %.1f%% | %.1f | %.1f | %.1f | %s |\n",
				facts, names[i], 100*r.Accuracy, 100*r.Macro.F1, 100*r.Classes[0].F1, 100*r.ROCAUC, p)
			facts = " | | "
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// thousands writes a count with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
