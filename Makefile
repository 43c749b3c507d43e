# The two commands: `make demo` and `make test`. Each does its own set-up, asks nothing, may be run again.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
IVR := .venv/bin/ivr
RUN_ENV = IVR_RESTART=unless-stopped
WORKERS ?= 4

.PHONY: help system install models image demo test day-test call-test bench run down check docs

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

system: ## Debian packages that are missing, installed (root or sudo)
	@bash asterisk-conf/system.sh

.venv/.ready: pyproject.toml
	@echo "== Python packages into .venv"
	@test -x $(PY) || python3 -m venv .venv
	@$(PY) -m pip install -qq --disable-pip-version-check -e '.[dev,whisper,kokoro]'
	@touch $@

install: system .venv/.ready ## everything a machine needs; .venv/bin/ivr is the command

models: install ## what the hotline listens with: a recogniser's and a voice detector's model
	@$(IVR) models install whisper-base silero

image: install
	@echo "== Asterisk"
	@bash asterisk-conf/asterisk.sh image

demo: image models ## the hotline comes up, five real calls are placed, and you see what happened
	@$(PY) -m tests.demo

test: image models ## every test, call tests on the dockerized Asterisk included
	@$(IVR) models install vosk-ko # to try vosk itself; no caller is ever heard with it
	@$(PY) -m ruff check ivr tests && $(PY) -m ruff format --check -q ivr tests && $(PY) -m mypy ivr tests
	@echo "== tests of the rooms"
	@$(PY) -m pytest -q -m 'not calls' -n 2
	@echo "== calls on a real Asterisk"
	@$(PY) -m pytest -q -m 'calls and not speech and not alone' -n $(WORKERS) --dist loadgroup
	@echo "== calls that are spoken"
	@$(PY) -m pytest -q -m speech -n 2 --dist loadgroup tests/calls tests/telephony
	@echo "== a whole day of calls, and the report of it"
	@$(PY) -m pytest -q -m alone tests/calls

day-test: image models ## of these the whole day of calls, and its report against what their scripts say
	@$(PY) -m pytest -q -m alone tests/calls

call-test: image models ## one call scenario: make call-test S=key-path
	@$(PY) -m pytest -q -s -m calls tests/calls -k '$(S)' --junitxml=run/call-test.xml

bench: image models ## benchmarks: ratios measured side by side in one run
	@$(IVR) models install vosk-ko
	@$(PY) -m tests.bench && $(PY) -m tests.bench.spoken && $(PY) -m tests.bench.scale

run: image models ## leave the hotline running (settings: ivr.toml, IVR_*)
	@bash asterisk-conf/run.sh up

down: ## stop what `make run` started, and nothing else
	@bash asterisk-conf/run.sh down

check: .venv/.ready ## check the operator's YAML
	@$(IVR) check

docs: .venv/.ready ## pictures and tables that are made from the code
	@mkdir -p docs && $(IVR) show --svg docs/menu.svg && $(IVR) check --codes > docs/check-codes.md && $(IVR) schema --write
