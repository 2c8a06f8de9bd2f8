package checks

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// constantText returns the string that a constant format is.
func constantText(v constant.Value) string {
	if v.Kind() != constant.String {
		return ""
	}
	return constant.StringVal(v)
}

// verbLetters returns the letters of the verbs of a format, and what is wrong with one.
func verbLetters(text string) (letters []byte, problem string) {
	for {
		_, after, found := strings.Cut(text, "%")
		if !found {
			return letters, problem
		}
		after = strings.TrimLeft(after, "#+- 0123456789.")
		if after == "" {
			return letters, "a format that ends in a verb without a letter"
		}
		switch c := after[0]; {
		case c == '%':
		case strings.IndexByte("dxsqvwgtc", c) >= 0:
			letters = append(letters, c)
		default:
			letters, problem = append(letters, c), fmt.Sprintf("internal/format has no verb %%%c", c)
		}
		text = after[1:]
	}
}

// formattable reports whether internal/format writes a value of type t as it should with a verb: what its package comment lists.
func formattable(t types.Type, letter byte) bool {
	if letter != 'd' && letter != 'c' && letter != 'g' && letter != 't' && hasText(t) {
		return true
	}
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return t.Info()&(types.IsBoolean|types.IsInteger|types.IsFloat|types.IsString) != 0 || t.Kind() == types.UntypedNil
	case *types.Slice:
		e, ok := types.Unalias(t.Elem()).(*types.Basic)
		return ok && (e.Kind() == types.Byte || e.Kind() == types.Int || e.Kind() == types.String)
	}
	return false
}

// hasText reports whether values of type t are errors or have a method String.
func hasText(t types.Type) bool {
	methods := types.NewMethodSet(t)
	for _, name := range []string{"Error", "String"} {
		m := methods.Lookup(nil, name)
		if m == nil {
			continue
		}
		s := m.Type().(*types.Signature)
		if s.Params().Len() == 0 && s.Results().Len() == 1 && types.Identical(s.Results().At(0).Type(), types.Typ[types.String]) {
			return true
		}
	}
	return false
}

func TestArgumentsThatTheSmallFormatterDoesNotKnowAreFound(t *testing.T) {
	const head = `package p
		type number int
		type named string
		type kind int
		func (kind) String() string { return "" }
		type broken struct{ cause error }
		func (*broken) Error() string { return "" }
		type scanner struct{}
		func (scanner) fail(at int, text string, args ...any) error { return nil }
		func say(text string, args ...any) string { return "" }
		func all(text string, list ...string) {}
		func use(s scanner, e error, a any, n number, k kind, b broken, args []any, count int, list []int32) {
	`
	for call, want := range map[string]string{
		`say("%d %s %v %x", 1, "a", []string{"b"}, []byte("c"))`:   "",
		`say("%v %w %q", e, &b, k)`:                                "",
		`say("%5.2g %t %c", 1.5, true, 'x')`:                       "",
		`s.fail(1, "%d%%", count)`:                                 "",
		`s.fail(1, "%d", args...)`:                                 "",
		`s.fail(1, "%d", append([]any{count, "x"}, args...)...)`:   "",
		`all("%d", "x")`:                                           "",
		`f := func(text string, args ...any) {}; f("%v", int8(1))`: "",
		`say("%d", n)`:                                             "argument 1 is of type p.number",
		`say("%s", named("x"))`:                                    "argument 1 is of type p.named",
		`s.fail(1, "%d %v", 1, a)`:                                 "argument 2 is of type any",
		`say("%d", k)`:                                             "argument 1 is of type p.kind",
		`say("%v", b)`:                                             "argument 1 is of type p.broken",
		`say("%v", list)`:                                          "argument 1 is of type []int32",
		`say("%v", struct{}{})`:                                    "argument 1 is of type struct{}",
		`say("%v", map[string]int{})`:                              "argument 1 is of type map[string]int",
		`say("%v", 1i)`:                                            "argument 1 is of type complex128",
		`say("%T", 1)`:                                             "no verb %T",
		`say("%f", 1.5)`:                                           "no verb %f",
		`say("%d", 1, 2)`:                                          "1 verbs for 2 arguments",
		`say("100%")`:                                              "without a letter",
		`s.fail(1, "%d", append([]any{n}, args...)...)`:            "argument 1 is of type p.number",
		`f := func(text string, args ...any) {}; f("%v", n)`:       "argument 1 is of type p.number",
	} {
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, "p.go", head+call+"\n}", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		calls, mistakes, err := formatMistakes(files, "test/p", []*ast.File{parsed}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(strings.Join(mistakes, "\n"), "test/p.", "p.")
		if want == "" && got != "" || !strings.Contains(got, want) || calls == 0 && !strings.HasPrefix(call, "all") {
			t.Errorf("%s: %d calls, got %q, want %q", call, calls, got, want)
		}
	}
}
