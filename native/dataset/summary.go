package dataset

// reason says why a row is not in the result.
type reason uint8

// The reasons, in the order of the steps.
const (
	kept reason = iota
	notWanted
	unlabelled
	empty
	tooShort
	tooLong
	sameID
	conflicting
	exactDuplicate
	nearDuplicate
	surplus
	reasons int = iota
)

// reasonNames are what summaries and files call the reasons.
var reasonNames = [reasons]string{
	kept: "kept", notWanted: "where", unlabelled: "no label", empty: "empty", tooShort: "too short", tooLong: "too long", sameID: "same id",
	conflicting: "conflicting labels", exactDuplicate: "exact duplicate", nearDuplicate: "near duplicate", surplus: "balance",
}

// Source is a file that was read.
type Source struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Rows   int    `json:"rows"`    // good ones
	BadRow int    `json:"bad_row"` // that were passed over
}

// Count is how many rows a step has dropped, or a rule changed.
type Count struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// LabelCount is how many rows a label has, as they were read and in the result.
type LabelCount struct {
	Label string `json:"label"`
	Read  int    `json:"read"`
	Kept  int    `json:"kept"`
}

// Summary says what Build has done: Read is Kept and all of Dropped.
type Summary struct {
	Sources []Source `json:"sources"`
	Read    int      `json:"read"`
	// Dropped counts the rows that are not in the result, by the step that dropped them, in the order of the steps.
	Dropped []Count `json:"dropped"`
	Kept    int     `json:"kept"`
	// Cleaned counts the rows that each rule changed.
	Cleaned []Count      `json:"cleaned"`
	Labels  []LabelCount `json:"labels"`
	// Conflicts is how many texts stand under more than one label.
	Conflicts int `json:"conflicts"`
	// NearOtherLabel is how many rows were kept though a row with another label is a near duplicate.
	NearOtherLabel int     `json:"near_other_label"`
	Similarity     float64 `json:"similarity,omitempty"` // from which texts are near duplicates
	Order          string  `json:"order"`
	Seed           uint64  `json:"seed"`
	Out            string  `json:"out"`
	OutFormat      string  `json:"out_format"`
	TextField      string  `json:"text_field"`
	LabelField     string  `json:"label_field,omitempty"`
}

// summarize counts what became of the rows.
func (b *build) summarize() {
	s := &b.summary
	s.Sources, s.Read = b.store.sources, len(b.store.entries)
	var dropped [reasons]int
	for i := range b.store.entries {
		e := &b.store.entries[i]
		dropped[e.reason]++
		class := b.classOf(e)
		if class >= 0 {
			s.Labels[class].Read++
			if e.reason == kept {
				s.Labels[class].Kept++
			}
		}
	}
	s.Kept = dropped[kept]
	s.Dropped = []Count{}
	for r := notWanted; int(r) < reasons; r++ {
		if dropped[r] > 0 {
			s.Dropped = append(s.Dropped, Count{reasonNames[r], dropped[r]})
		}
	}
	s.Cleaned = []Count{}
	for i, r := range rules {
		if b.cleaned[i] > 0 {
			s.Cleaned = append(s.Cleaned, Count{string(r.name), b.cleaned[i]})
		}
	}
}
