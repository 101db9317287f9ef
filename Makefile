# Everything by one word: make serve, make test, make check.
PYTHON ?= python3
HOST ?= $(or $(CONSULTATION_HOST),127.0.0.1)
PORT ?= $(or $(CONSULTATION_PORT),8000)
VENV := .venv
BIN := $(VENV)/bin
MEASURES ?= 60
RESPONSES ?= 500
TESTS ?= tests
WORKERS ?= 2
LANES ?= 3
OFFICE := libreoffice-calc-nogui libreoffice-writer-nogui

.PHONY: serve demo test test-fast test-firefox check faults bench translations format hooks release pins audit clean

serve: $(VENV)/.runtime
	$(BIN)/consultation serve --host $(HOST) --port $(PORT)

demo: $(VENV)/.runtime
	test -e instance/demo/consultation.sqlite || CONSULTATION_HOME=instance/demo $(BIN)/consultation demo --measures $(MEASURES) --responses $(RESPONSES)
	CONSULTATION_HOME=instance/demo $(BIN)/consultation serve --host $(HOST) --port $(PORT)

# Compiled modules are kept even where the environment says not to: each of the many processes that
# the tests start would compile the site again, and each worker of pytest all tests.  File by file,
# since what the tests of one file look at is made once for all of them.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev $(VENV)/.browser $(VENV)/.imap
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile $(TESTS)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --database postgresql $(TESTS)

# What one runs while one works: on SQLite, without a browser, a server or a fault programme.
test-fast: export PYTHONDONTWRITEBYTECODE =
test-fast: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --fast $(TESTS)

# Debian's own Firefox, where it is installed; what drives it comes from PyPI, for this only.
test-firefox: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check websockets
	$(BIN)/python -m pytest -q tests/browser/firefox_quick_exit.py

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m tests.translations
	$(BIN)/python -m pytest --collect-only -qq $(TESTS) > $(VENV)/collected.txt || { tail -40 $(VENV)/collected.txt; exit 1; }

# What each programme found is at the end, and in tests/scorecard.txt.  They wait more than they
# work: so three at once.
faults: $(VENV)/.dev $(VENV)/.tracing $(VENV)/.office
	$(BIN)/python -m pytest -q -n $(LANES) --dist loadfile --run-long --durations 25 tests/faults tests/hostile
	$(BIN)/python -m pytest -q -n $(LANES) --dist loadfile --run-long --durations 25 --database postgresql tests/faults tests/hostile
	$(BIN)/python -m pytest -q tests/exports/workbook/test_edges.py tests/spreadsheets/test_csv_protection.py tests/documents/test_formats.py

# Two other servers are installed beside ours, to be compared with.
bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check gunicorn granian hypercorn tornado
	$(BIN)/python -m tests.benchmarks

translations: $(VENV)/.dev
	$(BIN)/pybabel -q extract -F tests/babel.cfg -k _l -o $(VENV)/messages.pot --no-location --sort-output --project=consultation .
	$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d consultation/translations --no-fuzzy-matching --ignore-obsolete
	$(BIN)/pybabel -q compile -d consultation/translations
	$(BIN)/pybabel -q compile -d consultation/translations -D click

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What each commit is held to from then on; see .pre-commit-config.yaml.
hooks: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pre-commit
	$(BIN)/pre-commit install

release: $(VENV)/.dev
	$(BIN)/python -m tests.release

# The hashes of what constraints.txt pins; after changing it or the dependencies.
pins: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	PATH=$(abspath $(BIN)):$$PATH $(BIN)/python -m tests.pins

# Asks a service on the internet which pinned versions have known weaknesses.
audit: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip-audit --disable-pip --require-hashes --requirement .pins/serve.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# First the pinned files, each held against its hash, then this checkout, which has none.
$(VENV)/.runtime: pyproject.toml constraints.txt .pins/serve.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .pins/serve.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt .pins/test.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .pins/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.runtime

# Debian's Chromium without windows where apt can bring it: the whole one takes twice the processor
# for the same pages.  Else the whole one if it is there, else Playwright's own.
$(VENV)/.browser: $(VENV)/.dev
	command -v chromium-headless-shell >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get install -y -qq chromium-headless-shell >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq chromium-headless-shell >/dev/null; }; }; } || command -v chromium >/dev/null || $(BIN)/playwright install chromium
	touch $@

# A real IMAP server for the tests of incoming mail, where apt can bring it; they say so without.
$(VENV)/.imap: $(VENV)/.dev
	command -v dovecot >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get install -y -qq dovecot-imapd >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq dovecot-imapd >/dev/null; }; } || true; }
	touch $@

# A tracer and a compiler for the programmes that look at a disk, where apt can bring them.
$(VENV)/.tracing: $(VENV)/.dev
	{ command -v strace && command -v gcc; } >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get install -y -qq strace gcc libc6-dev >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq strace gcc libc6-dev >/dev/null; }; } || true; }
	touch $@

# LibreOffice, which opens hostile workbooks and looks for formulas, where apt can bring it.
$(VENV)/.office: $(VENV)/.dev
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { apt-get install -y -qq --no-install-recommends $(OFFICE) >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(OFFICE) >/dev/null; }; } || true; }
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
