# InvestAI portfolio tracker. `make run` is all it takes; `make help` lists the rest.

PORT ?= 8000
PORTFOLIO ?= reference
export PYTHON

VENV_PYTHON = .venv/bin/python
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.DEFAULT_GOAL := help
.PHONY: help setup run production-like test screenshots lint types secrets audit sbom lock clean

help: ## Show these lines
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24
	@echo "  Variables: PORT (8000), PORTFOLIO (reference; or illustrative: invented, in a database of its own),"
	@echo "  PYTHON (the first 3.11 or newer)"

setup: ## Install what is needed into .venv and node_modules, collect static files into var/static
	@python=$$(sh scripts/find_python.sh) && "$$python" scripts/setup.py

run: ## Set up, load the portfolio at the first run, and serve on http://127.0.0.1:8000
	@python=$$(sh scripts/find_python.sh) && "$$python" scripts/check_port.py "$(PORT)"
	@$(MAKE) --no-print-directory setup
	@exec $(VENV_PYTHON) scripts/run_server.py --port "$(PORT)" --portfolio "$(PORTFOLIO)"

production-like: setup ## Serve as in production: gunicorn, worker and beat on local PostgreSQL and Redis
	@exec $(VENV_PYTHON) scripts/production_like.py --port "$(PORT)" --portfolio "$(PORTFOLIO)"

test: setup ## Run every test that this machine can run, and say what is missing for the others
	@$(VENV_PYTHON) scripts/run_tests.py

screenshots: setup ## Take pictures of every page, three widths and both themes, into screenshots/; say weights and times
	@$(VENV_PYTHON) scripts/take_screenshots.py --portfolio "$(if $(filter reference,$(PORTFOLIO)),illustrative,$(PORTFOLIO))"

lint: setup ## Check style, formatting and the layers of the packages
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) .venv/bin/lint-imports

types: setup ## Check the types
	@$(VENV_PYTHON) -m mypy

secrets: setup ## Fail where a file holds what looks like a secret
	@$(VENV_PYTHON) scripts/scan_secrets.py

audit: setup ## Look up known vulnerabilities of all locked packages, where the advisories can be reached
	@$(VENV_PYTHON) scripts/audit.py audit

sbom: setup ## Write what the application is made of into var/sbom, as CycloneDX
	@$(VENV_PYTHON) scripts/audit.py sbom

lock: setup ## Write the lock files again from requirements*.in and package.json; UPGRADE=1 takes newer versions
	@for name in requirements requirements-dev requirements-node requirements-bench requirements-audit; do \
		$(LOCK) $(if $(UPGRADE),--upgrade) $$name.in -o $$name.txt || exit 1; done
	@npm $(if $(UPGRADE),update,install) --package-lock-only

clean: ## Remove what was installed, built and cached; the database and the secret key in var/ stay
	@rm -rf .venv node_modules var/static var/.stamp-static var/audit-tools var/sbom test-results
	@find . -type d \( -name __pycache__ -o -name '.*_cache' -o -name .hypothesis \) -prune -exec rm -rf {} +
