package checks

// A room is a folder of packages and what they may import. Every package belongs to the room with the longest folder
// that holds it; packages of one room may import each other.
type room struct {
	folder   string
	below    []string // the rooms that its packages may import
	modules  []string // the third-party modules that its packages may import
	banned   []string // packages, with all below them, that its packages may not import
	detached bool     // its packages must not reach net through the standard library or each other
}

// noFiles bans what takes a path, a socket or a process: a package under it works on memory, readers and file systems
// that it is handed.
var noFiles = []string{"os", "net", "syscall", "path/filepath", "plugin", "testing"}

// rooms is the rule on imports, from the top down: a room may only import rooms that stand below it in this table.
var rooms = []room{
	{
		folder: "internal/tooling/agreement", // compares the rooms
		below:  []string{"native", "wasm", "encoder", "kernels"},
		banned: []string{"testing"},
	},
	{
		folder: "examples", // programs of others, in small
		below:  []string{"wasm", "native", "encoder"},
		banned: []string{"testing"},
	},
	{
		folder:  "cli",
		below:   []string{"native", "wasm", "web", "internal", "internal/badinput"},
		modules: []string{"github.com/spf13/pflag", "github.com/jedib0t/go-pretty/v6", "github.com/schollz/progressbar/v3", "golang.org/x/term"},
		banned:  []string{"testing"},
	},
	{
		folder:  "web/internal/inbrowser", // compares and measures, beside the program that users get
		below:   []string{"web", "web/internal/chromium", "native"},
		modules: []string{"github.com/spf13/pflag"},
		banned:  []string{"testing"},
	},
	{
		folder:  "web",
		below:   []string{"web/internal/chromium", "wasm", "wasm/guestbuild", "internal", "internal/badinput"},
		modules: []string{"github.com/andybalholm/brotli"},
		banned:  []string{"testing"},
	},
	{
		folder:  "web/internal/chromium", // drives a browser, for tests and measurements
		modules: []string{"github.com/chromedp/chromedp", "github.com/chromedp/cdproto"},
		banned:  []string{"testing"},
	},
	{
		folder:  "wasm",
		below:   []string{"wasm/guestbuild", "wasm/abi", "encoder", "kernels", "internal/badinput"},
		modules: []string{"github.com/tetratelabs/wazero", "golang.org/x/sys"},
		banned:  []string{"testing"},
	},
	{
		folder:  "wasm/guestbuild", // pages need it without the sandbox
		modules: []string{"github.com/andybalholm/brotli"},
		banned:  []string{"testing"},
	},
	{
		folder: "wasm/testbundle", // makes bundles for tests, which alone may import it
		below:  []string{"encoder", "kernels", "tokenizer"},
	},
	{
		folder: "wasm/guest", // the programs, which have what their platform has
		below:  []string{"wasm/guest/session", "wasm/abi", "encoder", "kernels", "internal/badinput", "internal/format"},
		banned: []string{"os", "net", "path/filepath", "plugin", "testing"},
	},
	{
		folder:   "wasm/guest/session",
		below:    []string{"wasm/abi", "encoder", "kernels", "internal/badinput", "internal/format"},
		banned:   noFiles,
		detached: true,
	},
	{
		folder:   "wasm/abi",
		below:    []string{"encoder", "internal/format", "internal/little"},
		banned:   noFiles,
		detached: true,
	},
	{
		folder:  "internal/tooling", // programs for developers
		below:   []string{"native", "internal", "internal/badinput"},
		modules: []string{"gonum.org/v1/gonum", "golang.org/x/text"},
		banned:  []string{"testing"},
	},
	{
		folder: "native",
		below:  []string{"encoder", "kernels", "tokenizer", "internal", "internal/badinput"},
		modules: []string{
			"gonum.org/v1/gonum", "gonum.org/v1/plot", "golang.org/x/sys", "golang.org/x/text", "golang.org/x/net", "golang.org/x/sync",
			"github.com/abadojack/whatlanggo", "go.yaml.in/yaml/v4", "github.com/cenkalti/backoff/v5", "github.com/gofrs/flock",
			"github.com/parquet-go/parquet-go", "golang.org/x/time",
		},
		banned: []string{"testing"},
	},
	{
		folder: "native/internal/tiny", // makes models for tests, which alone may import it
		below:  []string{"encoder", "kernels"},
	},
	{
		folder: "native/internal/golden", // the reference's figures, for tests
		below:  []string{"internal/shared"},
	},
	{
		folder:   "encoder",
		below:    []string{"kernels", "tokenizer", "internal/jsonscan", "internal/badinput", "internal/format", "internal/little", "internal/order"},
		banned:   noFiles,
		detached: true,
	},
	{
		folder:   "tokenizer",
		below:    []string{"internal/jsonscan", "internal/badinput", "internal/format", "internal/little", "internal/order"},
		banned:   noFiles,
		detached: true,
	},
	{
		folder:   "kernels",
		below:    []string{"internal/format", "internal/order"},
		modules:  []string{"github.com/klauspost/cpuid/v2"},
		banned:   noFiles,
		detached: true,
	},
	{
		folder:  "internal",
		below:   []string{"internal/badinput"},
		modules: []string{"golang.org/x/sys"},
		banned:  []string{"testing"},
	},
	{
		folder: "internal/checks",
		below:  []string{"internal/shared"},
		banned: []string{"testing"},
	},
	{
		folder: "internal/fakellm", // a server for tests, which alone may import it
		banned: []string{"testing"},
	},
	{
		folder: "internal/shared",
	},
	{
		folder:   "internal/badinput",
		below:    []string{"internal/format"},
		banned:   noFiles,
		detached: true,
	},
	{
		folder:   "internal/jsonscan",
		below:    []string{"internal/format"},
		banned:   noFiles,
		detached: true,
	},
	{
		folder:   "internal/order",
		banned:   noFiles,
		detached: true,
	},
	{
		folder:   "internal/little",
		banned:   noFiles,
		detached: true,
	},
	{
		folder:   "internal/format",
		banned:   noFiles,
		detached: true,
	},
}
