# make run: serves the chat · make test: the suite · make check: the long suite on top. All begin with make setup.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
# A further package index for torch: a CPU or a CUDA build (README.md). Empty: the one pip is set up with.
TORCH_INDEX ?=
TORCH := torch==2.13.0

VENV := .venv
BIN := $(VENV)/bin
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check

.PHONY: setup run test check fuzz load soak coverage fit bench audit clean
.DEFAULT_GOAL := setup

setup: $(VENV)/.ready

# .installed: the program · .tested: what tests need too · .ready: the embedding model
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name one: make setup PYTHON=python3.12" >&2; exit 2; }
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --constraint constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(TORCH)
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[model,openai]'
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

$(VENV)/.ready: $(VENV)/.installed
	@$(BIN)/python -m assistant.opening
	@touch $@

run: setup
	@$(BIN)/assistant serve --host $(HOST) --port $(PORT) --example

test: setup $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2 --dist worksteal

check: test
	$(BIN)/pytest -q -m slow

# Ten minutes of broken files to each reader of a format (tests/fuzzing.py); the result of the last run: docs/reliability.md
FUZZ_SECONDS ?= 600
fuzz: setup $(VENV)/.tested
	PYTHONPATH=.:tests $(BIN)/python tests/fuzzing.py $(FUZZ_SECONDS)

# Known holes in what we depend on, by pip-audit in an environment of its own; nothing waits for it
AUDIT := build/audit
audit:
	@$(PYTHON) -m venv $(AUDIT)
	@PYTHONWARNINGS=ignore $(AUDIT)/bin/python -m pip --disable-pip-version-check install --quiet pip-audit==2.10.1
	@$(AUDIT)/bin/python tests/auditing.py constraints.txt

# Ten minutes of 50 chats at once, an hour of five questions a second (tests/loading.py); the results: docs/reliability.md
LOAD_SECONDS ?= 600
SOAK_SECONDS ?= 3600
soak load: setup $(VENV)/.tested
	PYTHONPATH=.:tests $(BIN)/python tests/loading.py $@ $(if $(filter load,$@),$(LOAD_SECONDS),$(SOAK_SECONDS))

# How much of the four rooms the quick suite runs, branches included; what is read in child processes counts too
coverage: setup $(VENV)/.tested
	$(BIN)/python -m coverage run -m pytest -q
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

# What is learnt from the training questions in tests/questions: the model's adapter (index/adapter.safetensors, about half an hour on
# two cores), then what each signal weighs (assistant/weights.json)
fit: setup
	$(BIN)/python -m assistant.evaluation.tuning
	$(BIN)/python -m assistant.evaluation.fitting

# How fast we are beside stock LangChain (docs/speed.md), forty minutes on two cores. BENCH=--quick: five; BENCH=--others: LlamaIndex, Haystack and txtai too
BENCH ?=
bench: setup
	$(BIN)/python tests/benchmarks/speed.py $(BENCH)

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
