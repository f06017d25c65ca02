# otpane: what a developer runs.  `make run` starts the pane, `make check` passes the tests.

GO      ?= go
FUZZ    ?= 30s
GOLANGCI ?= v2.15.0
# What the program may weigh, so that the next library is noticed. Twelve million were
# wanted: SSH keys, the post-quantum kind, the character sets of QR codes, the time
# server's answer and the keyring's D-Bus cost 0.3 to 0.7 each; the agent, doctor, the
# commands and their manual, without a library, another 0.8.
LIMIT   := 14700000
TARGETS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 freebsd/amd64 freebsd/arm64
SYSTEMS := linux/arm64 darwin/arm64 windows/amd64 freebsd/amd64 # one of each, as part of the check

# The program is pure Go: one static binary that cross-builds from anywhere.
export CGO_ENABLED = 0

.PHONY: run build install test check cross race lint bench bench-qr bench-peers size fuzz torture flood golden gallery clean

run: ## start the pane
	$(GO) run .

build: ## build ./otpane; its version comes from the build information
	$(GO) build -trimpath -o otpane .

install: ## install into Go's bin folder
	$(GO) install -trimpath .

test: ## the tests
	$(GO) test ./...

check: ## everything that must hold before a commit: format, vet, tests, cross-builds
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt these:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) mod verify
	$(GO) test ./...
	@$(MAKE) --no-print-directory cross TARGETS="$(SYSTEMS)"

size: ## the stripped program, which may have $(LIMIT) bytes, and who makes the linker keep methods that nobody calls
	@culprits=$$($(GO) build -trimpath -ldflags=-dumpdep -o /dev/null . 2>&1 | sed -n 's/ <ReflectMethod> -> reflect\..*//p' | grep -v '^reflect\.' | sort -u); \
		if [ -n "$$culprits" ]; then echo "these call methods by name:"; echo "$$culprits"; exit 1; fi
	@$(GO) build -trimpath -ldflags='-s -w' -o otpane.stripped .
	@bytes=$$(wc -c <otpane.stripped); rm -f otpane.stripped; echo "$$bytes of $(LIMIT) bytes"; test $$bytes -le $(LIMIT)

cross: ## compile for every platform, and vet what differs between systems
	@for target in $(TARGETS); do \
		printf 'build %s\n' $$target; \
		GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -o /dev/null . || exit 1; \
	done
	@for system in windows darwin freebsd; do GOOS=$$system GOARCH=amd64 $(GO) vet ./ui/host ./vault || exit 1; done

race: ## the tests under the race detector, which needs a C compiler
	@if command -v gcc >/dev/null 2>&1; then \
		CGO_ENABLED=1 $(GO) test -race ./...; \
	else \
		echo "skipped: the race detector needs gcc"; \
	fi

lint: ## golangci-lint, which takes minutes to install, and untidy modules
	$(GO) mod tidy -diff
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) run ./...

bench: ## ratios, each within one run
	$(GO) test -run '^$$' -bench . -benchtime 300ms ./...

bench-qr: ## the decoder's table over the sample pictures, where they are at hand
	$(GO) test ./otpcore/qr -run TestTable -v -count 1 -timeout 30m -table all -failures

bench-peers: ## otpane beside the other programs for the command line that are installed, a few minutes
	cd ui/cli/peers && OTPANE_PEERS=1 $(GO) test -count=1 -timeout 30m

fuzz: ## every fuzzer for $(FUZZ)
	@for package in $$($(GO) list ./...); do \
		for fuzzer in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$fuzzer"; \
			$(GO) test $$package -run '^$$' -fuzz "^$$fuzzer$$" -fuzztime $(FUZZ) || exit 1; \
		done; \
	done

torture: ## saves of the real program, killed and refused at every system call, for a minute or two; best as root, with strace and tmux
	cd vault/torture && OTPANE_TORTURE=1 $(GO) test -count=1 -timeout 5m

flood: ## a thousand requests a second at the agent for ten seconds, and its figures
	OTPANE_FLOOD=10s $(GO) test ./ui/agent -run '^TestFlood$$' -v -count=1 -timeout 2m

golden: ## draw the golden screens and their pictures in docs anew; read the diff before committing it
	$(GO) test ./ui -update
	$(GO) test ./ui -update -run Gallery

gallery: ## print every screen at every size
	@cd ui && $(GO) test -count 1 -gallery -run 'Every|Screens'

clean: ## remove what build made
	rm -f otpane
