package hub

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lorica-go/lorica/encoder"
)

// Info is what there is to know of a model before it is fetched.
type Info struct {
	ID       string    `json:"id"`
	Commit   string    `json:"commit,omitempty"`
	URL      string    `json:"url"`
	Author   string    `json:"author,omitempty"`
	Task     string    `json:"task,omitempty"`
	Library  string    `json:"library,omitempty"`
	Created  time.Time `json:"created,omitzero"`
	Modified time.Time `json:"modified,omitzero"`
	// Downloads are those of the last thirty days.
	Downloads     int64    `json:"downloads"`
	Likes         int64    `json:"likes"`
	Tags          []string `json:"tags"`
	Licence       string   `json:"licence,omitempty"`
	Languages     []string `json:"languages,omitempty"`
	BaseModels    []string `json:"base_models,omitempty"`
	Architectures []string `json:"architectures,omitempty"`
	ModelType     string   `json:"model_type,omitempty"`
	// Gated is "auto" or "manual" where the terms have to be accepted first.
	Gated   string `json:"gated,omitempty"`
	Private bool   `json:"private,omitempty"`
	// Parameters are the elements of the stored weights, nil when nothing tells.
	Parameters *Parameters `json:"parameters,omitempty"`
	// Specialised says how the model is more than a base model, "" for one that is not.
	Specialised string `json:"specialised,omitempty"`
	// Trainable says whether lorica can train the model, WhyNot why it cannot. Search judges by what the list says; Describe has
	// opened the model.
	Trainable bool   `json:"trainable"`
	WhyNot    string `json:"why_not,omitempty"`
	// Files are all files of the repository, with Describe only.
	Files []File `json:"files,omitempty"`
	// Cached is the folder of the snapshot in the cache, "" when it is not there.
	Cached string `json:"cached,omitempty"`
}

// File is a file of a repository.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"` // -1 when the hub does not say
	Needed bool   `json:"needed"`
}

// Bytes returns the size of the files, of those that lorica needs or of all.
func (i *Info) Bytes(neededOnly bool) int64 {
	total := int64(0)
	for _, f := range i.Files {
		if f.Needed || !neededOnly {
			total += max(f.Bytes, 0)
		}
	}
	return total
}

// newInfo puts what the API says into one form.
func (c *Client) newInfo(m *apiModel) *Info {
	id := ID{Name: m.ID}
	i := &Info{
		ID: m.ID, Commit: m.SHA, URL: c.config.Endpoint + "/" + m.ID, Author: m.Author, Task: m.Task, Library: m.Library, Created: m.Created,
		Modified: m.LastModified, Downloads: m.Downloads, Likes: m.Likes, Tags: append([]string{}, m.Tags...), Languages: m.Card.of.Languages,
		BaseModels: m.Card.of.BaseModels, Architectures: m.Config.of.Architectures, ModelType: m.Config.of.ModelType, Gated: string(m.Gated), Private: m.Private,
	}
	if i.Author == "" {
		i.Author = id.Author()
	}
	i.Licence = strings.Join(m.Card.of.Licence, ", ")
	if name := strings.Join(m.Card.of.LicenceName, ", "); name != "" && (i.Licence == "" || i.Licence == "other") {
		i.Licence = name
	}
	for _, tag := range m.Tags { // what the card has is among the tags, too, which every answer has
		if name, ok := strings.CutPrefix(tag, "license:"); ok && i.Licence == "" {
			i.Licence = name
		}
		if base, ok := strings.CutPrefix(tag, "base_model:"); ok && !strings.Contains(base, ":") && !slices.Contains(i.BaseModels, base) {
			i.BaseModels = append(i.BaseModels, base)
		}
	}
	i.Parameters = parametersOfHub(m.Safetensors.of.Parameters)
	i.Specialised = specialised(i)
	return i
}

// Describe asks the hub what a model is, and opens it from afar: the weights' headers are read, a few hundred kilobytes at most, and the
// tokenizer.
func (c *Client) Describe(ctx context.Context, id ID) (*Info, error) {
	m, err := c.model(ctx, id)
	if err != nil {
		return nil, err
	}
	i := c.newInfo(m)
	need, noUse := needed(m.names(), Model)
	for _, sibling := range m.Siblings {
		f := File{Name: sibling.Name, Bytes: -1, Needed: slices.Contains(need, sibling.Name)}
		if sibling.Size != nil {
			f.Bytes = *sibling.Size
		}
		i.Files = append(i.Files, f)
	}
	if s, err := c.cache.Find(ID{Name: id.Name, Revision: m.SHA}, Model); err == nil {
		i.Cached = s.Dir
	}
	if noUse != nil {
		i.WhyNot = noUse.Error()
		return i, nil
	}
	if err := c.look(ctx, id, m, i); err != nil {
		return nil, err
	}
	return i, nil
}

// quickVerdict judges by what the list says whether lorica can train a model.
func (i *Info) quickVerdict() {
	switch {
	case i.ModelType == "":
		i.WhyNot = "the hub does not know its model_type"
	case !slices.Contains(encoder.ModelTypes(), i.ModelType):
		i.WhyNot = "model_type " + i.ModelType
	case i.Parameters == nil && !slices.Contains(i.Tags, "safetensors"):
		i.WhyNot = "no safetensors"
	default:
		i.Trainable = true
	}
}
