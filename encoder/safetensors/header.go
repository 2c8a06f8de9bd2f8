package safetensors

import (
	"math/bits"
	"strconv"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/order"
)

// The limits of a header; doc.go says why they stand.
const (
	maxHeader   = 100_000_000 // bytes
	maxName     = 1024        // bytes of a tensor's name or a metadata key, as written in the header
	maxRank     = 32          // dimensions of a tensor
	maxTensors  = 1 << 17
	maxMetadata = 1 << 16

	prefixSize  = 8 // bytes of the header's length
	metadataKey = "__metadata__"
)

// entry is one tensor as its header describes it.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	begin, end int64 // extent in the data
	elements   int
	at         int // position in the header, for messages
}

// header is a parsed header; entries stand in the order of their data.
type header struct {
	entries  []entry
	byName   map[string]int
	metadata map[string]string
}

// parseHeader parses the JSON text that begins at byte 8 of a file whose data are dataSize bytes.
func parseHeader(text []byte, dataSize int64) (*header, error) {
	s := &scanner{src: text, base: prefixSize}
	if bad := invalidUTF8(text); bad >= 0 {
		return nil, s.errorf(bad, "the header is not UTF-8")
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, s.errorf(0, "the header does not begin with '{'")
	}
	h := &header{}
	seen := map[string]bool{}
	err := s.object(func(key string, at int) error {
		if seen[key] {
			return s.errorf(at, "%s stands twice in the header", quote(key))
		}
		seen[key] = true
		if key == metadataKey {
			return h.parseMetadata(s)
		}
		if len(h.entries) == maxTensors {
			return s.errorf(at, "more than %d tensors", maxTensors)
		}
		e, err := parseEntry(s, key, at)
		if err != nil {
			return format.Errorf("tensor %s: %w", quote(key), err)
		}
		h.entries = append(h.entries, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	if err := h.checkLayout(s, dataSize); err != nil {
		return nil, err
	}
	h.byName = make(map[string]int, len(h.entries))
	for i, e := range h.entries {
		h.byName[e.name] = i
	}
	return h, nil
}

// parseMetadata consumes the map of strings to strings.
func (h *header) parseMetadata(s *scanner) error {
	h.metadata = map[string]string{}
	return s.object(func(key string, at int) error {
		if _, twice := h.metadata[key]; twice {
			return s.errorf(at, "metadata key %s stands twice", quote(key))
		}
		if len(h.metadata) == maxMetadata {
			return s.errorf(at, "more than %d metadata entries", maxMetadata)
		}
		value, err := s.text(maxHeader)
		h.metadata[key] = value
		return err
	})
}

// parseEntry consumes {"dtype": ..., "shape": ..., "data_offsets": ...}, the fields in any order.
func parseEntry(s *scanner, name string, at int) (entry, error) {
	e := entry{name: name, at: at}
	seen := map[string]bool{}
	err := s.object(func(field string, fieldAt int) error {
		if seen[field] {
			return s.errorf(fieldAt, "field %s stands twice", quote(field))
		}
		seen[field] = true
		switch field {
		case "dtype":
			return e.parseDType(s)
		case "shape":
			return e.parseShape(s)
		case "data_offsets":
			return e.parseOffsets(s)
		}
		return s.errorf(fieldAt, "unknown field %s", quote(field))
	})
	if err != nil {
		return e, err
	}
	for _, field := range []string{"dtype", "shape", "data_offsets"} {
		if !seen[field] {
			return e, s.errorf(at, "no field %q", field)
		}
	}
	return e, e.checkSize(s)
}

func (e *entry) parseDType(s *scanner) error {
	s.peek()
	at := s.pos
	name, err := s.text(maxName)
	if err != nil {
		return err
	}
	d, ok := ParseDType(name)
	if !ok {
		return s.errorf(at, "unsupported dtype %s", quote(name))
	}
	e.dtype = d
	return nil
}

func (e *entry) parseShape(s *scanner) error {
	e.shape = []int{}
	return s.list('[', ']', func() error {
		if len(e.shape) == maxRank {
			return s.errorf(s.pos, "more than %d dimensions", maxRank)
		}
		s.peek()
		at := s.pos
		n, err := s.number()
		if err != nil {
			return err
		}
		if int64(int(n)) != n {
			return s.errorf(at, "dimension %d is too large for this machine", n)
		}
		e.shape = append(e.shape, int(n))
		return nil
	})
}

func (e *entry) parseOffsets(s *scanner) error {
	s.peek()
	at := s.pos
	var offsets [2]int64
	n := 0
	err := s.list('[', ']', func() (err error) {
		if n == len(offsets) {
			return s.errorf(at, "data_offsets has more than two numbers")
		}
		offsets[n], err = s.number()
		n++
		return err
	})
	switch {
	case err != nil:
		return err
	case n < len(offsets):
		return s.errorf(at, "data_offsets has %d numbers, want two", n)
	case offsets[0] > offsets[1]:
		return s.errorf(at, "data_offsets [%d, %d] end before they begin", offsets[0], offsets[1])
	}
	e.begin, e.end = offsets[0], offsets[1]
	return nil
}

// checkSize compares the shape's size with the extent.
func (e *entry) checkSize(s *scanner) error {
	elements, size, ok := sizeOf(e.dtype, e.shape)
	if !ok {
		return s.errorf(e.at, "the size of shape %v overflows", e.shape)
	}
	if size != e.end-e.begin {
		return s.errorf(e.at, "shape %v of %s takes %d bytes, data_offsets [%d, %d] hold %d",
			e.shape, e.dtype, size, e.begin, e.end, e.end-e.begin)
	}
	e.elements = elements
	return nil
}

// sizeOf returns a tensor's number of elements and bytes; ok is false when one of them does not fit its type.
func sizeOf(d DType, shape []int) (elements int, size int64, ok bool) {
	product := uint64(1)
	for _, n := range shape {
		high, low := bits.Mul64(product, uint64(n))
		if n < 0 || high != 0 {
			return 0, 0, false
		}
		product = low
	}
	high, low := bits.Mul64(product, uint64(d.Size()))
	if high != 0 || int64(low) < 0 || int(product) < 0 || uint64(int(product)) != product {
		return 0, 0, false
	}
	return int(product), int64(low), true
}

// checkLayout sorts the entries by their place and checks that they cover the data: no overlap, no hole, nothing left over.
func (h *header) checkLayout(s *scanner, dataSize int64) error {
	order.Sort(h.entries, func(a, b entry) bool {
		if a.begin != b.begin {
			return a.begin < b.begin
		}
		return a.end < b.end || a.end == b.end && a.name < b.name
	})
	var covered int64
	for i, e := range h.entries {
		if problem := misplaced(h.entries[:i], e, covered, dataSize); problem != "" {
			return format.Errorf("tensor %s: %w", quote(e.name), s.errorf(e.at, "data_offsets [%d, %d] %s", e.begin, e.end, problem))
		}
		covered = e.end
	}
	if covered != dataSize {
		return badinput.Errorf("byte %d: %d bytes behind the last tensor's data", s.base+int64(len(s.src))+covered, dataSize-covered)
	}
	return nil
}

// misplaced says what is wrong with the extent of e, which follows the entries before it; these cover the data up to covered.
func misplaced(before []entry, e entry, covered, dataSize int64) string {
	switch {
	case e.end > dataSize:
		return format.Sprintf("end behind the data, which are %d bytes", dataSize)
	case e.begin < covered:
		last := before[len(before)-1]
		return format.Sprintf("overlap those of tensor %s, [%d, %d]", quote(last.name), last.begin, last.end)
	case e.begin > covered:
		return format.Sprintf("leave bytes %d to %d before them to no tensor", covered, e.begin)
	}
	return ""
}

// invalidUTF8 returns the position of the first byte that is no UTF-8, or -1.
func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	at := 0
	for {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n <= 1 {
			return at
		}
		at += n
	}
}

// quote makes a name of the input fit for a one-line message: quoted, escaped, shortened.
//
//go:noinline
func quote(name string) string {
	const limit = 120
	if len(name) <= limit {
		return strconv.Quote(name)
	}
	cut := limit
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strconv.Quote(name[:cut]) + "..."
}
