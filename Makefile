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

# The vector search uses the processor's wide instructions where Go offers
# them, and is written without them as well: see internal/vector.
SIMD = GOEXPERIMENT=simd
PLAIN = GOEXPERIMENT=nosimd

.PHONY: build run test bench fuzz lint mutants vuln help check-go model page test-go test-page fonts lance postgres

build: check-go model page ## leave bin/daybook, and bin/model beside it
	@mkdir -p bin; test ! -d .cache/model || { rm -rf bin/model; ln -s ../.cache/model bin/model; }
	@v=$$(git describe --tags --always --dirty 2>/dev/null) || v=dev; \
	CGO_ENABLED=0 $(SIMD) $(GO) build -trimpath -ldflags "-s -w -X main.version=$$v" -o bin/ ./cmd/daybook

run: build ## build and serve on 127.0.0.1:8000
	@exec bin/daybook serve $(ARGS)

# What npm builds goes into the program. It is built again when a file of it
# is newer than the last time.
page: ## build the page, where there is npm
	@mkdir -p .cache; \
	if [ ! -f web/package.json ]; then exit 0; fi; \
	if ! command -v npm >/dev/null; then \
	  echo "There is no npm here: Daybook is built without its page, and serves its API alone (https://nodejs.org)."; exit 0; fi; \
	if [ -f web/dist/index.html ] && [ -f .cache/page ] && \
	  [ -z "$$(find web \( -path web/node_modules -o -path web/dist -o -path web/e2e \) -prune -o -newer .cache/page -print | head -n 1)" ]; then exit 0; fi; \
	cd web || exit 1; \
	if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then \
	  npm ci --no-audit --no-fund || exit 1; fi; \
	npm run build && touch dist/.gitkeep ../.cache/page

model: ## fetch the weights of the built-in embedding model, once
	@scripts/fetch-model.sh

postgres: ## fetch a PostgreSQL with pgvector for the tests, once
	@scripts/fetch-postgres.sh

lance: ## install a LanceDB server for the tests of that store, once
	@scripts/lance.sh

fonts: ## fetch the handwriting of the tests' pages, once
	@scripts/fetch-fonts.sh

test: test-go ## run every test, with the race detector where there is a C compiler, and the page's where there is a Chromium
	@if [ "$(PKG)" = ./... ]; then $(MAKE) --no-print-directory test-page; fi

test-go: check-go model fonts postgres
	@mkdir -p .cache; rm -f .cache/test.status; race=; cgo=0; cc=$$($(GO) env CC); \
	if printf '#include <stdlib.h>\nint main(void){return 0;}\n' | $$cc -x c - -o .cache/cc 2>/dev/null; then race=-race; cgo=1; \
	else echo "There is no C compiler that works ($$cc): the tests run without the race detector."; fi; \
	test -f .cache/lance/installed || echo "There is no LanceDB server (make lance installs one): the tests of that store are left out."; \
	{ CGO_ENABLED=$$cgo $(SIMD) $(GO) test $$race -timeout 20m $(PKG) $(ARGS); a=$$?; \
	  echo "The vector search and the embedding model once more, without wide instructions:"; \
	  CGO_ENABLED=$$cgo $(PLAIN) $(GO) test $$race ./internal/vector/... ./internal/embed/... $(ARGS); b=$$?; \
	  echo $$((a > b ? a : b)) >.cache/test.status; } 2>&1 | tee .cache/test.log; \
	status=$$(cat .cache/test.status) || exit 1; \
	awk -v race="$$race" -v status="$$status" ' \
	  /^ok[ \t]/ { passed[$$2] } /^FAIL\t/ { failed[$$2] } /no test files/ { none++ } /^ *--- FAIL: / { tests++ } \
	  END { for (p in failed) { delete passed[p]; f++ } for (p in passed) n++; \
	    printf "%s: %d packages passed, %d failed (%d tests), %d without tests; race detector %s.\n", \
	    (status == 0 ? "PASS" : "FAIL"), n, f, tests, none, (race ? "on" : "off") }' .cache/test.log | tee .cache/test.summary; \
	test -d .cache/postgres || echo "LEFT OUT: the tests of the store in PostgreSQL; there is none here (make postgres)." | tee -a .cache/test.summary; \
	exit $$status

# What is tried in a browser: make test-page ARGS='-g "offline answer"'
test-page: ## try the page in Chromium, against the program and a stand-in for the models
	@mkdir -p .cache; left="The page was NOT TRIED in a browser:"; \
	command -v npm >/dev/null || { echo "$$left there is no npm." | tee -a .cache/test.summary; exit 0; }; \
	{ [ -n "$(CHROMIUM)" ] || command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
	  { echo "$$left there is no Chromium (Debian: apt-get install chromium, or CHROMIUM=path)." | tee -a .cache/test.summary; exit 0; }; \
	$(MAKE) --no-print-directory build || exit 1; \
	cd web && npm run --silent api -- --check && \
	{ npm test -- $(ARGS); echo $$? >../.cache/page.status; } 2>&1 | tee ../.cache/page.log; \
	status=$$(cat ../.cache/page.status) || exit 1; \
	awk '/^ +[0-9]+ (passed|failed|flaky|did not run)/ { sub(/^ +/, ""); sub(/ \(.*/, ""); said = said (said ? ", " : "") $$0 } \
	  END { print "The page in a browser: " (said ? said : "no test ran") "." }' ../.cache/page.log | tee -a ../.cache/test.summary; \
	exit $$status

bench: build ## measure, and print a table of the figures
	CGO_ENABLED=0 $(SIMD) $(GO) run ./internal/bench $(ARGS)

fuzz: check-go ## run each fuzz target for FUZZTIME
	@mkdir -p .cache; $(SIMD) $(GO) test -list '^Fuzz' $(PKG) >.cache/fuzz.list || { cat .cache/fuzz.list; exit 1; }; \
	awk '/^Fuzz/ { name[n++] = $$1 } /^ok[ \t]/ { for (i = 0; i < n; i++) print $$2, name[i]; n = 0 }' .cache/fuzz.list | \
	while read -r pkg name; do \
	  echo "$$pkg $$name"; \
	  $(SIMD) $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$$pkg" || exit 1; \
	done

# Tests of other packages count with ARGS='-tests ./internal/chat,./internal/httpapi'.
mutants: check-go ## change the code of PKG here and there, and list the changes that its tests miss
	@test "$(PKG)" != ./... || { echo "Name one package: make mutants PKG=./internal/dates"; exit 1; }
	@$(SIMD) nice $(GO) run ./internal/mutants $(ARGS) $(PKG)

lint: check-go ## gofmt, go vet, staticcheck and govulncheck
	@files=$$("$$($(GO) env GOROOT)/bin/gofmt" -l *.go cmd internal web/*.go) || exit 1; \
	test -z "$$files" || { echo "gofmt would change:"; echo "$$files"; exit 1; }
	$(SIMD) $(GO) vet ./...
	$(PLAIN) $(GO) vet ./internal/vector/... ./internal/embed/...
	$(SIMD) $(GO) tool staticcheck ./...
	@$(MAKE) --no-print-directory vuln

# A database that cannot be reached is no finding; everything else that
# govulncheck fails with is.
vuln: check-go ## look for known vulnerabilities
	@mkdir -p .cache; $(GO) tool govulncheck ./... >.cache/vuln.log 2>&1; status=$$?; cat .cache/vuln.log; \
	if [ $$status -ne 0 ] && grep -q '^govulncheck: fetching vulnerabilities' .cache/vuln.log; then \
	  echo "NOT CHECKED for known vulnerabilities: their database cannot be reached from here."; \
	else exit $$status; fi

check-go:
	@command -v $(GO) >/dev/null || { echo "Daybook is built with Go 1.26 or newer: https://go.dev/dl/" >&2; exit 1; }; \
	v=$$($(GO) env GOVERSION) || exit 1; case $$v in \
	go1.2[6-9]*|go1.[3-9][0-9]*|go[2-9]*|devel*) ;; \
	*) echo "Daybook is built with Go 1.26 or newer, and this is $$v: https://go.dev/dl/" >&2; exit 1;; esac

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile
	@echo "ARGS, PKG and FUZZTIME are passed through; see the top of the Makefile."
