# `make run` builds the graph and serves it; `make test` checks everything. Both need only Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test check clean vocabulary bench conformance pages messages questions mutations reference interop descriptions

run: $(VENV)/.installed
	@$(BIN)/sergekg build
	@$(BIN)/sergekg serve

test: $(VENV)/.tested check
	$(BIN)/pytest

check: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) var dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

vocabulary: $(VENV)/.tested ## make vocab/skg.py from the ontology
	$(BIN)/python -c "from pathlib import Path; from sergekg.rdf.ontology import read_ontology, vocabulary_module; Path('src/sergekg/vocab/skg.py').write_text(vocabulary_module(read_ontology(Path('ontology'))), encoding='utf-8')"
	$(BIN)/python -c "from pathlib import Path; from sergekg.rdf.context import make_context; from sergekg.rdf.ontology import read_ontology; Path('src/sergekg/vocab/context.json').write_text(make_context(read_ontology(Path('ontology'))), encoding='utf-8')"

bench: $(VENV)/.tested ## print how fast it is beside its peers, and write docs/performance.md; needs wrk
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks.performance

conformance: $(VENV)/.tested ## write docs/conformance.md from a run of the W3C tests
	$(BIN)/python -m benchmarks.conformance

pages: $(VENV)/.tested ## look at every page in Chromium; write docs/pages.md and docs/images
	$(BIN)/sergekg build
	$(BIN)/python -m benchmarks.pages

messages: $(VENV)/.tested ## bring the French messages up to date; untranslated ones stay empty and fail a test
	$(BIN)/pybabel extract -F pyproject.toml -k translate -k N_ --no-location --omit-header -o $(VENV)/messages.pot src/sergekg/web
	$(BIN)/pybabel update -i $(VENV)/messages.pot -o src/sergekg/web/translations/fr.po -l fr --no-fuzzy-matching --ignore-obsolete --omit-header --ignore-pot-creation-date

questions: $(VENV)/.tested ## bring the list of questions in docs/queries.md up to date
	$(BIN)/python -m tests.queries.listing

mutations: $(VENV)/.tested ## plant every error of tests/shapes/mutations.py and write docs/mutations.md
	$(BIN)/python -m tests.shapes.mutations

reference: $(VENV)/.tested ## write the pages of docs/ on commands and settings
	$(BIN)/python -m tests.contract.pages

interop: $(VENV)/.tested ## let clients that nobody here wrote at a server, and write docs/interop.md
	$(BIN)/python -m interop

descriptions: $(VENV)/.installed ## descriptions a second as a ratio to /healthz; writes docs/descriptions.md; needs wrk
	$(BIN)/sergekg build
	$(BIN)/python -m benchmarks.descriptions
