package data

import "github.com/lorica-go/lorica/internal/badinput"

// Sample draws rows of each class without replacement, as many of each, and returns their positions in the order in which they
// were drawn: that of Permutation(len(rows), seed), so classes alternate as chance has it. Of texts that differ in nothing but
// letter case and white space only one is drawn; empty ones and rows of token ids alone are passed over. A class that has too
// few is an input error.
func (s *Set) Sample(perClass int, seed uint64) ([]int, error) {
	if s.Classes == nil {
		return nil, badinput.Errorf("%s: rows without labels cannot be drawn by label", s.File)
	}
	if perClass <= 0 {
		return nil, nil
	}
	drawn := make([]int, 0, perClass*s.Labels.Len())
	have := make([]int, s.Labels.Len())
	seen := make(map[string]bool, cap(drawn))
	for _, row := range Permutation(s.Len(), seed) {
		class, text := s.Classes[row], normalize(&s.Rows[row])
		if s.Rows[row].InputIDs != nil || text == "" || have[class] == perClass || seen[text] {
			continue
		}
		have[class]++
		seen[text] = true
		if drawn = append(drawn, row); len(drawn) == cap(drawn) {
			return drawn, nil
		}
	}
	for class, n := range have {
		if n < perClass {
			return nil, badinput.Errorf("%s: %d different texts have the label %q, fewer than the %d to be drawn", s.File, n, s.Labels.Name(class), perClass)
		}
	}
	return drawn, nil
}
