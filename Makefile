# `make` or `make help` lists the targets. A machine needs Python >= 3.11, make and git, nothing
# else: uv is put into .tools, everything else into .venv and node_modules.

PYTHON ?= python3
UV_VERSION := 0.13.9
TEST_ARGS ?=
SEEDS ?= 100
# How many random histories `make soak` tells, and the seed of the first.
N ?= 1000
FIRST ?= 0

UV := UV_PYTHON_DOWNLOADS=never .tools/bin/uv
RUN := .venv/bin

# .venv may be shared with another checkout, whose product it would find.
PYTHON_HERE := PYTHONPATH=.:functions $(RUN)/python
SIMULATION := $(PYTHON_HERE) -m tests.simulation

# Node comes from a Python wheel and lies in .venv/bin; the CDK and npm look for it on PATH.
WITH_NODE := PATH="$(CURDIR)/.venv/bin:$$PATH"

# Each stamp stands for a finished installation, so that a second `make` starts at once.
TOOLS := .tools/.uv-$(UV_VERSION)
VENV := .venv/.synced
NODE_MODULES := node_modules/.installed

CHECKS := check-format check-lint check-types check-imports check-openapi

# Where Python may not keep what it compiles, each of the hundred processes of a run of the tests
# compiles all that it imports anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check $(CHECKS) format openapi bench bench-golden scale synth layers clean \
	fidelity crash-everywhere fault-matrix soak check-harness

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' Makefile

setup: $(VENV) $(NODE_MODULES) ## Install everything that development needs, into this directory

demo: $(VENV) ## Run a drill on this machine, without an AWS account
	$(RUN)/drsctl demo

test: setup ## Run every test
	$(RUN)/pytest -n 2 --dist loadfile $(TEST_ARGS)

fidelity: setup ## Hold the virtual-time interpreter to moto's, a part of the tests
	$(RUN)/pytest tests/workflow/test_virtual_fidelity.py

check: $(CHECKS) ## Format, lint, types, imports, OpenAPI document

check-format: $(VENV)
	@$(RUN)/ruff format --check . || { echo 'make format puts it right'; exit 1; }

check-lint: $(VENV)
	@$(RUN)/ruff check . || { echo 'make format puts some of it right'; exit 1; }

check-types: $(VENV)
	$(RUN)/mypy

check-imports: $(VENV)
	@$(RUN)/lint-imports || { echo 'who may import whom: [tool.importlinter] in pyproject.toml'; exit 1; }

check-openapi: build/openapi.json
	@diff -u docs/reference/openapi.json build/openapi.json \
		|| { echo 'the API and its document differ; make openapi writes the document'; exit 1; }

format: $(VENV) ## Format the code and fix what can be fixed without thought
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

openapi: build/openapi.json ## Write docs/reference/openapi.json from the API's code
	@mkdir -p docs/reference
	cp build/openapi.json docs/reference/openapi.json

# Written anew each time: make cannot know which modules the API imports.
.PHONY: build/openapi.json
build/openapi.json: $(VENV)
	@mkdir -p build
	@$(RUN)/python -m local.openapi > $@

bench: $(VENV) ## Ten plans, SEEDS=100 (hours): docs/reference/benchmark.md; fewer: build/benchmark.md
	$(PYTHON_HERE) -m local.bench --seeds=$(SEEDS)

bench-golden: $(VENV) ## Write the exact counts that a test holds the benchmark to
	$(PYTHON_HERE) -m local.bench --golden

scale: setup ## 4,000 servers in 200 waves, then 200 executions at once, in simulated time
	$(SIMULATION).scale

crash-everywhere: setup ## Crash at every call of every story (an hour)
	$(SIMULATION).crash_everywhere

fault-matrix: setup ## Every fault at every step, both modes, three seeds
	$(SIMULATION).fault_matrix

soak: setup ## Random histories, e.g. make soak N=100000; or in parts, N=5000 FIRST=20000
	$(SIMULATION).soak --histories=$(N) --first=$(FIRST)

check-harness: setup ## Show that each bug in tests/simulation/bugs is caught
	$(SIMULATION).check_harness

synth: $(VENV) ## Synthesize the CloudFormation templates into cdk.out, offline, without layers
	$(WITH_NODE) CDK_CONTEXT_JSON='{"aws:cdk:bundling-stacks": []}' $(RUN)/python app.py

layers: $(VENV) ## Build the Lambda layers (arm64) too, as a deployment does
	$(WITH_NODE) $(RUN)/python app.py
	@du -shl cdk.out/asset.*/python

clean: ## Remove what was built; installed tools stay
	rm -rf build cdk.out

$(TOOLS):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo '$(PYTHON) is missing or older than 3.11; name another: make PYTHON=/path/to/python3.11'; \
		exit 1; }
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV): $(TOOLS) pyproject.toml uv.lock
	$(UV) sync --frozen --python .tools/bin/python
	@touch $@

$(NODE_MODULES): package.json package-lock.json | $(VENV)
	$(WITH_NODE) npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
