package abi

// Version is the version of everything in this package. It grows with every change that either side could notice.
const Version = 1

// The names of the guest's exports, and of what it imports from its host.
const (
	ExportVersion = "lorica_abi"
	ExportBuffer  = "lorica_buffer"
	ExportCall    = "lorica_call"
	ImportModule  = "lorica"
	ImportRead    = "read"
	ImportKernels = "kernels"
	ImportRun     = "run"
)

// Op is an operation of the guest.
type Op uint32

// The operations.
const (
	Open Op = iota + 1
	Classify
	Encode
	Explain
)

// The most that a message may hold. A host may allow less.
const (
	MaxMessage = 64 << 20 // bytes
	MaxInputs  = 1 << 16  // of a request
	MaxLabels  = 1 << 16
	MaxTokens  = 1 << 24 // of an input
)

// Kind says who is to blame for a failure.
type Kind uint8

// The kinds.
const (
	OK       Kind = iota
	Input         // a model or a text that cannot be right
	Limit         // more than is allowed
	Internal      // a mistake of the guest, or misuse
)

var kindNames = [...]string{"ok", "input", "limit", "internal"}

// String returns the name that the page sees.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Error is a failure that the guest reports.
type Error struct {
	Kind Kind
	Text string
}

// Error returns the text.
func (e *Error) Error() string { return e.Text }

// Facts are what an opened model says of itself.
type Facts struct {
	Kernels    string // the tier in use
	ModelType  string
	DType      string // of the stored weights
	Name       string // what the model was made from, empty when its bundle does not say
	Provenance []byte // JSON, as the bundle has it
	Labels     []string
	Parameters int64
	Bytes      int64 // of the bundle
	Vocabulary int   // how many token ids there are
	Limit      int   // the most tokens that the model takes
	MaxTokens  int   // where texts are cut
	Probes     int   // how many probes the bundle has
	Checked    bool  // the probes were computed again, and agree
	Worst      float64
}

// OpenRequest asks for a model.
type OpenRequest struct {
	Size      int64
	MaxTokens int
	Check     bool
}
