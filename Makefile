# Everything that a developer or a CI machine runs. `make` alone lists the targets.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# There is no cgo in the project; without it a machine needs nothing but Go, and builds everywhere the same.
export CGO_ENABLED := 0

VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null)
STATICCHECK ?= go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
TESTFLAGS   ?=
BENCH       ?= .
BENCHTIME   ?= 200ms
FUZZTIME    ?= 10s
PKG         ?= ./...

# Every package builds for the workstations, the portable rooms for the sandboxes too.
WORKSTATIONS := linux/amd64 linux/arm64 darwin/arm64 windows/amd64
SANDBOXES    := js/wasm wasip1/wasm
PORTABLE     := ./kernels/... ./tokenizer/... ./encoder/... ./wasm/abi/... ./wasm/guest/... \
	./internal/badinput/... ./internal/format/... ./internal/jsonscan/... ./internal/little/... ./internal/order/...

# Modules of their own below this one: the generators, whose dependencies no user downloads.
GENERATORS := $(wildcard kernels/_gen)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: toolchain ## build bin/lorica
	go build -trimpath -ldflags '$(if $(VERSION),-X main.version=$(VERSION))' -o bin/lorica ./cli/lorica

.PHONY: demo
demo: build ## build bin/lorica and have it show what it does, in about a minute
	bin/lorica demo

.PHONY: test
test: toolchain ## run all tests; TESTFLAGS and PKG go to go test
	@go test $(TESTFLAGS) $(PKG)

.PHONY: race
race: toolchain ## run all tests under the race detector (needs a C compiler on Linux)
	CGO_ENABLED=1 go test -race $(TESTFLAGS) $(PKG)

.PHONY: bench
bench: toolchain ## run all benchmarks; BENCH, BENCHTIME and PKG narrow them
	go test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem $(TESTFLAGS) $(PKG)

# Finds the targets by their declarations: nothing is compiled that is not run, and none can be forgotten.
.PHONY: fuzz
fuzz: toolchain ## fuzz each fuzz target for FUZZTIME
	@grep -roE --include='*_test.go' '^func Fuzz[A-Z][A-Za-z0-9_]*' . | sort | while IFS=: read -r file declaration; do \
		target=$${declaration#func }; \
		echo "$$(dirname "$$file") $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" </dev/null || exit 1; \
	done

.PHONY: generate
generate: toolchain ## write the generated files anew
	go generate ./...

.PHONY: check
check: gofmt vet staticcheck rules builds generated ## all that CI checks besides the tests

.PHONY: gofmt
gofmt: toolchain
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted by gofmt:" $$files >&2; exit 1; }

.PHONY: vet
vet: toolchain
	go vet ./...
	go vet -tags noasm ./...
	go vet -tags nodefault ./...
	GOOS=js GOARCH=wasm go vet $(PORTABLE)
	GOOS=wasip1 GOARCH=wasm go vet ./wasm/guest/...
	@for dir in $(GENERATORS); do echo "go -C $$dir vet ./..."; go -C $$dir vet ./... || exit 1; done

.PHONY: staticcheck
staticcheck: toolchain
	$(STATICCHECK) ./...

# The import rule and the rules on files; they run within `make test` too.
.PHONY: rules
rules: toolchain
	go test ./internal/checks/...

.PHONY: builds
builds: $(addprefix build-,$(subst /,-,$(WORKSTATIONS) $(SANDBOXES))) build-noasm build-nodefault

# $(call cross,OS/ARCH,PACKAGES) defines the target build-OS-ARCH.
define cross
.PHONY: build-$(subst /,-,$(1))
build-$(subst /,-,$(1)): toolchain
	GOOS=$(word 1,$(subst /, ,$(1))) GOARCH=$(word 2,$(subst /, ,$(1))) go build $(2)
endef
$(foreach platform,$(WORKSTATIONS),$(eval $(call cross,$(platform),./...)))
$(foreach platform,$(SANDBOXES),$(eval $(call cross,$(platform),$(PORTABLE))))

.PHONY: build-noasm
build-noasm: toolchain
	go build -tags noasm ./...

.PHONY: build-nodefault
build-nodefault: toolchain
	go build -tags nodefault ./...

# Compares the generated files with what `make generate` writes, so that a working tree with other changes passes.
GENERATED_SUMS = { grep -rlE --include='*.go' --include='*.s' --exclude-dir=.git '^// Code generated .* DO NOT EDIT\.$$' .; ls ./wasm/kernelhost/*.wasm ./wasm/guestbuild/*.br; } | sort | xargs cksum /dev/null

.PHONY: generated
generated: toolchain
	@before=$$($(GENERATED_SUMS)); \
	$(MAKE) --no-print-directory generate || exit 1; \
	after=$$($(GENERATED_SUMS)); \
	test "$$before" = "$$after" || { \
		echo "make generate changes these files; commit what it writes:" >&2; \
		printf '%s\n%s\n' "$$before" "$$after" | sort | uniq -u | awk '{ print "  " $$3 }' | sort -u >&2; \
		exit 1; \
	}

# Says in one line what a fresh machine lacks (Go, a newer Go, a module that cannot be fetched), before the tools say it
# once for every package.
.PHONY: toolchain
toolchain:
	@command -v go >/dev/null || { echo "lorica needs Go: https://go.dev/dl" >&2; exit 1; }
	@problem=$$(go list -deps -test ./... 2>&1 >/dev/null) || { \
		printf "lorica cannot be built here: %s\n" "$$(echo "$$problem" | grep -v "^go: downloading" | head -n 1)" >&2; \
		exit 1; \
	}
