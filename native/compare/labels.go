package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/metrics"
)

// Rename gives a label of a candidate the name of one that is measured.
type Rename struct {
	Candidate string // empty: of all candidates
	From      string
	To        string // empty: it is none of the labels measured, and so always wrong
}

// ParseRenames reads lists such as "LABEL_0=neg,LABEL_1=pos" or, for one candidate, "NAME:neutral=". names are the candidates'.
func ParseRenames(lists, names []string) ([]Rename, error) {
	var all []Rename
	for _, list := range lists {
		candidate, pairs := "", list
		for _, name := range names { // of several that fit, as of a and a:b, the longest is meant
			if rest, ok := strings.CutPrefix(list, name+":"); ok && len(name) > len(candidate) {
				candidate, pairs = name, rest
			}
		}
		for _, pair := range strings.Split(pairs, ",") {
			from, to, ok := strings.Cut(pair, "=")
			from, to = strings.TrimSpace(from), strings.TrimSpace(to)
			if !ok || from == "" {
				return nil, fmt.Errorf("label map %q: want FROM=TO, or NAME:FROM=TO with the name of one that is compared", list)
			}
			r := Rename{candidate, from, to}
			if slices.ContainsFunc(all, func(o Rename) bool { return o.Candidate == candidate && o.From == from }) {
				return nil, fmt.Errorf("label map %q: %q is mapped twice", list, from)
			}
			all = append(all, r)
		}
	}
	return all, nil
}

// renamed returns the new name of a candidate's label. A rename for the candidate goes before one for all.
func renamed(renames []Rename, candidate, label string) (to string, ok bool) {
	for _, r := range renames {
		if r.From == label && (r.Candidate == candidate || r.Candidate == "" && !ok) {
			to, ok = r.To, true
			if r.Candidate != "" {
				break
			}
		}
	}
	return to, ok
}

// labelling turns the labels of a candidate into the classes that are measured.
type labelling struct {
	candidate string
	labels    *data.Labels
	renames   []Rename
}

// class returns the class of a label as the candidate spells it, metrics.None when a rename takes it out.
func (l *labelling) class(label data.Label) (int, error) {
	to, ok := renamed(l.renames, l.candidate, spelling(label))
	switch {
	case !ok:
		return l.labels.ID(label)
	case to == "":
		return metrics.None, nil
	}
	return l.labels.ID(data.NameValue(to))
}

// spelling is a label as it stands in a file, without quotation marks.
func spelling(label data.Label) string {
	if label.Kind == data.NameLabel {
		return label.Name
	}
	return label.String()
}

// mapHint ends messages about labels that do not fit.
const mapHint = "--labels names the labels to measure, --label-map says which is which"

// ofModel returns the class of each of a model's labels, and what there is to say of them. A label that is none of those
// measured is None, which makes it wrong; so does a measured label that the model lacks make rows of it wrong. Both at once look
// like two names for one thing, and are an input error. Labels without names go by their order.
func (l *labelling) ofModel(names []string, named bool) (classes []int, notes []string, err error) {
	classes = make([]int, len(names))
	var extra, twice []string
	has := make([]string, l.labels.Len())
	byOrder := false
	for i, name := range names {
		class, err := l.class(data.NameValue(name))
		_, mapped := renamed(l.renames, l.candidate, name)
		switch {
		case err != nil && mapped:
			return nil, nil, badinput.Errorf("%s: label %q is mapped to an %w", l.candidate, name, err)
		case err != nil && !named && len(names) == l.labels.Len():
			class, byOrder = i, true
		case err != nil:
			class = metrics.None
			extra = append(extra, name)
		}
		if class != metrics.None {
			if has[class] != "" && !mapped {
				twice = append(twice, fmt.Sprintf("%q and %q", has[class], name))
			}
			has[class] = name
		}
		classes[i] = class
	}
	var lacks []string
	for class, name := range has {
		if name == "" {
			lacks = append(lacks, l.labels.Name(class))
		}
	}
	switch {
	case twice != nil:
		return nil, nil, badinput.Errorf("%s: its labels %s are the same; %s", l.candidate, twice[0], mapHint)
	case len(lacks) == l.labels.Len() || lacks != nil && extra != nil:
		return nil, nil, badinput.Errorf("%s: its labels are %s, those measured are %s; %s", l.candidate, listed(names), listed(l.labels.Names()), mapHint)
	case lacks != nil:
		notes = append(notes, fmt.Sprintf("%s has no label %s: rows of it count as wrong.", l.candidate, listed(lacks)))
	case extra != nil:
		notes = append(notes, fmt.Sprintf("%s has the label %s, which is none of those measured: where it gives it, the row counts as wrong.", l.candidate, listed(extra)))
	}
	if byOrder {
		var pairs []string
		for i, name := range names {
			pairs = append(pairs, name+" for "+l.labels.Name(classes[i]))
		}
		notes = append(notes, fmt.Sprintf("%s does not name its labels; they are taken by their order: %s.", l.candidate, listed(pairs)))
	}
	return classes, notes, nil
}

// listed joins a list for a message.
func listed(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// measuredLabels are the labels that a model's names give, with what renames make of them.
func measuredLabels(renames []Rename, candidate string, names []string) []string {
	var labels []string
	for _, name := range names {
		to, ok := renamed(renames, candidate, name)
		if !ok {
			to = name
		}
		if to != "" && !slices.Contains(labels, to) {
			labels = append(labels, to)
		}
	}
	return labels
}
