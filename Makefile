# SPDX-License-Identifier: GPL-3.0-or-later
# Every target sets up by itself what it needs: git, make and Python 3.9 or newer are enough to begin with.

SHELL := /bin/sh
PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
SETUP := $(PYTHON) tools/bootstrap.py
# An environment for each Blender; 4.2 has Python 3.11, the others 3.13.
PY42 := .venv/blender42/$(BIN)/python
PY52 := .venv/blender52/$(BIN)/python
PY53 := .venv/blender53/$(BIN)/python
TOOLS := .venv/tools/$(BIN)
LINT := .venv/lint/$(BIN)
PYTEST_ARGS ?=

# How many tests run at once; WORKERS=0 runs one after the other, in pytest's own process (for --pdb).
WORKERS ?= auto
# Most tests wait for servers, disks and processes half of their time: so there are more than there are cores.
shared = $(if $(filter auto,$(WORKERS)),$(shell $(PYTHON) -c "import os; print(round($(1) * (os.cpu_count() or 1)))"),$(WORKERS))
UNIT_WORKERS ?= $(call shared,3)
BLENDER_WORKERS ?= $(call shared,2)
# ORDER=7 shuffles the tests of each suite by that seed.
ORDER ?=
PYTEST := -m pytest $(if $(ORDER),--order $(ORDER)) --dist worksteal -n

COLLECT := -m pytest -p no:cacheprovider --collect-only --quiet --quiet --no-summary

# Compiled modules are kept, in .cache, whatever the environment says: else each of some thirty processes compiles
# Blender's scripts, the libraries and all tests anew, which takes it 2–6 s of a core.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.cache/pycache

# For tests/gui: the command of a Blender that opens a window here (or EASEL_GUI, the path of a run-blender-gui).
BLENDER ?=
EASEL_GUI ?=
export BLENDER EASEL_GUI
# A run-blender-gui brings a display for each window; on the developer's own one they would be in each other's way.
# A window waits for the service and for Blender's own timers too: so one more than there are cores.
WINDOWS ?= $(if $(EASEL_GUI),$(call shared,1.5),0)

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Write dist/easel-<version>-<platform>.zip for every platform
	@$(SETUP) tools blender52
	$(PY52) tools/build.py

.PHONY: test
test: test-unit test-blender test-package test-bench ## Run all tests; the window's too where there is one; ORDER=7: shuffled
ifneq ($(BLENDER)$(EASEL_GUI),)
	@$(MAKE) --no-print-directory test-gui
else ifneq ($(CI),)
	@echo 'make test: the window tests need EASEL_GUI or BLENDER, and in CI they may not be left out' >&2; exit 1
else
	@echo 'make test: passed, but for the window tests, which need: make test-gui BLENDER=/path/to/blender'
endif
ifeq ($(FULL)$(PYTEST_ARGS),)
	@echo 'make test: of tests/blender Blender 5.2 has run a part (tests/support/in_part.py); FULL=1 runs all'
endif

.PHONY: warm
warm: ## Compile libraries and tests once: else each of a suite's processes does so at the same time
	@$(SETUP) blender42 blender52 blender53
	@for python in $(PY42) $(PY52); do $$python $(COLLECT) tests/unit; done
	@for python in $(PY42) $(PY52) $(PY53); do $$python $(COLLECT) tests/blender; done

.PHONY: test-unit
test-unit: ## Plain Python: on 3.11 and 3.13
	@$(SETUP) blender42 blender52
	$(PY42) $(PYTEST) $(UNIT_WORKERS) tests/unit $(PYTEST_ARGS)
	$(PY52) $(PYTEST) $(UNIT_WORKERS) tests/unit $(PYTEST_ARGS)

.PHONY: test-blender
test-blender: ## Real bpy without a window: 4.2, 5.3, and 5.2 in part; FULL=1: 5.2 wholly
	@$(SETUP) blender42 blender52 blender53
	$(PY42) $(PYTEST) $(BLENDER_WORKERS) tests/blender $(PYTEST_ARGS)
	$(PY52) $(PYTEST) $(BLENDER_WORKERS) tests/blender $(if $(FULL)$(PYTEST_ARGS),,--part) $(PYTEST_ARGS)
	$(PY53) $(PYTEST) $(BLENDER_WORKERS) tests/blender $(PYTEST_ARGS)

.PHONY: test-package
test-package: build ## The zips: contents, manifest, installing them in bpy 4.2, 5.2 and 5.3; farms
	@$(SETUP) blender42 blender52 blender53 farm
	$(PY52) $(PYTEST) $(WORKERS) tests/package $(PYTEST_ARGS)

.PHONY: test-bench
test-bench: ## The benchmarks still run: each once, at a tiny size
	@$(SETUP) blender52
	$(PY52) $(PYTEST) $(WORKERS) tests/bench $(PYTEST_ARGS)

.PHONY: test-gui
test-gui: build ## A real window: make test-gui BLENDER=/path/to/blender
	@$(SETUP) blender52
	$(PY52) $(PYTEST) $(WINDOWS) --dist load --maxschedchunk 1 tests/gui $(PYTEST_ARGS)

.PHONY: dev
dev: ## Start your Blender with this checkout in it, in a profile of its own: make dev BLENDER=/path/to/blender
	@$(SETUP) tools
	$(PYTHON) tools/dev.py $(BLENDER)

.PHONY: demo
demo: build ## From prompts to a textured scene, a painted Suzanne and a 3D model, on the simulator; LIVE=1: on the service
	@$(SETUP) blender52
	$(PY52) tools/demo.py $(if $(LIVE),--live)

.PHONY: pictures
pictures: build ## Take the pictures of README and handbook in a real window; LOOKS=1: in other looks too
	@$(SETUP) blender52
	$(PY52) tools/pictures.py

.PHONY: bench
bench: ## Measure what the artist waits for; AGAINST=<commit>: in turn with that; BENCH="panels jobs": only these
	@$(SETUP) blender52
	$(PY52) -m $(if $(AGAINST),bench.against $(AGAINST),bench) $(BENCH)

.PHONY: clock
clock: build ## From an answer at the service to the picture on the object, in a real window; CASES="plain masked"
	@$(SETUP) blender52
	$(PY52) -m bench.window_clock $(CASES)

.PHONY: lint
lint: ## Style, types, and which room may import what
	@$(SETUP) lint
	$(LINT)/ruff check .
	$(LINT)/ruff format --check .
	$(LINT)/basedpyright --pythonpath $(LINT)/python

.PHONY: format
format: ## Let ruff write the layout
	@$(SETUP) lint
	$(LINT)/ruff check --fix-only --quiet .
	$(LINT)/ruff format .

.PHONY: messages
messages: ## Say which texts which language lacks; WRITE=1: add them to the dictionaries, not yet translated
	@$(SETUP) lint
	$(LINT)/python tools/dictionaries.py $(if $(WRITE),--write)

.PHONY: repository
repository: build ## Write dist/repository: what Blender installs from and finds updates in, on any web server or share
	$(PY52) tools/repository.py $(TO)

.PHONY: release
release: ## Check, set the version, build and write the repository: make release VERSION=1.2.0
	@$(SETUP) lint blender52
	$(PY52) tools/release.py $(VERSION)

.PHONY: lock
lock: ## Pin the newest versions that requirements/*.in allow
	@$(SETUP) tools
	$(TOOLS)/python tools/lock.py

.PHONY: clean
clean: ## Remove all that the other targets made
	rm -rf .venv .cache dist demo-out bench/out tests/gui/out .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
