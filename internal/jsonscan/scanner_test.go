package jsonscan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// read walks over a whole text as Skip does, but through every reader.
func read(s *Scanner) (any, error) {
	switch s.Kind() {
	case Object:
		m := map[string]any{}
		err := s.Members(func(key string) error {
			v, err := read(s)
			m[key] = v
			return err
		})
		return m, err
	case Array:
		a := []any{}
		err := s.Array(func(int) error {
			v, err := read(s)
			a = append(a, v)
			return err
		})
		return a, err
	case String:
		return s.String()
	case Number:
		return s.Float()
	case Bool:
		return s.Bool()
	case Null:
		if s.Null() {
			return nil, nil
		}
	}
	return nil, s.Skip()
}

func readAll(text string) (any, error) {
	s, err := New(text)
	if err != nil {
		return nil, err
	}
	v, err := read(s)
	if err == nil {
		err = s.End()
	}
	return v, err
}

func TestTextsAreReadAsEncodingJSONReadsThem(t *testing.T) {
	for _, text := range []string{
		`{"a": [1, -2.5e3, 0, true, false, null], "b": {}, "": [], "c\u0041\n": "x\"\\\/\b\f\n\r\té\ud83d\ude00"}`,
		" \t\r\n[ ] ", `"plain"`, `-0.0`, `12345678901`, `{"a":{"a":{"a":[[[]]]}}}`,
	} {
		got, err := readAll(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var want any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is read as %v, want %v", text, got, want)
		}
	}
}

func TestErrorsNamePathAndOffset(t *testing.T) {
	for text, want := range map[string]string{
		``:                     "byte 0: unexpected end of JSON",
		`{`:                    "byte 1: unexpected end of JSON",
		`{"a":}`:               "a: byte 5: unexpected '}'",
		`{"a":1,}`:             "byte 7: unexpected '}'",
		`{"a" 1}`:              "byte 5: unexpected '1'",
		`{1:2}`:                "byte 1: want a string, got a number",
		`[1,]`:                 "[1]: byte 3: unexpected ']'",
		`[1 2]`:                "[0]: byte 3: unexpected '2'",
		`{"a":{"b c":[0,01]}}`: `a["b c"][1]: byte 15: bad number`,
		`[1] x`:                "byte 4: unexpected 'x'",
		`[tru]`:                "[0]: byte 1: unexpected 't'",
		`nul`:                  "byte 0: unexpected 'n'",
		`"a`:                   "byte 2: unexpected end of JSON in a string",
		"\"a\nb\"":             "byte 2: control character 0x0a in a string",
		`"\x"`:                 "byte 1: bad escape in a string",
		`"\u12"`:               `byte 1: bad \u escape`,
		`"\ud800x"`:            `byte 1: bad \u escape`,
		`"\ud800\u0041"`:       `byte 1: bad \u escape`,
		`"\udc00"`:             `byte 1: bad \u escape`,
		`"\`:                   "byte 2: unexpected end of JSON in a string",
		"{\"a\":\"x\xff\"}":    "byte 7: invalid UTF-8",
		`-`:                    "byte 0: bad number",
		`1.`:                   "byte 0: bad number",
		`1e+`:                  "byte 0: bad number",
		`[1e999]`:              "[0]: byte 1: number 1e999 is out of range",
		`{"` + strings.Repeat("a", 39) + "\u00e9b\":x}": `["` + strings.Repeat("a", 39) + `..."]: byte 46: unexpected 'x'`,
		`{"` + strings.Repeat("a", 40) + "\u00e9b\":x}": `["` + strings.Repeat("a", 40) + `..."]: byte 47: unexpected 'x'`,
		strings.Repeat("[", 1000):                       strings.Repeat("[0]", 64) + ": byte 64: nested deeper than 64",
	} {
		_, err := readAll(text)
		var at *Error
		if err == nil || err.Error() != want || !errors.As(err, &at) {
			t.Errorf("%.40q: error %v, want %s", text, err, want)
		}
	}
}

func TestReadersRefuseOtherKinds(t *testing.T) {
	for want, use := range map[string]func(s *Scanner) error{
		"want an object, got an array":                            func(s *Scanner) error { return s.Object(nil) },
		"want a string, got an array":                             func(s *Scanner) error { _, err := s.String(); return err },
		"want a number, got an array":                             func(s *Scanner) error { _, err := s.Int(0, 9); return err },
		"want true or false, got an array":                        func(s *Scanner) error { _, err := s.Bool(); return err },
		`[0]: byte 1: missing key "b"`:                            func(s *Scanner) error { return s.Array(func(int) error { return s.Object(skip(s), "b") }) },
		`[0].a: byte 6: want an integer between 0 and 9, got 12`:  func(s *Scanner) error { return first(s, 0, 9) },
		`[0].a: byte 6: want an integer between 13 and 99, got 1`: func(s *Scanner) error { return first(s, 13, 99) },
	} {
		s, err := New(`[{"a":12}]`)
		if err != nil {
			t.Fatal(err)
		}
		if err := use(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	s, _ := New(`{"a":1,"a":2}`)
	if err := s.Object(skip(s)); err == nil || err.Error() != "a: byte 11: key occurs twice" {
		t.Errorf("a key that occurs twice: %v", err)
	}
	s, _ = New(`1.5`)
	if _, err := s.Int(0, 9); err == nil {
		t.Error("1.5 is taken for an integer")
	}
}

func skip(s *Scanner) func(string) error { return func(string) error { return s.Skip() } }

func first(s *Scanner, low, high int64) error {
	return s.Array(func(int) error {
		return s.Members(func(string) error { _, err := s.Int(low, high); return err })
	})
}

func TestPeekLeavesTheScannerWhereItIs(t *testing.T) {
	s, _ := New(` {"x":[{"type":"no"}],"type":"yes"}`)
	value, found, err := s.Peek("type")
	if value != "yes" || !found || err != nil {
		t.Errorf("%q %t %v", value, found, err)
	}
	if _, found, err = s.Peek("kind"); found || err != nil {
		t.Errorf("a key that is not there: %t, %v", found, err)
	}
	fork := s.Fork()
	if text, err := s.Raw(); err != nil || text != `{"x":[{"type":"no"}],"type":"yes"}` {
		t.Errorf("%q %v", text, err)
	}
	if fork.Left() == s.Left() || s.End() != nil {
		t.Error("the fork has moved along")
	}
	for text, want := range map[string]string{`{"type":1}`: "type: byte 8: want a string, got a number", `{"a":`: "a: byte 5: unexpected end of JSON"} {
		s, _ := New(text)
		if _, _, err := s.Peek("type"); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5,"x\u0041",true,null,{}]}`, `[[[]]]`, `"\ud83d\ude00"`, `{"a":1,"a":2}`, "[1,\xff]", `-1e-5`, `{"":`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readAll(text)
		if s, newErr := New(text); newErr == nil {
			raw, skipErr := s.Raw()
			if skipErr == nil {
				skipErr = s.End()
			}
			if (skipErr == nil) != (err == nil) && !strings.Contains(fmt.Sprint(err), "out of range") {
				t.Fatalf("Skip says %v, reading says %v", skipErr, err)
			}
			if skipErr == nil && raw != strings.Trim(text, " \t\r\n") {
				t.Fatalf("Raw is %q", raw)
			}
		}
		if err != nil {
			return
		}
		var want any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("read as %v, want %v", got, want)
		}
	})
}
