package recipes

import (
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestEveryRecipeIsReadAndSaysWhatItIsFor(t *testing.T) {
	names := Names("train")
	if !slices.Equal(names, []string{"demo", "steam-deberta", "steam-minilm", "steam-roberta"}) {
		t.Errorf("got %v", names)
	}
	for _, name := range names {
		f, err := Open("train", name)
		if err != nil || len(f.About) < 40 || len(f.Entries) < 5 {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestTheSteamRecipeHasTheNotebooksSettings(t *testing.T) {
	f, err := Open("train", "steam-deberta")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range f.Entries {
		var values []string
		for _, v := range e.Values {
			values = append(values, v.Text)
		}
		got[e.Name] = strings.Join(values, ",")
	}
	for name, want := range map[string]string{
		"model": "microsoft/deberta-v3-base", "rank": "4", "alpha": "32", "lora-dropout": "0.1", "targets": "query_proj,value_proj", "epochs": "3", "batch-size": "8",
		"lr": "2e-4", "weight-decay": "0.01", "max-length": "512", "test-size": "0.2", "split-seed": "42", "split": "datasets",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}

func TestUnknownRecipesNameTheKnown(t *testing.T) {
	if _, err := Open("train", "steam"); !badinput.Is(err) || !strings.Contains(err.Error(), "want one of demo, steam-deberta, ") {
		t.Errorf("got %v", err)
	}
	if names := Names("eval"); names != nil {
		t.Errorf("got %v", names)
	}
}
