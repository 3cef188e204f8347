# `make help` lists what there is. Everything runs in .venv, which is made on first use.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$name && break; done)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# A relative directory must mean the same in the copies of the project that `dvc exp run --temp` makes.
MIRROR_DIRECTORY := $(shell cd "$$MNIST_MIRROR" 2>/dev/null && test -n "$$MNIST_MIRROR" && pwd)
ifneq ($(MIRROR_DIRECTORY),)
export MNIST_MIRROR := $(MIRROR_DIRECTORY)
endif
DATASETS_DIRECTORY := $(shell cd "$$DATASETS_MIRROR" 2>/dev/null && test -n "$$DATASETS_MIRROR" && pwd)
ifneq ($(DATASETS_DIRECTORY),)
export DATASETS_MIRROR := $(DATASETS_DIRECTORY)
endif
# As they were typed, for `make dataset`: make would take a $ in them for a variable of its own.
override NAME := $(value NAME)
override FROM := $(value FROM)
override SIZE := $(value SIZE)
override INVERT := $(value INVERT)
override JOBS := $(value JOBS)
export NAME FROM SIZE INVERT JOBS

PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --no-strip-extras --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock'

# Three processes for the tests, as they often wait; what is in one file shares what it makes.
WORKERS := --numprocesses 3 --dist loadfile --no-loadscope-reorder
# They share the cores: a second thread for matrix products would only wait there, which takes time as well.
test coverage: export OPENBLAS_NUM_THREADS := 1

.PHONY: help repro check dataset experiments plots diff nodes verify push sweep test coverage findings check-all faults kills fuzz mutants lint deps docs results bench bench-commands bench-parallel bench-packages bench-processors bench-page bench-sweep bench-growth lock clean

##@ Run

help:  ## list these commands
	@awk '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { split($$0, part, /:.*## */); printf "  make %-14s %s\n", part[1], part[2] }' $(firstword $(MAKEFILE_LIST))

repro: .venv/installed  ## set up, fetch MNIST and run the whole graph (later: only what changed; JOBS=2, FORCE=1)
	@test -e .git || dvc config --local core.no_scm true  # from an archive: the graph needs no git, experiments do
	@python -m tools parallel --jobs "$$JOBS" $(if $(filter-out 0,$(FORCE)),--force)
	@echo "the page: $(CURDIR)/report/index.html (open it in a browser; it needs no network)"

check: .venv/installed  ## check params.yaml without running anything
	@python -m tools check

dataset: .venv/installed  ## make a data set of your own images: make dataset NAME=animals FROM=folder (docs/own_images.md)
	@python -m tools dataset --name="$$NAME" --from="$$FROM" --size="$$SIZE" --invert="$$INVERT"

sweep: .venv/installed  ## run the trials of sweeps/nodes.yaml on all cores, with their page; then write table and figure
	@python -m sweep run --watch
	@python -m sweep results

##@ Look and compare

experiments: .venv/installed  ## list all experiments as far as they fit the terminal: make experiments SORT=test_accuracy CSV=file
	@python -m tools experiments $(if $(SORT),--sort "$(SORT)") $(if $(CSV),--csv "$(CSV)")

plots: .venv/installed  ## draw what the workspace holds as one page that opens without network
	@python -m tools plots_page

diff: .venv/installed  ## the same for experiments side by side: make diff EXP="one-node wide"
	@test -n "$(EXP)" || { echo 'error: EXP must name experiments or commits, as in: make diff EXP="one-node wide"' >&2; exit 2; }
	@python -m tools plots_page $(EXP)

nodes: .venv/installed  ## draw accuracy against hidden nodes, from all experiments
	@python -m sweep results --all

findings: .venv/installed  ## run the sweeps behind docs/findings.md (140 networks, about an hour), and write it anew
	@for name in findings findings_digits; do python -m sweep run sweeps/$$name.yaml && python -m sweep results sweeps/$$name.yaml || exit; \
		cp plots/$$name/summary.csv docs/results/$$name.csv; done
	@mkdir -p docs/findings && cp plots/findings/*.png docs/findings/
	@python -m sweep compare sweeps/seeds.yaml  # its trials are some of sweeps/findings.yaml
	@cp plots/compared-seeds/summary.csv docs/results/seeds.csv && cp plots/compared-seeds/compared.png docs/findings/seeds.png
	@python -m tools documents

verify: .venv/installed  ## hold all that DVC's cache has against its hashes, and remove what is damaged
	@python -m tools verify_cache

push: .venv/installed  ## push what has been run to the DVC remote: with it, nobody runs it again
	@python -m tools push

##@ Develop

test: .venv/installed-tests  ## set up and run the tests
	python -m pytest $(WORKERS)

coverage: .venv/installed-tests  ## the tests, and how much of the code they run: at least 95 % (half again as long)
	COVERAGE_FILE=$(CURDIR)/.coverage python -m pytest --cov $(WORKERS)

check-all: .venv/installed-tests  ## the tests and what takes longer: two hosts, Slurm, 200 trials, 300 kills, random input (hours; PARTS="lint kills")
	@python -m benchmarks.checks $(PARTS)

faults: .venv/installed-tests  ## try every fault of tests/faults.py and print what a user sees of it
	@python -m tests.faults

kills: .venv/installed-tests  ## kill the graph, a sweep and make dataset at random moments, and see that nothing is lost (N=300)
	@python -m tests.kills $(N)

fuzz: .venv/installed-tests  ## try random input, 20,000 of each kind (an hour or two; goes on where it was; N=100000)
	@python -m tests.fuzz $(N)

mutants: .venv/installed-tests  ## put mistakes into the computing code and see which the tests find (a quarter of an hour; goes on where it was)
	@python -m tests.mutants $(MODULES)

lint: .venv/installed-tests  ## check style and types
	ruff check
	ruff format --check
	mypy
	oxlint --deny-warnings page/static sweep/static
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml

deps: .venv/installed  ## write the code that each stage imports into dvc.yaml
	@python -m tools code_dependencies

docs: .venv/installed  ## write tables and figures into README and docs, from params.yaml, the graph and docs/results/
	@python -m tools documents

results: .venv/installed  ## take figures of the last run, the experiments and the sweep over into docs/results/
	@python -m tools results
	@test ! -d plots/nodes || { cp plots/nodes/summary.csv docs/results/nodes.csv && cp plots/nodes/results.csv docs/results/nodes_trials.csv && cp plots/nodes/results.png docs/nodes.png; }
	@test ! -f plots/nodes/variance.csv || for table in variance differences; do cp plots/nodes/$$table.csv docs/results/nodes_$$table.csv; done
	@test ! -f plots/nodes_tpe/search.csv || cp plots/nodes_tpe/search.csv docs/results/nodes_tpe.csv
	@test ! -d plots/pixels || { cp plots/pixels/summary.csv docs/results/pixels.csv && cp plots/pixels/results.png docs/pixels.png; }

bench: .venv/installed  ## compare each part with the notebook's way: docs/results/benchmarks.csv (about 20 minutes; after make repro)
	python -m benchmarks.bench

bench-commands: .venv/installed  ## measure what the README's commands take, in fresh clones, beside the notebook's way (about an hour)
	python -m benchmarks.commands

bench-parallel: .venv/installed  ## measure each stage alone, and the graph with stages side by side (about 15 minutes)
	python -m benchmarks.parallel

bench-processors: .venv/installed  ## see which stages write the same bytes on other processors (a C compiler; minutes a case)
	python -m benchmarks.processors

bench-packages: .venv/installed  ## measure what each package costs on the disk and at its import
	python -m benchmarks.packages

bench-page: .venv/installed-tests  ## measure what a visitor of the page waits for, in Chromium (about five minutes; after make repro)
	python -m benchmarks.page

bench-sweep: .venv/installed-tests  ## measure what a visitor of a sweep's page waits for, with 66 and 2,000 trials that were made up
	python -m benchmarks.sweep_page

bench-growth: .venv/installed  ## measure how time and memory grow with the number of images (about 15 minutes)
	python -m benchmarks.growth

lock: .venv/installed  ## pin the requirements again after a change in pyproject.toml
	@$(PIN) pyproject.toml --extra test --output-file .venv/all.txt
	$(PIN) pyproject.toml --constraint .venv/all.txt --output-file requirements.txt
	@$(PIN) pyproject.toml --extra test --constraint .venv/all.txt --output-file requirements-test.txt \
		$$(sed -nE 's/^([a-z0-9.-]+)(\[.*\])?==.*/--no-emit-package \1/p' requirements.txt)
	$(PIN) --group set-up --output-file requirements-uv.txt

clean:  ## remove .venv and what the stages made (not DVC's cache, which restores it)
	rm -rf .venv data models plots report

.venv/installed: requirements.txt requirements-uv.txt
	@test -n "$(PYTHON)" || { echo "error: Python 3.11, 3.12 or 3.13 (with venv) must be installed; PYTHON=... names one" >&2; exit 2; }
	@echo "setting up .venv with the pinned packages (once; 2 GB, a minute or so)"
	@$(PYTHON) -m venv .venv
	@python -m tools set_up requirements.txt
	@python -m tools first_imports
	@touch $@

# The packages of the second file need some of the first, whose hashes are there.
.venv/installed-tests: .venv/installed requirements-test.txt
	@echo "adding to .venv what tests and lint need (once)"
	@python -m tools set_up requirements.txt requirements-test.txt
	@touch $@
