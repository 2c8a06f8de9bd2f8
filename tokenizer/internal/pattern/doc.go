// Package pattern finds the matches of the regular expressions in tokenizer.json files: those of Oniguruma, in its Ruby syntax, as far as
// tokenizers use them.
//
// It knows alternatives, groups (capturing ones capture nothing), classes with ranges, properties, nested classes and intersections, greedy,
// lazy and possessive quantifiers, atomic groups, look-ahead, look-behind over a number of characters that is known, the anchors ^ $ \A
// \z \Z \b \B, the flags i, m and x, and comments. It refuses back-references, calls, absent groups and \X, \K, \G, and says where. Of the
// properties it has the general categories, some that go across them, and the scripts that tokenizers ask for.
//
// Without regard to case, a character matches those of its orbit of simple case folding, which in Oniguruma may also be several: ß is not
// ss here.
//
// A search takes time in proportion to the text and to the expression. It backtracks, which is fast where an expression is meant well; when
// that costs more steps than the text's length allows, it goes over to a table that is filled from the end of the text to its start, in
// which each instruction is looked at once for each character. Both find the same: what Perl would, the first alternative that leads to a
// match.
package pattern
