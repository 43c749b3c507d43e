# The two commands: `make demo` and `make test`. Each does its own set-up, asks nothing, may be run again.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
IVR := .venv/bin/ivr
RUN_ENV = IVR_RESTART=unless-stopped
# Test processes beside each other: those of the rooms compute and now and then wait, calls mostly wait.
ROOM_WORKERS ?= 3
WORKERS ?= 4
# The folders that place calls: who collects only these starts 20 s of computing earlier, and each worker collects.
CALLS = tests/calls tests/serve tests/telephony
# What the console's scripts and styles are made from; they are made again when one of these has changed.
WEB = ivr/console/web
WEB_SOURCES := $(shell find $(WEB) -name node_modules -prune -o -type f -print)
# Compiled modules are kept even where the machine is told not to: dozens of processes load the same ones.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help system web install models image demo demo-web check lint rooms browser browser-test test day-test call-test bench run down check-flows console-pictures docs

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

system: ## Debian packages that are missing, installed (root or sudo)
	@bash asterisk-conf/system.sh

.venv/.ready: pyproject.toml
	@echo "== Python packages into .venv"
	@test -x $(PY) || python3 -m venv .venv
	@$(PY) -m pip install -qq --disable-pip-version-check -e '.[dev,whisper,sherpa,kokoro]'
	@touch $@

ivr/console/static/manifest.json: $(WEB_SOURCES) | .venv/.ready
	@echo "== the console's scripts and styles"
	@bash $(WEB)/build.sh build

web: ivr/console/static/manifest.json ## the console's scripts and styles, where their sources changed

install: system .venv/.ready web ## everything a machine needs; .venv/bin/ivr is the command

models: install ## what the hotline listens with: a recogniser's and a voice detector's model
	@$(IVR) models install whisper-base silero

image: install
	@echo "== Asterisk"
	@bash asterisk-conf/asterisk.sh image

demo: image models ## the hotline comes up, seven real calls are placed, and you see what happened
	@$(PY) -m tests.demo

demo-web: image models ## one page in the browser, and you talk to the hotline from it, until Ctrl+C
	@$(PY) -m tests.demo_web

check: models ## lint, types and the tests of the rooms: no call is placed, no Asterisk needed
	@$(IVR) models install vosk-ko # to try vosk itself; no caller is ever heard with it
	@$(MAKE) -s -j2 lint rooms

lint: .venv/.ready ## lint and types alone
	@$(PY) -m ruff check ivr tests && $(PY) -m ruff format --check -q ivr tests && $(PY) -m mypy ivr tests
	@bash $(WEB)/build.sh types

rooms: .venv/.ready web ## the tests of the rooms alone
	@echo "== lint and types, tests of the rooms"
	@bash $(WEB)/build.sh test
	@$(PY) -m tests.phase rooms -m 'not calls and not browser' -n $(ROOM_WORKERS) --dist worksteal --durations=5

browser: install ## a browser for the tests of the console
	@bash asterisk-conf/system.sh browser

browser-test: image browser ## the console in that browser
	@echo "== the console in a real Chromium"
	@$(PY) -m tests.phase browser -m browser -n 2 --dist loadscope --durations=5 tests/browser

test: image check ## every test: `make check`, the console in a browser, calls on the dockerized Asterisk
	@$(MAKE) -s browser-test
	@echo "== calls on a real Asterisk"
	@$(PY) -m tests.phase calls -m 'calls and not speech and not exclusive' -n $(WORKERS) --dist loadgroup $(CALLS)
	@echo "== calls that are spoken"
	@$(PY) -m tests.phase speech -m speech -n 2 --dist loadgroup $(CALLS)
	@echo "== fifty calls at once; a whole day of calls, and the report of it"
	@$(PY) -m tests.phase day -m exclusive tests/calls

day-test: image models ## of these the whole day of calls, and its report against what their scripts say
	@$(PY) -m pytest -q -m exclusive tests/calls

call-test: image models ## one call scenario: make call-test S=key-path
	@$(PY) -m pytest -q -s -m calls tests/calls -k '$(S)' --junitxml=run/call-test.xml

bench: image models ## benchmarks: ratios measured side by side in one run
	@$(IVR) models install vosk-ko
	@$(PY) -m tests.bench && $(PY) -m tests.bench.listening && $(PY) -m tests.bench.business && $(PY) -m tests.bench.spoken && $(PY) -m tests.bench.scale

run: image models ## leave the hotline running (settings: ivr.toml, IVR_*)
	@bash asterisk-conf/run.sh up

down: ## stop what `make run` started, and nothing else
	@bash asterisk-conf/run.sh down

console-pictures: browser ## a picture of every page of the console, into docs/console
	@$(PY) -m tests.browser.pictures

check-flows: .venv/.ready ## check the operator's YAML
	@$(IVR) check

docs: .venv/.ready ## pictures and tables that are made from the code
	@mkdir -p docs && $(IVR) show --svg docs/menu.svg && $(IVR) check --codes > docs/check-codes.md && $(IVR) schema --write
