# The words that a desk and CI both use. Only make and Python 3.11 to 3.13 must be there already.
#
#   make demo          the whole story on real parts; PORT=8000 and DATA_DIR=.data may be given;
#                      STORY=held plays it where the thief's changes wait, in a data folder of its own
#   make demo-reset    forget the demo's data
#   make test          all tests, in a process for each core, four at most; ARGS go to pytest: make test ARGS="tests/audit -k partition"
#                      (in one where REDIS_URL is given: tests empty it)
#   make check         everything that needs no running part: pins, format, lint, types, layers, messages
#   make fix           format, and mend what the linters can mend
#   make messages      gather the words to translate into locale/
#   make bench         figures as JSON lines; ONLY=prefix picks some
#   make pictures      every page on a phone and a screen, in both languages, light and dark, in .data/pictures;
#                      ONLY=prefix picks some; DOCS=1 takes those of docs/pictures again
#   make requirements  resolve and hash the dependencies of pyproject.toml again, and install them
#   make run           the pages alone, on the services that .env names
#   make clean         remove what can be made again (never the demo's data)

SHELL := /bin/sh
PYTHON ?= python3
PY := .venv/bin/python
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))
# What reads the settings but touches no database gets by on the tests' settings.
OFFLINE := DJANGO_SETTINGS_MODULE=tests.settings

export PORT DATA_DIR STORY
.DELETE_ON_ERROR:
.PHONY: demo demo-reset run test check fix messages bench pictures requirements clean environment environment-dev browser

demo: environment $(CATALOGUES)
	@exec $(PY) -m devtools.demo --end-with-parent

demo-reset: environment
	@$(PY) -m devtools.demo --reset

run: environment $(CATALOGUES)
	@set -a; . ./.env; exec $(PY) -m uvicorn portal.asgi:application --port $${PORT:-8000} --reload --no-access-log

test: environment-dev browser $(CATALOGUES)
	$(PY) -m pytest $(or $(ARGS),$(if $(REDIS_URL),,-n logical --maxprocesses 4))

check: environment-dev $(CATALOGUES)
	$(PY) -m devtools.pins
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m djlint --lint --quiet templates
	$(OFFLINE) $(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	sh devtools/production.sh $(PY) manage.py check --deploy --fail-level WARNING
	$(OFFLINE) $(PY) -W ignore manage.py makemigrations --check --dry-run
	$(OFFLINE) $(PY) manage.py generate_docs --check
	$(OFFLINE) $(PY) manage.py messages --check

fix: environment-dev
	-$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

messages: environment-dev
	$(OFFLINE) $(PY) manage.py messages

# What the preparations say goes to standard error: standard output belongs to the figures.
bench:
	@$(MAKE) --no-print-directory environment-dev browser $(CATALOGUES) >&2
	@$(PY) -m benchmarks $(ONLY)

# The walk over every page, with a camera.
pictures: environment-dev browser $(CATALOGUES)
	@$(PY) -m pytest -q --timeout=600 -p tests.journeys.camera --only="$(ONLY)" \
	    --pictures="$(if $(DOCS),docs/pictures,$(or $(DATA_DIR),.data)/pictures)" tests/journeys/test_every_page.py

requirements: environment-dev
	$(PY) -m devtools.pins --renew
	@$(MAKE) --no-print-directory environment-dev
	$(PY) -m devtools.pins

# As root the tests' PostgreSQL may live outside the clone: .venv knows where, if it is there.
clean:
	-@[ ! -x $(PY) ] || $(PY) -m devtools.embedded "$${DATA_DIR:-.data}"/test "$${DATA_DIR:-.data}"/test/gw*
	rm -rf .venv "$${DATA_DIR:-.data}/test" "$${DATA_DIR:-.data}/pictures" staticfiles test-results .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	rm -f locale/*/LC_MESSAGES/*.mo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@$(PYTHON) devtools/environment.py demo

environment-dev:
	@$(PYTHON) devtools/environment.py dev

browser: environment-dev
	@$(PY) -m devtools.browser

%.mo: %.po | environment
	@$(PY) -m babel.messages.frontend compile --input-file $< --output-file $@
