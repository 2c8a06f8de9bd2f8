package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryCommandHasHelpWithExamples(t *testing.T) {
	for _, cmd := range runnable() {
		name := cmd.name
		o := succeed(t, "", append(strings.Fields(name), "--help")...)
		for _, part := range []string{"lorica " + name + ": ", "Usage:\n  lorica " + name, "General:", "--threads", "--json", "--quiet", "--log-level", "Examples:\n  # "} {
			if !strings.Contains(o.stdout, part) {
				t.Errorf("%s --help lacks %q", name, part)
			}
		}
		for line := range strings.Lines(o.stdout) {
			if line = strings.TrimSuffix(line, "\n"); strings.TrimRight(line, " ") != line {
				t.Errorf("%s --help: a line ends in spaces: %q", name, line)
			}
		}
		if o.stderr != "" {
			t.Errorf("%s --help writes to standard error: %s", name, o.stderr)
		}
		if other := succeed(t, "", append([]string{"help"}, strings.Fields(name)...)...); other.stdout != o.stdout {
			t.Errorf("help %s differs from %s --help", name, name)
		}
		if n := len(cmd.examples); n < 1 || n > 4 {
			t.Errorf("%s has %d examples", name, n)
		}
	}
}

func TestRootHelpListsTheCommands(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}} {
		o := succeed(t, "", args...)
		for _, cmd := range commands() {
			if !strings.Contains(o.stdout, "\n  "+cmd.name) || !strings.Contains(o.stdout, cmd.summary) {
				t.Errorf("%v: no line for %s", args, cmd.name)
			}
		}
	}
	if o := succeed(t, "", "hub", "--help"); !strings.Contains(o.stdout, "\n  hub pull") || o.stdout != succeed(t, "", "help", "hub").stdout {
		t.Errorf("hub --help: %s", o.stdout)
	}
	if o := lorica(t, "", "hub"); o.status != exitUsage || o.stdout != "" || !strings.Contains(o.stderr, "Commands:") {
		t.Errorf("hub without a command: status %d, stdout %q", o.status, o.stdout)
	}
	if o := lorica(t, ""); o.status != exitUsage || o.stdout != "" || !strings.Contains(o.stderr, "Commands:") {
		t.Errorf("without a command: status %d, stdout %q", o.status, o.stdout)
	}
}

func TestWrongUsageIsOneLineAndStatus2(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"clasify", `lorica: unknown command "clasify": did you mean classify?; see lorica --help`},
		{"tokenise --model x", `did you mean tokenize?`},
		{"frobnicate", `lorica: unknown command "frobnicate"; see lorica --help`},
		{"--threads 2 classify", "unknown flag --threads: a command comes first"},
		{"classify --modle x", "lorica: classify: unknown flag --modle: did you mean --model?; see lorica classify --help"},
		{"classify", "nothing to read: give --text"},
		{"classify --model= --text a", "--model names nothing"},
		{"classify --model x", "nothing to read"},
		{"classify --model x --text a f.jsonl", "both --text and a file"},
		{"classify --model x a.txt b.txt", `unexpected argument "b.txt"`},
		{"classify --model x --device gpu -", `--device "gpu": there are: cpu, sandbox`},
		{"classify --model x --device sandbox --sandbox-kernels both -", `--sandbox-kernels "both": there are: host, guest`},
		{"bench --kernels --device sandbox", "--device sandbox times inference alone"},
		{"classify --model x --max-length -3 -", "--max-length -3"},
		{"classify --model x --format xml -", `format "xml"`},
		{"classify --model x --threads -1 -", "--threads -1"},
		{"classify --model x --threads two -", "two"},
		{"classify --model x --log-level loud -", `--log-level "loud"`},
		{"classify --model", "flag needs an argument"},
		{"eval --model x", "--data is missing"},
		{"eval", "--data is missing"},
		{"eval --model x --data y z", `unexpected argument "z"`},
		{"tokenize --model= --text a", "--model names nothing"},
		{"train --model= --data y --out z", "--model is missing"},
		{"demo now", `unexpected argument "now"`},
		{"demo --out=", "--out names nothing"},
		{"demo --epochs -1", "--epochs -1: want at least 1"},
		{"tokenize --model x --text a --offsets chars", `--offsets "chars": want bytes or runes`},
		{"tokenize --model x --text a --text b --pair c", "1 of --pair for 2 of --text"},
		{"tokenizer trian", "did you mean train?"},
		{"tokenizer train", "no file given"},
		{"tokenizer train a.txt", "--out is missing"},
		{"tokenizer train a.txt --out o --kind unigram", `--kind: kind "unigram": want bpe or wordpiece`},
		{"tokenizer train a.txt --out o --vocab-size 100", "the 256 bytes are 261 already"},
		{"tokenizer train a.txt --out o --special-tokens <s>,<pad>", "want one of </s> and [SEP]"},
		{"tokenizer train a.txt --out o --limit-alphabet 9", "cannot be limited"},
		{"tokenizer train a.txt --out o --word-memory 0", "--word-memory 0: want 1 to"},
		{"train --model x --data y", "--out is missing"},
		{"train --model x --data y --out z --epochs 0", "epochs: want "},
		{"train --model x --data y --out z --test-size 2.5", "--test-size"},
		{"train --model x --data y --out z --split random", `split "random": want datasets, sklearn or stratified`},
		{"train --model x --data y --out z --eval-data e --test-size 0.1", "--test-size is for splitting"},
		{"train --model x --data y --out z --full --rank 8", "--full trains all weights"},
		{"train --model x --data y --out z --lr nan", "learning rate"},
		{"train --model x --data y --out z --hidden-dropout 1", "hidden dropout 1"},
		{"train --model x --data y --out z --dtype int3", `dtype "int3"`},
		{"export --model x --out z --format hf --dtype int8", "--dtype int8 is for bundles"},
		{"pretrain --data y --out z --tokenizer t --dtype int8", "--dtype int8 is for bundles"},
		{"train --model x --data y --out z --labels a,a", "--labels"},
		{"export --model x", "--out is missing"},
		{"export --model x --out y --format onnx", `format "onnx": want bundle or hf`},
		{"verify", "no bundle given"},
		{"verify a b", `unexpected argument "b"`},
		{"bench", "want one of --kernels, --model and --shape"},
		{"bench --kernels --model x", "want one of"},
		{"bench --shape gpt5", `--shape "gpt5": want one of`},
		{"info --adapter x", "--adapter without --model"},
		{"steam fetsh", `lorica: steam: unknown command "steam fetsh": did you mean fetch?; see lorica steam --help`},
		{"steam fetch --app 7", "lorica: steam fetch: --out is missing; see lorica steam fetch --help"},
		{"steam fetch --out r.jsonl", "--app is missing"},
		{"steam fetch --app seven --out r.jsonl", "seven"},
		{"steam fetch --app 0 --out r.jsonl", "app 0: want the number from the game's address"},
		{"steam fetch --app 7,7 --out r.jsonl", "app 7 stands twice"},
		{"steam fetch --app 7 --out r.xml", "r.xml: want a name that ends in .jsonl, .csv or .parquet"},
		{"steam fetch --app 7 --out r.jsonl --balanced 10 --count 5", "--balanced says how many of each label"},
		{"steam fetch --app 7 --out r.jsonl --balanced 0", "balanced reviews want a count"},
		{"steam fetch --app 7 --out r.jsonl --count -1", "count -1"},
		{"steam fetch --app 7 --out r.jsonl --review-type good", `--review-type: review type "good": want all, positive or negative`},
		{"steam fetch --app 7 --out r.jsonl --purchase-type gift", `--purchase-type: purchase type "gift"`},
		{"steam fetch --app 7 --out r.jsonl --order helpful", `--order: order "helpful": want recent or updated`},
		{"steam fetch --app 7 --out r.jsonl --api v2", `--api: endpoint "v2": want v1 or legacy`},
		{"steam fetch --app 7 --out r.jsonl --api legacy --language english,german", "the legacy endpoint takes one language"},
		{"steam fetch --app 7 --out r.jsonl --language English", `language "English": want a name of Steam's`},
		{"steam fetch --app 7 --out r.jsonl --language all,german", "language all with others"},
		{"steam fetch --app 7 --out r.jsonl --base-url ftp://x", `base URL "ftp://x"`},
		{"steam fetch --app 7 --out r.jsonl --pause -3s", "pause -3s"},
		{"steam fetch --app 7 --out r.jsonl --tries 0", "0 attempts"},
		{"steam fetch --app 7 --out r.jsonl --cool-down 0s", "a pause of 0s"},
		{"steam fetch --app 7 --out r.csv --fields review,review", `field "review": want distinct names`},
		{"version now", `unexpected argument "now"`},
		{"completion powershell", `shell "powershell": want bash, zsh or fish`},
		{"help trian", "did you mean train?"},
		{"help hub pul", "did you mean pull?"},
		{"help hub pull now", `unexpected argument "now"`},
		{"hub pul", `lorica: hub: unknown command "hub pul": did you mean pull?; see lorica hub --help`},
		{"hub --limit 3", "lorica: hub: unknown flag --limit: a command comes first"},
		{"hub pull", "want 1 or more models of the hub"},
		{"hub pull a/b/c", `"a/b/c" is no model id: want org/name`},
		{"hub pull a/b@../c", `"../c" is no revision`},
		{"hub compare a/b", "want 2 or more models"},
		{"hub info a/b --format xml", `--format "xml": want table, json or markdown`},
		{"hub search a b", `unexpected argument "b"`},
		{"hub search --sort size", `--sort "size": want downloads`},
		{"hub search --direction sideways", `--direction "sideways"`},
		{"hub search --limit 0", "limit 0: want at least 1"},
		{"hub search --sort trending --direction ascending", "from the top only"},
		{"hub search --max-parameters lots", `--max-parameters "lots"`},
		{"hub search --exclude [", `exclude "["`},
	} {
		o := lorica(t, "", strings.Fields(c.args)...)
		if o.status != exitUsage || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
			t.Errorf("lorica %s: status %d, stdout %q, stderr %q; want %q", c.args, o.status, o.stdout, o.stderr, c.want)
		}
	}
}

func TestCompletionScriptsParse(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "--no-execute"}} {
		t.Run(shell, func(t *testing.T) {
			o := succeed(t, "", "completion", shell)
			for _, cmd := range commands() {
				for _, name := range append(namesOf(cmd.group), cmd.name) {
					if !strings.Contains(o.stdout, name) {
						t.Errorf("no completion of %s", name)
					}
				}
			}
			if _, err := exec.LookPath(check[0]); err != nil {
				return // the shell itself is not here to judge
			}
			script := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(script, []byte(o.stdout), 0o666); err != nil {
				t.Fatal(err)
			}
			if output, err := exec.Command(check[0], append(check[1:], script)...).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}

func TestBashCompletesCommandsFlagsAndValues(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		return
	}
	script := file(t, "lorica.bash", succeed(t, "", "completion", "bash").stdout)
	for _, c := range []struct{ words, want string }{
		{"lorica cla", "classify"},
		{"lorica train --lora", "--lora-dropout"},
		{"lorica train --split strat", "stratified"},
		{"lorica export --format h", "hf"},
		{"lorica completion z", "zsh"},
		{"lorica classify --model defa", "default"},
		{"lorica verify defa", "default"},
		{"lorica compare defa", "default"},
		{"lorica pretrain --tokenizer defa", "default"},
		{"lorica steam f", "fetch"},
		{"lorica steam fetch --review-type n", "negative"},
		{"lorica steam fetch --format p", "parquet"},
		{"lorica hub pu", "pull"},
		{"lorica hub pull --tok", "--tokenizer-only"},
		{"lorica hub search --direction a", "ascending"},
	} {
		words := strings.Fields(c.words)
		line := "source " + shellQuote(script) + "; COMP_WORDS=(" + c.words + "); COMP_CWORD=$((" + string(rune('0'+len(words)-1)) + ")); _lorica; echo ${COMPREPLY[@]}"
		output, err := exec.Command("bash", "-c", line).CombinedOutput()
		if err != nil || strings.TrimSpace(string(output)) != c.want {
			t.Errorf("%s: got %q, %v; want %s", c.words, output, err, c.want)
		}
	}
}

func TestVersionSaysWhatItIs(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--version"}} {
		if o := succeed(t, "", args...); !strings.HasPrefix(o.stdout, "lorica ") || !strings.Contains(o.stdout, "generic") {
			t.Errorf("%v: %s", args, o.stdout)
		}
	}
	b := parse[build](t, succeed(t, "", "version", "--json").stdout)[0]
	if b.Version == "" || b.Platform == "" || b.Go == "" || len(b.Tiers) == 0 || b.Tiers[0] != "generic" {
		t.Errorf("got %+v", b)
	}
}
