PYTHON ?= python3
.PHONY: hunt vllm-check accuracy check end-to-end test gui-test truth columns bench screenshots format

check: ## format, lint, types, contracts, fast tests
	ruff format --check . && ruff check . && mypy && lint-imports && $(PYTHON) -m pytest -q -m "not engine and not bench"

test: ## every test
	$(PYTHON) -m pytest

gui-test:
	$(PYTHON) -m pytest tests/ui

hunt: ## the laws over many random cases, new ones each time
	FIT_PLANNER_EXAMPLES=2000 $(PYTHON) -m pytest -n 2 -q tests/planner/test_speed_laws.py

truth: ## estimates against measured tables
	$(PYTHON) -m pytest tests/truth

end-to-end: ## speed of a small model on this processor, predicted and measured (LLAMA_BIN, FIT_PLANNER_GGUF)
	PYTHONPATH=. $(PYTHON) tests/engine/cpu_speed.py

accuracy: ## the accuracy tables of the README
	$(PYTHON) tests/truth/accuracy_report.py

columns: ## the stored columns that are shipped, after any change to models_db or the graph
	$(PYTHON) -m planner.column_store
	$(PYTHON) -m planner.vllm.model_store

vllm-check: ## generated commands through vLLM's own parser and configuration (VLLM_PYTHON, VLLM_PATHS)
	$(PYTHON) tests/engine/vllm_commands.py

first-lists: ## the lists of the very first start that are shipped, after any change to figures
	$(PYTHON) -m planner.first_lists

bench: ## speed figures with their bounds
	$(PYTHON) -m pytest -m bench -n 0 -s

format:
	ruff format . && ruff check --fix .

screenshots: ## the pictures of the README and of the screenshot tests
	$(PYTHON) tests/ui/pictures.py docs/pictures
