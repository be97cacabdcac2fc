PYTHON ?= python3
.PHONY: check test gui-test truth bench screenshots format

check: ## format, lint, types, contracts, fast tests
	ruff format --check . && ruff check . && mypy && lint-imports && $(PYTHON) -m pytest -q -m "not engine and not bench"

test: ## every test
	$(PYTHON) -m pytest

gui-test:
	$(PYTHON) -m pytest tests/ui

truth: ## estimates against measured tables
	$(PYTHON) -m pytest tests/truth

bench: ## speed figures with their bounds
	$(PYTHON) -m pytest -m bench

format:
	ruff format . && ruff check --fix .
