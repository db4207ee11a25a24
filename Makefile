# The one door. `make help` lists what it can do; ARGS go to the program behind the door.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell scripts/find-python.sh)
ARGS ?=
AREA ?=
export PYTHON
RUN := .venv/bin
ONE_THREAD := OPENBLAS_NUM_THREADS=1
WEIGHTS = $$($(RUN)/fen weights fetch | sed 's/^weights: //')

.PHONY: help serve test test-train lint types layers docs bench bench-stages bench-guard bench-obedience bench-evals bench-arena \
    bench-route bench-pages eval-hierarchy check prove lock clean runtime dev packages weights clients vendors lm_eval inspect ray \
    arena axe screens routing train train-pilot train-compare train-default

help:  ## list the doors
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

serve: runtime  ## serve http://127.0.0.1:8000 (ARGS="--port 8123")
	@scripts/system-packages.sh serve
	@$(RUN)/fen weights fetch
	@exec $(RUN)/fen serve $(ARGS)

test: dev packages weights clients train axe  ## run the tests at small, seeded sizes (ARGS="tests/unit -k price")
	$(RUN)/python -m pytest $(or $(ARGS),tests --ignore=tests/bench --ignore=tests/docs)

test-train: dev train weights  ## run the tests that need torch, where it is (ARGS="-k parity")
	@scripts/test-train.sh $(ARGS)

lint: dev  ## check the style of the code
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: dev  ## check the types: strict in src
	$(RUN)/pyright $(ARGS)

layers: dev  ## check which room imports which
	$(RUN)/lint-imports

docs: dev packages weights  ## run the examples of the documentation
	$(RUN)/python -m pytest tests/docs $(ARGS)

bench: dev packages weights  ## measure what a request costs (ARGS="--quick")
	$(RUN)/python -m bench.gateway $(ARGS)

bench-stages: dev packages  ## measure what each stage that limits adds to a request (ARGS="--quick")
	$(RUN)/python -m bench.stages $(ARGS)

bench-guard: dev  ## measure what the guard finds, its false alarms and its time (ARGS="--quick")
	$(ONE_THREAD) $(RUN)/python -m bench.guard $(ARGS)

bench-obedience: dev packages  ## measure what a gullible model obeys behind the guard (ARGS="--quick", "--embedded")
	$(RUN)/python -m bench.obedience $(ARGS)

bench-evals: dev packages inspect  ## measure what an evaluation costs, beside Inspect (ARGS="--quick")
	$(RUN)/python -m bench.evals $(ARGS)

bench-arena: dev arena  ## measure what a rating costs and how right it is, beside others (ARGS="--quick")
	$(ONE_THREAD) $(RUN)/python -m bench.arena $(ARGS)

bench-route: dev routing  ## measure routers by the protocol, beside its frozen baseline (ARGS="--quick")
	$(ONE_THREAD) build/routing/bin/python -m bench.route $(ARGS)

bench-pages: dev packages  ## measure what a page costs: first paint, bytes, 200 open boards (ARGS="--quick")
	$(RUN)/python -m bench.pages $(ARGS)

screens: dev packages axe  ## go through the pages in a browser, and make the pictures that the documentation shows
	@scripts/screens.sh $(ARGS)

eval-hierarchy: dev packages  ## measure attackers that see the guard's score (ARGS="--quick")
	$(RUN)/python -m bench.adaptive $(ARGS)

check:  ## everything that must hold before a merge: what .ci/run runs
	@scripts/check.sh

prove: dev packages weights clients axe vendors lm_eval inspect ray arena routing train  ## every bar of every issue at full size, written to build/prove.log too (AREA=evals: of one area)
	@mkdir -p build
	@scripts/prove.sh $(AREA) 2>&1 | tee build/prove.log

lock:  ## write requirements/*.txt anew (ARGS=--upgrade for the newest versions)
	@scripts/lock.sh $(ARGS)

clean:  ## remove the environment, what was built, and caches; Fen's data and weights stay
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@scripts/install.sh runtime

dev:
	@scripts/install.sh dev

packages:
	@scripts/system-packages.sh test

axe: dev
	@scripts/axe.sh

clients: dev
	@scripts/clients.sh

vendors: dev
	@scripts/vendors.sh

lm_eval: dev
	@scripts/lm_eval.sh

inspect: dev
	@scripts/inspect.sh

ray: dev
	@scripts/ray.sh

arena: dev
	@scripts/arena.sh

train-pilot: dev train weights  ## train both arms on a small data set, to look at before anything longer
	build/train/bin/python -m fen hierarchy synth build/training/pilot --examples 1000 --pairs 200 --replay 330 --seen 10 --unseen 30
	build/train/bin/python -m fen hierarchy train build/training/pilot --base "$(WEIGHTS)" --out build/training/pilot-run --epochs 1 --no-dpo --no-ifeval $(ARGS)

train-compare: dev train weights  ## train both arms and DPO, and measure all that docs/training.md shows (hours without a GPU; ARGS="--epochs 1" is the shortest; DATA=DIR: the data sets of others)
	build/train/bin/python -m fen hierarchy synth build/training/data $(if $(DATA),--data "$(DATA)")
	build/train/bin/python -m fen hierarchy train build/training/data --base "$(WEIGHTS)" --out build/training/run $(ARGS)

train-default: dev train weights  ## train the arm whose adapter goes to the embedded model
	build/train/bin/python -m fen hierarchy synth build/training/data
	build/train/bin/python -m fen hierarchy train build/training/data --base "$(WEIGHTS)" --out build/training/run --arm treatment --no-dpo $(ARGS)

routing: dev
	@scripts/routing.sh

train: dev
	@scripts/train.sh

weights: dev packages
	@$(RUN)/fen weights fetch
