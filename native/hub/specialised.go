package hub

import (
	"slices"
	"strings"
)

// What marks a model as made for something. The tasks are those of models that are trained on text alone; the domains are
// the hub's usual tags.
var (
	baseTasks         = []string{"", "fill-mask", "feature-extraction"}
	baseArchitectures = []string{"ForMaskedLM", "ForPreTraining", "Model", "WithLMHeadModel"}
	relations         = []string{"finetune", "adapter", "quantized", "merge"}
	otherLibraries    = []string{"sentence-transformers", "setfit", "peft", "adapter-transformers", "span-marker", "flair", "spacy", "bertopic", "gliner"}
	domains           = []string{
		"biology", "biomedical", "chemistry", "clinical", "climate", "code", "finance", "financial", "legal", "medical", "music", "science", "twitter",
	}
)

// specialised says by what the hub tells of a model that it is more than a base model, "" if it does not seem to be: it has been
// made from another one, for a task, by a library that trains for one, or for a domain.
func specialised(i *Info) string {
	for _, tag := range i.Tags {
		tag, ok := strings.CutPrefix(tag, "base_model:")
		relation, base, of := strings.Cut(tag, ":")
		if ok && of && slices.Contains(relations, relation) {
			return relation + " of " + base
		}
	}
	if len(i.BaseModels) > 0 {
		return "made from " + i.BaseModels[0]
	}
	if !slices.Contains(baseTasks, i.Task) {
		return "for " + i.Task
	}
	for _, architecture := range i.Architectures {
		if !slices.ContainsFunc(baseArchitectures, func(end string) bool { return strings.HasSuffix(architecture, end) }) {
			return "a " + architecture
		}
	}
	for _, library := range otherLibraries {
		if i.Library == library || slices.Contains(i.Tags, library) {
			return "made with " + library
		}
	}
	for _, domain := range domains {
		if slices.Contains(i.Tags, domain) {
			return "about " + domain
		}
	}
	return ""
}
