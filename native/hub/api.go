package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/retry"
)

// Limits of what the API may answer, in bytes: the largest repositories list some ten thousand files, and a page of the list some
// hundred models.
const (
	maxModelJSON = 16 << 20
	maxListJSON  = 64 << 20
)

// apiModel is a model as the API describes it. Fields that are not asked for are absent.
type apiModel struct {
	ID           string             `json:"id"`
	SHA          string             `json:"sha"`
	Author       string             `json:"author"`
	Created      time.Time          `json:"createdAt"`
	LastModified time.Time          `json:"lastModified"`
	Downloads    int64              `json:"downloads"`
	Likes        int64              `json:"likes"`
	Tags         words              `json:"tags"`
	Task         string             `json:"pipeline_tag"`
	Library      string             `json:"library_name"`
	Gated        gate               `json:"gated"`
	Private      bool               `json:"private"`
	Disabled     bool               `json:"disabled"`
	Config       lenient[apiConfig] `json:"config"`
	Card         lenient[apiCard]   `json:"cardData"`
	Siblings     []struct {
		Name string `json:"rfilename"`
		Size *int64 `json:"size"`
	} `json:"siblings"`
	Safetensors lenient[struct {
		Parameters map[string]int64 `json:"parameters"`
	}] `json:"safetensors"`
}

// apiConfig is what the hub takes from config.json.
type apiConfig struct {
	Architectures words  `json:"architectures"`
	ModelType     string `json:"model_type"`
}

// apiCard is the head of the model card.
type apiCard struct {
	Licence     words `json:"license"`
	LicenceName words `json:"license_name"`
	Languages   words `json:"language"`
	BaseModels  words `json:"base_model"`
}

// lenient is what authors write by hand: what is not as it should be is passed over.
type lenient[T any] struct{ of T }

// UnmarshalJSON reads as much as fits.
func (l *lenient[T]) UnmarshalJSON(text []byte) error {
	_ = json.Unmarshal(text, &l.of)
	return nil
}

// words is a list of strings that may also be one string, or absent; model cards are written by hand.
type words []string

// UnmarshalJSON reads a string, a list of strings or null; whatever else a card has there is passed over.
func (w *words) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		if one != "" {
			*w = words{one}
		}
		return nil
	}
	var many []any
	if json.Unmarshal(text, &many) == nil {
		for _, value := range many {
			if word, ok := value.(string); ok {
				*w = append(*w, word)
			}
		}
	}
	return nil
}

// gate is false, or the way in which access is given: "auto" or "manual".
type gate string

// UnmarshalJSON reads false, true or a string.
func (g *gate) UnmarshalJSON(text []byte) error {
	var way string
	switch {
	case json.Unmarshal(text, &way) == nil:
		*g = gate(way)
	case bytes.Equal(text, []byte("true")):
		*g = "auto"
	}
	return nil
}

// getJSON asks for a JSON document of at most limit bytes. It returns the headers of the answer.
func (c *Client) getJSON(ctx context.Context, address string, limit int64, into any) (http.Header, error) {
	var header http.Header
	err := c.retry.Do(ctx, func() error {
		r, err := c.send(ctx, http.MethodGet, address, http.Header{"Accept": {"application/json"}})
		if err != nil {
			return err
		}
		defer r.Body.Close()
		header = r.Header
		if kind := r.Header.Get("Content-Type"); !strings.Contains(kind, "json") {
			return fmt.Errorf("%s answers with %q where JSON was expected; is HF_ENDPOINT a hub?", r.Request.URL.Host, plain(kind))
		}
		text, err := readBody(r.Body, limit)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Request.URL.Host, err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			return badinput.Errorf("%s answers with JSON that is not understood: %w", r.Request.URL.Host, err)
		}
		return nil
	})
	return header, err
}

// readBody reads at most limit bytes. A connection that breaks is worth another attempt, a longer body is not.
func readBody(body io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		return nil, retry.Temporary(err, 0)
	case int64(len(text)) > limit:
		return nil, badinput.Errorf("an answer of more than %d bytes", limit)
	}
	return text, nil
}

// maxFiles bounds the files of a repository.
const maxFiles = 100_000

// model asks the API for a model at a revision, with its files. The answer's SHA is a commit.
func (c *Client) model(ctx context.Context, id ID) (*apiModel, error) {
	address := c.config.Endpoint + "/api/models/" + id.Name + "/revision/" + url.PathEscape(id.revision()) + "?blobs=true"
	var m apiModel
	if _, err := c.getJSON(ctx, address, maxModelJSON, &m); err != nil {
		return nil, c.explain(id, "", err)
	}
	if _, err := ParseID(m.ID); err != nil {
		m.ID = id.Name // what came is not fit to be shown
	}
	switch {
	case !commitHash.MatchString(m.SHA):
		return nil, badinput.Errorf("%s: %s names no commit of it, but %q; is HF_ENDPOINT a hub?", id, c.endpoint.Host, plain(m.SHA))
	case m.Disabled:
		return nil, badinput.Errorf("%s has been disabled on the hub", id)
	case len(m.Siblings) > maxFiles:
		return nil, badinput.Errorf("%s: %d files, more than the limit of %d", id, len(m.Siblings), maxFiles)
	}
	return &m, nil
}

// sizes returns the sizes of the model's files, as far as they are told.
func (m *apiModel) sizes() map[string]int64 {
	sizes := map[string]int64{}
	for _, s := range m.Siblings {
		if s.Size != nil {
			sizes[s.Name] = max(*s.Size, 0)
		}
	}
	return sizes
}

// names returns the names of the model's files.
func (m *apiModel) names() []string {
	names := make([]string, len(m.Siblings))
	for i := range m.Siblings {
		names[i] = m.Siblings[i].Name
	}
	return names
}
