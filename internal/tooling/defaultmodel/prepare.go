package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// preparation writes the evaluation sets that need work: film sentences, of which training may have seen some.
type preparation struct {
	data, out string
	seen      files
}

func (p *preparation) define(flags *flag.FlagSet) {
	flags.StringVar(&p.data, "data", "", "the `folder` with sst2-glue/dev.tsv and mr-rt-polarity/rt-polarity.pos and .neg")
	flags.Var(&p.seen, "seen", "a `file` of texts that training sees, in any format that lorica reads; may be given again")
	flags.StringVar(&p.out, "out", "", "the `folder` for sst2-dev.jsonl, sst2-dev-unseen.jsonl and mr-unseen.jsonl")
}

// sentence is a labelled text.
type sentence struct {
	text     string
	positive bool
}

// filmSet is a set of sentences and what became of them.
type filmSet struct {
	name                              string
	all, unseen                       []sentence
	wholes, parts, repeated, positive int
}

func (p *preparation) run(out io.Writer) error {
	if p.data == "" || p.out == "" || len(p.seen) == 0 {
		return usageError{"-data, -seen and -out are all needed"}
	}
	sst, err := readSST(filepath.Join(p.data, "sst2-glue", "dev.tsv"))
	if err != nil {
		return err
	}
	mr, err := readMR(filepath.Join(p.data, "mr-rt-polarity"))
	if err != nil {
		return err
	}
	sets := []*filmSet{{name: "sst2-dev", all: sst}, {name: "mr", all: mr}}
	s := newSearch()
	for _, set := range sets {
		for _, one := range set.all {
			s.add(one.text)
		}
	}
	for _, file := range p.seen {
		if err := meetFile(s, file); err != nil {
			return err
		}
	}
	for _, set := range sets {
		set.part(s)
	}
	for _, file := range []struct {
		name      string
		sentences []sentence
	}{{"sst2-dev.jsonl", sst}, {"sst2-dev-unseen.jsonl", sets[0].unseen}, {"mr-unseen.jsonl", sets[1].unseen}} {
		if len(file.sentences) == 0 {
			return badinput.Errorf("%s: training sees every sentence", file.name)
		}
		if err := writeSentences(filepath.Join(p.out, file.name), file.sentences); err != nil {
			return err
		}
	}
	return printSets(out, sets)
}

// part puts aside the sentences that were seen, and those that stand in the set for a second time.
func (f *filmSet) part(s *search) {
	before := map[string]bool{}
	for _, one := range f.all {
		how, key := s.result(one.text), letters(one.text)
		switch {
		case how == whole:
			f.wholes++
		case how == inPart:
			f.parts++
		case before[key]:
			f.repeated++
		default:
			f.unseen = append(f.unseen, one)
			if one.positive {
				f.positive++
			}
		}
		before[key] = true
	}
}

func printSets(out io.Writer, sets []*filmSet) error {
	b := new(strings.Builder)
	fmt.Fprintf(b, "| set | sentences | whole in the training texts | %d letters in a row in them | repeated | left | of these positive |\n", runLetters)
	b.WriteString("| --- | --: | --: | --: | --: | --: | --: |\n")
	for _, s := range sets {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %d | %s | %s |\n", s.name, thousands(len(s.all)), thousands(s.wholes), thousands(s.parts), s.repeated, thousands(len(s.unseen)), thousands(s.positive))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// meetFile shows the search all texts of a file.
func meetFile(s *search, path string) error {
	r, err := data.Open(path, data.Options{PlainText: true, AllowEmpty: true})
	if err != nil {
		return err
	}
	for row, err := range r.Rows() {
		if err != nil {
			return errors.Join(err, r.Close())
		}
		s.meet(row.Text)
	}
	return r.Close()
}

// readSST reads the sentences of GLUE's file.
func readSST(path string) ([]sentence, error) {
	labels, err := data.NewLabels("negative", "positive")
	if err != nil {
		return nil, err
	}
	set, err := data.Load(path, labels, data.Options{})
	if err != nil {
		return nil, err
	}
	all := make([]sentence, set.Len())
	for i, row := range set.Rows {
		all[i] = sentence{strings.TrimSpace(row.Text), set.Classes[i] == 1}
	}
	return all, nil
}

// readMR reads a sentence a line from two files, whose names are the labels. They are said to be Latin-1, but have the quotes and
// dashes of Windows-1252, which is the same elsewhere.
func readMR(folder string) ([]sentence, error) {
	var all []sentence
	for _, label := range []string{"neg", "pos"} {
		path := filepath.Join(folder, "rt-polarity."+label)
		file, err := os.Open(path)
		if err != nil {
			return nil, badinput.Errorf("%w", err)
		}
		lines := bufio.NewScanner(charmap.Windows1252.NewDecoder().Reader(file))
		for lines.Scan() {
			if text := strings.TrimSpace(lines.Text()); text != "" {
				all = append(all, sentence{text, label == "pos"})
			}
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return nil, badinput.Errorf("%s: %w", path, err)
		}
	}
	return all, nil
}

func writeSentences(path string, all []sentence) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return badinput.Errorf("%w", err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		var b []byte
		for _, s := range all {
			b = append(data.AppendJSON(append(b[:0], `{"text":`...), s.text), fmt.Sprintf(`,"label":%t}`, s.positive)...)
			if _, err := w.Write(append(b, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
}
