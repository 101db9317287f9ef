# Everything by one word: make serve, make test, make check.
PYTHON ?= python3
HOST ?= $(or $(CONSULTATION_HOST),127.0.0.1)
PORT ?= $(or $(CONSULTATION_PORT),8000)
VENV := .venv
BIN := $(VENV)/bin
MEASURES ?= 60
RESPONSES ?= 500
TESTS ?= tests
OPTIONS ?=
WORKERS ?= 3
LANES ?= 4

.PHONY: serve demo test test-deep test-fast test-firefox hear check faults bare bench translations format hooks release pins audit clean

# What is tried on this machine is tried in every language that ships.
serve demo: export CONSULTATION_LANGUAGES ?= fr en es ar ro pt-BR fr-x-facile

serve: $(VENV)/.runtime
	$(BIN)/consultation serve --host $(HOST) --port $(PORT)

demo: $(VENV)/.runtime
	test -e instance/demo/consultation.sqlite || CONSULTATION_HOME=instance/demo $(BIN)/consultation demo --measures $(MEASURES) --responses $(RESPONSES)
	CONSULTATION_HOME=instance/demo $(BIN)/consultation serve --host $(HOST) --port $(PORT)

# What proves the product, on both databases and in a browser, within ten minutes; and all the rest.
# Which test is where follows from what it uses: tests/tiers.py.  Compiled modules are kept even
# where the environment says not to: each of the many processes that the tests start would compile
# the site again, and each worker of pytest all tests.  File by file, since what the tests of one
# file look at is made once for all of them.  What they use beside Python, a browser for one, is in
# tests/needing.py, which brings it where apt may.  They wait for a browser or for the database: so
# three at once on two cores, and four of those that wait most.
check test test-fast test-deep faults: export PYTHONDONTWRITEBYTECODE =
PYTEST := $(BIN)/python -m pytest -q --dist loadfile
test: $(VENV)/.dev
	$(BIN)/python -m tests.needing test
	$(PYTEST) -n $(WORKERS) --tier test $(OPTIONS) $(TESTS)
	$(PYTEST) -n $(WORKERS) --tier test --database postgresql $(OPTIONS) $(TESTS)

test-deep: $(VENV)/.dev
	$(BIN)/python -m tests.needing deep
	$(PYTEST) -n $(LANES) --tier deep $(OPTIONS) $(TESTS)
	$(PYTEST) -n $(WORKERS) --tier deep --database postgresql $(OPTIONS) $(TESTS)

# What one runs while one works: on SQLite, without a browser, a server or what takes long.
test-fast: $(VENV)/.dev
	$(PYTEST) -n $(WORKERS) --fast $(OPTIONS) $(TESTS)

# Debian's own Firefox, where it is installed; what drives it comes from PyPI, for this only.
test-firefox: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check websockets
	$(BIN)/python -m pytest -q tests/browser/firefox.py

# What Orca says of the pages in Debian's Firefox, on a display that nobody sees.
hear: $(VENV)/.dev
	$(BIN)/python -m tests.needing deep
	$(PYTEST) -n 2 tests/hearing

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m tests.translations
	$(BIN)/python -m pytest --collect-only -qq $(TESTS) > $(VENV)/collected.txt || { tail -40 $(VENV)/collected.txt; exit 1; }

# What each programme found is at the end, and in tests/scorecard.txt.  They wait more than they
# work: so three at once.
faults: $(VENV)/.dev
	$(BIN)/python -m tests.needing faults
	$(PYTEST) -n $(WORKERS) --run-long --durations 25 tests/faults tests/hostile
	$(PYTEST) -n $(WORKERS) --run-long --durations 25 --database postgresql tests/faults tests/hostile
	$(PYTEST) -n $(WORKERS) --every-case --database postgresql $(TESTS)
	$(BIN)/python -m pytest -q --run-long tests/browser tests/moderation/test_keyboard.py tests/exports/workbook/test_edges.py tests/spreadsheets/test_csv_protection.py tests/documents/test_formats.py tests/documents/test_revisions.py tests/typesetting/test_sheet.py tests/reports/verification/test_changes.py

# In a Debian of its own, which has Python, make and git: as root, as a user who may install nothing,
# and with the oldest Python.
bare: $(VENV)/.dev
	$(BIN)/python -m tests.bare
	$(BIN)/python -m tests.bare --user --options=--shuffle=1
	$(BIN)/python -m tests.bare --release bookworm --options=--shuffle=2

# Two other servers are installed beside ours, to be compared with.
bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check gunicorn granian hypercorn tornado
	$(BIN)/python -m tests.benchmarks

# A French text is its own translation: the French catalogue has the plurals alone.
EXTRACT := $(BIN)/pybabel -q extract -F tests/babel.cfg --no-location --sort-output --project=consultation
UPDATE := $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete
COMPILE := $(BIN)/pybabel -q compile
TRANSLATED := $(filter-out fr,$(notdir $(wildcard consultation/translations/*)))
CATALOGUE = consultation/translations/$(1)/LC_MESSAGES/$(2)
# Babel names a language as CLDR does, pt_BR where its tag is pt-BR; it knows none of our own.
CLDR = $(subst -,_,$(firstword $(subst -x-, ,$(1))))
define TRANSLATE
$(UPDATE) -i $(VENV)/$(2).pot -o $(call CATALOGUE,$(1),messages).po -l $(call CLDR,$(1))
$(COMPILE) -i $(call CATALOGUE,$(1),messages).po -o $(call CATALOGUE,$(1),messages).mo -l $(call CLDR,$(1))

endef
translations: $(VENV)/.dev
	$(EXTRACT) -k _l -k in_each_language -o $(VENV)/messages.pot .
	$(EXTRACT) --no-default-keywords -k ngettext:1,2 -o $(VENV)/plurals.pot .
	$(foreach tag,$(TRANSLATED),$(call TRANSLATE,$(tag),messages))
	$(call TRANSLATE,fr,plurals)
	$(COMPILE) -i $(call CATALOGUE,fr,click).po -o $(call CATALOGUE,fr,click).mo -l fr

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

# Only a whole environment counts: Debian's Python without python3-venv leaves half of one.
$(VENV)/.made:
	rm -rf $(VENV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Il faut Python 3.11 ou plus récent. S'"'"'il est ailleurs : make PYTHON=/chemin/de/python3.'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'Python ne sait pas encore faire d'"'"'environnement. Sur Debian : apt install python3-venv, puis la même commande.'; exit 1; }
	touch $@

# First the pinned files, each held against its hash: what makes packages of sources, then what is
# used.  Then this checkout, which has no hash.
PINNED := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation
CHECKOUT := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

NO_PACKAGES := { echo 'Il manque des paquets Python : pip va les chercher sur PyPI, et ne les a pas tous. Voyez ci-dessus, rétablissez le réseau ou le miroir de pip, puis la même commande.'; exit 1; }

$(VENV)/.runtime: pyproject.toml .pins/build.txt .pins/serve.txt | $(VENV)/.made
	@$(PINNED) -r .pins/build.txt && $(PINNED) -r .pins/serve.txt && $(CHECKOUT) || $(NO_PACKAGES)
	touch $@

$(VENV)/.dev: pyproject.toml .pins/build.txt .pins/test.txt | $(VENV)/.made
	@$(PINNED) -r .pins/build.txt && $(PINNED) -r .pins/test.txt && $(CHECKOUT) || $(NO_PACKAGES)
	touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
