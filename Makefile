PYTHON ?= python3
CASE ?= issued
SERVICE ?= create-urban-office
COUNT ?= 1000000
KILLS ?= 500
SCENARIO ?= all
PORT ?= $(or $(PARVANEH_PORT),8000)
CORES := $(shell nproc 2>/dev/null || echo 2)
BIN := .venv/bin

.PHONY: help run demo test conformance fuzz crash differential verdicts bench browser lint assets assets-check lock reference environment environment-dev
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1|\2/' | column -t -s '|'

environment:
	@$(PYTHON) scripts/environment.py requirements.lock

environment-dev:
	@$(PYTHON) scripts/environment.py requirements-dev.lock

run: environment ## Set everything up (demo province, one account a role) and serve on 127.0.0.1:8000 (PORT=...)
	@$(BIN)/parvaneh run --port $(PORT)

demo: environment ## Play SERVICE=create-urban-office over HTTP, CASE=issued (default), refused or lapsed
	@$(BIN)/python -m api.demo --service $(SERVICE) --case $(CASE)

test: environment-dev ## Every test: SQLite, PostgreSQL, and the browser where Chromium is found
	@$(BIN)/python -m pytest -q -n $(CORES) --dist loadgroup

browser: environment-dev ## Only the tests that drive Chromium
	@$(BIN)/python -m pytest -q tests/browser

conformance: environment-dev ## Score SUITES=DIR; JSON=FILE gets every case, SCORES=FILE counts with hash and date
	@$(BIN)/python -m tests.conformance --suites "$(SUITES)" --json "$(JSON)" --scores "$(SCORES)"

fuzz: environment-dev ## Check COUNT=1000000 random FEEL texts; SEED=… repeats a run
	@$(BIN)/python -m tests.fuzz --count "$(COUNT)" --seed "$(SEED)"

crash: environment-dev ## Kill what works: STORE=sqlite|postgres, KILLS=500, SCENARIO=all|servers|restarts|cycles; fails unless nothing is lost or doubled
	@$(BIN)/python -m tests.crash --store "$(or $(STORE),sqlite)" --kills "$(KILLS)" --scenario "$(SCENARIO)"

differential: environment-dev ## Walk every process at random beside the library's serializer; SUITES=DIR walks its models too
	@$(BIN)/python -m tests.differential --suites "$(SUITES)"

verdicts: environment-dev ## Hold verification against every state the engine comes to with random processes; MODELS=2000, FIRST=0
	@$(BIN)/python -m tests.differential.verdicts --models "$(or $(MODELS),2000)" --first "$(or $(FIRST),0)"

bench: environment-dev ## Measure speed, memory and size; PART=..., STORE=..., ROUNDS=..., TASKS=..., COMPLETIONS=..., DOCKET=..., JSON=FILE
	@$(BIN)/python -m tests.bench --part "$(PART)" --store "$(STORE)" --json "$(JSON)" $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(TASKS),--tasks $(TASKS)) $(if $(COMPLETIONS),--completions $(COMPLETIONS)) $(if $(DOCKET),--docket $(DOCKET))

lint: environment-dev ## ruff, mypy --strict and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@PYTHONPATH=. $(BIN)/python scripts/reference.py --check

assets: environment-dev ## Rebuild api/web/static/dist (Node 20.19+ of the machine, or the one from PyPI)
	@PATH="$$PWD/$(BIN):$$PATH" sh api/web/islands/build.sh

assets-check: environment-dev ## Prove that the committed build is what the sources give
	@PATH="$$PWD/$(BIN):$$PATH" sh api/web/islands/build.sh --check

lock: environment-dev ## Resolve the pinned locks again from setup.cfg
	@$(BIN)/python scripts/lock.py

reference: environment-dev ## Write docs/reference/{cli,settings,errors,feel,offices-file}.md from the code
	@PYTHONPATH=. $(BIN)/python scripts/reference.py
