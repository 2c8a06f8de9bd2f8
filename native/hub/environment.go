package hub

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
)

// maxToken bounds the file of the token, in bytes.
const maxToken = 4 << 10

// FromEnvironment returns Default with what the variables of huggingface_hub say, as that library reads them: HF_ENDPOINT,
// HF_TOKEN (or HUGGING_FACE_HUB_TOKEN, or the file HF_TOKEN_PATH, or HF_HOME/token) unless HF_HUB_DISABLE_IMPLICIT_TOKEN is set,
// HF_HUB_CACHE (or HUGGINGFACE_HUB_CACHE, or HF_HOME/hub), HF_HOME (or XDG_CACHE_HOME/huggingface, or ~/.cache/huggingface),
// HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE), HF_HUB_DISABLE_SYMLINKS and HF_HUB_DOWNLOAD_TIMEOUT in seconds. get is os.Getenv.
func FromEnvironment(get func(string) string) (Config, error) {
	c := Default()
	if endpoint := get("HF_ENDPOINT"); endpoint != "" {
		c.Endpoint = strings.TrimRight(endpoint, "/")
	}
	cache, err := CacheFromEnvironment(get)
	if err != nil {
		return c, err
	}
	c.Cache = cache.Dir
	c.Offline = isTrue(get("HF_HUB_OFFLINE")) || get("HF_HUB_OFFLINE") == "" && isTrue(get("TRANSFORMERS_OFFLINE"))
	c.CopyFiles = isTrue(get("HF_HUB_DISABLE_SYMLINKS"))
	if seconds := get("HF_HUB_DOWNLOAD_TIMEOUT"); seconds != "" {
		n, err := strconv.Atoi(seconds)
		if err != nil || n < 1 || n > 1e6 {
			return c, badinput.Errorf("HF_HUB_DOWNLOAD_TIMEOUT: want a number of seconds, got %.40q", seconds)
		}
		c.Timeout = time.Duration(n) * time.Second
	}
	if err := c.findToken(get); err != nil {
		return c, err
	}
	if err := c.Validate(); err != nil {
		return c, badinput.Errorf("HF_ENDPOINT: %w", err) // nothing else of the environment has been left unchecked
	}
	return c, nil
}

// CacheFromEnvironment returns the cache that FromEnvironment names, without looking for a token.
func CacheFromEnvironment(get func(string) string) (Cache, error) {
	dir, err := firstPath(get, homeOf(get)+"/hub", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
	return Cache{Dir: dir}, err
}

// homeOf returns HF_HOME, or what it is by default, not yet expanded.
func homeOf(get func(string) string) string {
	return cmp.Or(get("HF_HOME"), cmp.Or(get("XDG_CACHE_HOME"), "~/.cache")+"/huggingface")
}

// firstPath returns the path that the first of the variables which is set holds, with ~ and variables replaced.
func firstPath(get func(string) string, otherwise string, names ...string) (string, error) {
	path := otherwise
	for _, name := range names {
		if value := get(name); value != "" {
			path = value
			break
		}
	}
	if path == "~" || strings.HasPrefix(path, "~/") {
		variable := "HOME"
		if runtime.GOOS == "windows" {
			variable = "USERPROFILE"
		}
		home := get(variable)
		if home == "" {
			return "", badinput.Errorf("%s is not set, and so there is no place for the Hugging Face cache; HF_HOME names one", variable)
		}
		path = home + path[1:]
	}
	path = os.Expand(path, func(name string) string {
		if value := get(name); value != "" {
			return value
		}
		return "$" + name // as Python has it
	})
	return filepath.Clean(filepath.FromSlash(path)), nil
}

// findToken sets the token, if there is one.
func (c *Config) findToken(get func(string) string) error {
	if isTrue(get("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
		return nil
	}
	for _, name := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		if token := cleanToken(get(name)); token != "" {
			c.Token, c.TokenSource = token, name
			return checkToken(token, name)
		}
	}
	path, err := firstPath(get, homeOf(get)+"/token", "HF_TOKEN_PATH")
	if err != nil {
		return err
	}
	content, err := readSmall(path, maxToken)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return badinput.Errorf("the token file: %w", err)
	}
	if token := cleanToken(string(content)); token != "" {
		c.Token, c.TokenSource = token, path
		return checkToken(token, path)
	}
	return nil
}

// checkToken refuses what cannot be a token, before it goes into a header.
func checkToken(token, source string) error {
	if len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return badinput.Errorf("%s: this is no token: it is too long, or has blanks or other than ASCII characters", source)
	}
	return nil
}

func cleanToken(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(s))
}

// isTrue reads a switch as huggingface_hub does.
func isTrue(value string) bool {
	switch strings.ToUpper(value) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}
