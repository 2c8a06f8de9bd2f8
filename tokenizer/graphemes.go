package tokenizer

import (
	"unicode/utf8"
)

// Grapheme clusters follow Unicode Standard Annex 29 of version 16, that of the unicode-segmentation crate under Hugging
// Face's library.

// clusterClass is what the rules on grapheme clusters know of a character: the property Grapheme_Cluster_Break and,
// for characters that it calls Other or Extend, Extended_Pictographic and Indic_Conjunct_Break.
type clusterClass uint8

const (
	clusterOther clusterClass = iota
	clusterCR
	clusterLF
	clusterControl
	clusterExtend
	clusterLinker    // an Extend that joins Indic consonants
	clusterNonJoiner // U+200C, an Extend that does not stand between them
	clusterZWJ
	clusterRegional
	clusterPrepend
	clusterSpacing
	clusterL
	clusterV
	clusterT
	clusterLV
	clusterLVT
	clusterPictographic
	clusterConsonant
)

// clusterEndsASCII reports whether the ASCII character at byte i is a cluster of its own for the sole reason that ASCII or
// nothing follows.
func clusterEndsASCII(text []byte, i int) bool {
	return i+1 == len(text) || text[i+1] < utf8.RuneSelf && (text[i] != '\r' || text[i+1] != '\n')
}

// clusterEnd returns where the grapheme cluster ends that begins at byte i.
func clusterEnd(text []byte, i int) int {
	r, size := decode(text[i:])
	last := clusterClassOf(r)
	i += size
	regional := last == clusterRegional       // an odd number of them so far
	pictograph := last == clusterPictographic // followed by Extend only
	joined := false                           // the last ZWJ followed such a pictograph
	conjunct := conjunctState(0).next(last)
	for i < len(text) {
		r, size := decode(text[i:])
		class := clusterClassOf(r)
		switch {
		case last.breaks() || class.breaks():
			if last != clusterCR || class != clusterLF {
				return i
			}
		case class.extends(), class == clusterZWJ, class == clusterSpacing, last == clusterPrepend, joinsHangul(last, class):
		case class == clusterConsonant && conjunct == conjunctLinked:
		case class == clusterPictographic && last == clusterZWJ && joined:
		case class == clusterRegional && last == clusterRegional && regional:
		default:
			return i
		}
		joined = class == clusterZWJ && pictograph
		pictograph = class == clusterPictographic || pictograph && class.extends()
		regional = class == clusterRegional && !(last == clusterRegional && regional)
		conjunct = conjunct.next(class)
		last = class
		i += size
	}
	return i
}

// breaks reports whether a cluster ends on both sides of the class: rules GB4 and GB5.
func (c clusterClass) breaks() bool { return c >= clusterCR && c <= clusterControl }

// extends reports whether the class has the value Extend.
func (c clusterClass) extends() bool {
	return c == clusterExtend || c == clusterLinker || c == clusterNonJoiner
}

// joinsHangul is rules GB6 to GB8.
func joinsHangul(last, next clusterClass) bool {
	switch last {
	case clusterL:
		return next == clusterL || next == clusterV || next == clusterLV || next == clusterLVT
	case clusterLV, clusterV:
		return next == clusterV || next == clusterT
	case clusterLVT, clusterT:
		return next == clusterT
	}
	return false
}

// conjunctState is how much of rule GB9c has been met: a consonant, then a linker among extending characters.
type conjunctState uint8

const (
	conjunctNone conjunctState = iota
	conjunctConsonant
	conjunctLinked
)

func (s conjunctState) next(class clusterClass) conjunctState {
	switch class {
	case clusterConsonant:
		return conjunctConsonant
	case clusterLinker:
		if s != conjunctNone {
			return conjunctLinked
		}
	case clusterExtend, clusterZWJ:
		return s
	}
	return conjunctNone
}
