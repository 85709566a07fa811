# 自助办. Two commands do everything: make run, make test.
SHELL      := /bin/bash
TAGS       := x11,gles,no_emoji,migrated_fynedo
GO         ?= go
BIN        := bin
# What a fresh Debian 12 or Ubuntu needs beside Go: a C compiler and the headers of OpenGL and X for the terminal's window,
# their libraries at run time, a virtual display for machines without one, and certificates for the Go module proxy.
PACKAGES   := gcc pkg-config libc6-dev libgl-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev \
              libgl1 libgl1-mesa-dri libx11-6 libxcursor1 libxrandr2 libxinerama1 libxi6 libxxf86vm1 \
              xvfb ca-certificates git
export CGO_ENABLED ?= 1
export FYNE_DISABLE_DPI_DETECTION := 1

.PHONY: help run test bench build setup lint unit e2e race fuzz screens fonts clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup build ## install what is missing, build, start hall, simulated devices and terminal
	@exec $(BIN)/tour $(RUN)

test: setup lint unit e2e ## everything that has to be true: format, vet, staticcheck, tests with -race, house rules, a real visit

bench: setup build ## the benchmarks, one line each: name value unit limit ratio
	@exec $(BIN)/measure

setup: ## install the system packages that are missing
	@missing=""; for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	command -v $(GO) >/dev/null || { echo "Go is not installed: get it from https://go.dev/dl (1.26 or newer)" >&2; exit 1; }; \
	if [ -n "$$missing" ]; then \
	  echo "Installing:$$missing"; \
	  if [ "$$(id -u)" = 0 ]; then sudo=""; else sudo=sudo; fi; \
	  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y --no-install-recommends $$missing >/dev/null; \
	fi

build: ## build the programs into bin/
	@mkdir -p $(BIN)
	$(GO) build -tags $(TAGS) -o $(BIN)/ ./kiosk ./sync/hall ./devices/bench ./kiosk/screens/emptywindow
	$(GO) build -tags $(TAGS),probe -o $(BIN)/kiosk-probe ./kiosk
	$(GO) build -o $(BIN)/ ./kiosk/walkthrough/tour ./kiosk/walkthrough/measure

lint:
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi
	$(GO) vet -tags $(TAGS) ./...
	$(GO) vet -tags $(TAGS),probe,e2e ./kiosk/...
	$(GO) tool staticcheck -tags $(TAGS) ./...

unit:
	$(GO) test -race -tags $(TAGS) -timeout 20m ./...
	$(GO) test -tags $(TAGS) -run 'Bolt|bolt' ./sync/queue/

e2e: build ## the visit by real pointer events under a virtual display; pictures below out/e2e
	$(GO) test -tags $(TAGS),e2e -timeout 25m -count=1 -v ./kiosk/walkthrough/

fuzz: ## each fuzz test for a while (FUZZTIME=30s)
	@set -e; for pkg in $$($(GO) list ./...); do for f in $$($(GO) test -tags $(TAGS) -list '^Fuzz' $$pkg 2>/dev/null | grep ^Fuzz || true); do \
	  echo "$$pkg $$f"; $(GO) test -tags $(TAGS) -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-30s} $$pkg; done; done

screens: setup ## pictures of every screen below out/screens
	$(GO) run -tags $(TAGS) ./kiosk/screens/gallery -out out/screens

fonts: ## make the embedded fonts anew from Debian's fonts-noto-cjk and fonttools
	assets/fonts/build.sh

clean: ## remove what was built and what runs left behind
	rm -rf $(BIN) out
