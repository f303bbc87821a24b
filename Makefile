# Everything runs from this checkout with the Python in .venv; the project itself is never installed.
SHELL := /bin/sh
PYTHON ?= python3
PY := .venv/bin/python
MANAGE := $(PY) manage.py
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
PORT ?= 8000
export PORT

# Where no mail address is given, a first look and development write mails to a folder instead.
MAIL := [ "$${EMAIL_URL+given}$${EMAIL_URL_FILE+given}" ] || export EMAIL_URL="filemail://$(CURDIR)/var/mail";

.PHONY: help setup setup-dev run serve dev test test-all lint lock clean

help:
	@echo "make run       the panel with a demo contract on http://127.0.0.1:$(PORT)"
	@echo "make serve     the panel without demo, mail only by EMAIL_URL"
	@echo "make dev       the panel with DEBUG and reload"
	@echo "make test      the suite; make test-all: with the full matrix of pages"
	@echo "make lint      style, types, migrations, deployment checks"
	@echo "make setup     only the environment; make lock: pin the newest dependencies anew"

setup: .venv/runtime
setup-dev: .venv/dev

.venv/runtime: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/it")'
	@test -x .venv/bin/pip || $(PYTHON) -m venv --clear .venv
	@echo "Installing what requirements.lock names into .venv …"
	@$(PIP) -r requirements.lock
	@touch $@

.venv/dev: .venv/runtime .ci/requirements-dev.lock
	@echo "Installing what .ci/requirements-dev.lock names into .venv …"
	@$(PIP) -r .ci/requirements-dev.lock
	@touch $@

run: setup
	@$(MAIL) $(PY) -m cloudpanel.start && $(MANAGE) migrate --noinput -v 0 \
	&& $(MANAGE) collectstatic --noinput -v 0 && $(MANAGE) demo \
	&& exec $(PY) -m gunicorn -c python:cloudpanel.gunicorn_conf

serve: setup
	@$(PY) -m cloudpanel.start && $(MANAGE) migrate --noinput -v 0 \
	&& $(MANAGE) collectstatic --noinput -v 0 \
	&& exec $(PY) -m gunicorn -c python:cloudpanel.gunicorn_conf

dev: setup
	@export DEBUG=yes; $(MAIL) $(PY) -m cloudpanel.start && $(MANAGE) migrate --noinput -v 0 \
	&& exec $(MANAGE) runserver 127.0.0.1:$(PORT)

test: setup-dev
	$(PY) -m pytest -n 2 $(ARGS)

test-all: setup-dev
	$(PY) -m pytest -n 2 -m "" $(ARGS)

lint: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	DATABASE_URL=sqlite://:memory: $(MANAGE) makemigrations --check --dry-run
	SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(64))") \
	PUBLIC_URL=https://panel.example.com TRUSTED_PROXIES=none DATABASE_URL=sqlite://:memory: \
	$(MANAGE) check --deploy --fail-level WARNING

# pip-compile keeps what is pinned as long as it fits; UPGRADE=--upgrade takes the newest.
COMPILE := .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE)
lock: setup-dev
	$(COMPILE) -o requirements.lock pyproject.toml
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' \
	| $(COMPILE) -c requirements.lock -o .ci/requirements-dev.lock -

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
