# lbforensics. `make` lists the targets.

# Package traits. Libraries that not everybody has are used where they are installed; `TRAITS=` builds without them.
TRAITS ?= $(shell pkg-config --exists libdeflate 2>/dev/null && echo Libdeflate) \
	$(shell pkg-config --exists libmaxminddb 2>/dev/null && echo MaxMind)
# FULL=1 adds what is on by default in the package but not needed offline.
FULL ?=
PREFIX ?= /usr/local
# Tests to run, as `swift test --filter` takes it.
FILTER ?=

# STATIC=1 puts Swift's own libraries into the binary: it then runs where there is no toolchain.
STATIC ?=
# Where it is built. One folder for each variant, as BUILD=.build/full with FULL=1, spares compiling when going between them.
BUILD ?= $(if $(STATIC),.build/static,.build)

SWIFT ?= swift
comma := ,
empty :=
space := $(empty) $(empty)
# Asked for when a recipe runs, not before: `dependencies` may have installed a library by then, and the next command must
# find the same traits, or everything compiles again.
trait_list = $(subst $(space),$(comma),$(strip $(if $(FULL),default) $(TRAITS)))
trait_flags = $(if $(trait_list),--traits $(trait_list),--disable-default-traits)
# One build tree for everything, in release: tests of real-size input run at full speed, and as tests use package access
# nothing has to be compiled a second time for them (for testable imports everything would be).
static_flags = $(if $(STATIC),--static-swift-stdlib)
flags = --scratch-path $(BUILD) -c release $(trait_flags) $(static_flags) --explicit-target-dependency-import-check error
# The package manager keeps traits in a hashed set: in another order they are other arguments, and everything compiles again.
# Tests run without this, so that what depends on the order of a set shows.
in_order := SWIFT_DETERMINISTIC_HASHING=1
# Tests of programs that answer each other in real time: slowness would be seen where none is planted. They run by themselves.
alone := RealStackTests
binary := $(BUILD)/release/lbforensics
# The plugin that writes the manual knows no --static-swift-stdlib, and would compile everything again in the same folder.
manual_build = $(if $(STATIC),.build,$(BUILD))

demo_store := .build/demo.db
demo_compare := compare --before 2026-03-17T09:20:00Z/15m --during 2026-03-17T09:35:00Z/15m

.DEFAULT_GOAL := help
.PHONY: help demo test build install uninstall service-install service-status service-uninstall lint format bench fuzz sample-data dependencies clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: dependencies ## Build, read SampleData, and show who caused the incident
	$(in_order) $(SWIFT) build $(flags) --product lbforensics
	@rm -f $(demo_store) $(demo_store)-wal $(demo_store)-shm
	@echo; echo '$$ lbforensics ingest SampleData/AWSLogs SampleData/captures --owners SampleData/owners.csv'; echo
	@$(binary) ingest SampleData/AWSLogs SampleData/captures --owners SampleData/owners.csv --store $(demo_store)
	@echo; echo '$$ lbforensics $(demo_compare) --owners SampleData/owners.csv'; echo
	@$(binary) $(demo_compare) --owners SampleData/owners.csv --store $(demo_store)
	@echo
	@echo 'Where to look next:'
	@echo '  $(binary) summary --store $(demo_store)'
	@echo '  $(binary) $(demo_compare) --kind nlb --by connections --store $(demo_store)'
	@echo '  $(binary) findings --store $(demo_store)'
	@echo '  $(binary) timeline --kind nlb --store $(demo_store)'
	@echo '  $(binary) top client --by duration --kind nlb --from 09:35 --to 09:50 --store $(demo_store)'
	@echo '  $(binary) query longest-connections --store $(demo_store)'
	@echo '  $(binary) query one-client client=198.51.100.67 --store $(demo_store)'
	@echo '  $(binary) sources --store $(demo_store)'

test: dependencies ## Run all tests (FULL=1 with everything, FILTER=name for some)
	$(in_order) $(SWIFT) build --build-tests $(flags)
	$(SWIFT) test --skip-build $(flags) $(if $(FILTER),--filter '$(FILTER)',--skip '$(alone)')
	$(if $(FILTER),,$(SWIFT) test --skip-build $(flags) --filter '$(alone)')

build: dependencies ## Build the release binary (FULL=1 with everything, STATIC=1 for other machines)
	$(in_order) $(SWIFT) build $(flags) --product lbforensics
	@echo $(binary)

install: build ## Install the binary, its manual and shell completions under PREFIX (/usr/local)
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(binary) '$(DESTDIR)$(PREFIX)/bin/lbforensics'
	@mkdir -p .build/man
	$(in_order) $(SWIFT) package --scratch-path $(manual_build) -c release $(trait_flags) --allow-writing-to-package-directory \
		generate-manual --multi-page --output-directory .build/man
	install -d '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -m 644 .build/man/lbforensics*.1 '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -d '$(DESTDIR)$(PREFIX)/share/bash-completion/completions'
	$(binary) --generate-completion-script bash > '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/lbforensics'
	install -d '$(DESTDIR)$(PREFIX)/share/zsh/site-functions'
	$(binary) --generate-completion-script zsh > '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_lbforensics'
	install -d '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d'
	$(binary) --generate-completion-script fish > '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/lbforensics.fish'

uninstall: ## Remove what install put under PREFIX
	rm -f '$(DESTDIR)$(PREFIX)/bin/lbforensics' '$(DESTDIR)$(PREFIX)'/share/man/man1/lbforensics*.1 \
		'$(DESTDIR)$(PREFIX)/share/bash-completion/completions/lbforensics' \
		'$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_lbforensics' \
		'$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/lbforensics.fish'

lint: ## Check format, imports and house rules
	$(SWIFT) format lint --strict --recursive Sources Tests Queries Package.swift
	Scripts/lint-imports.sh

format: ## Format the sources in place
	$(SWIFT) format --in-place --recursive Sources Tests Queries Package.swift

bench: build ## Measure against other tools on this machine
	BUILD='$(BUILD)' Benchmarks/run.sh

fuzz: dependencies ## Run the fuzz targets
	Tests/Fuzzing/run.sh

sample-data: dependencies ## Make SampleData anew from its seed, and count what it holds
	$(in_order) $(SWIFT) build $(flags) --product lbforensics-sampledata
	$(BUILD)/release/lbforensics-sampledata --seed 2026 --output SampleData
	python3 Tests/Oracles/sample_truth.py SampleData > SampleData/truth.json

dependencies:
	@Scripts/install-dependencies.sh

clean: ## Remove what was built
	rm -rf .build

service-install: ## Install the capture service (systemd); binary first: make install
	install -d '$(DESTDIR)/etc/systemd/system' '$(DESTDIR)/etc/lbforensics'
	sed 's#/usr/local/bin/lbforensics#$(PREFIX)/bin/lbforensics#' Deploy/lbforensics-capture.service \
		> '$(DESTDIR)/etc/systemd/system/lbforensics-capture.service'
	$(if $(DESTDIR),,systemctl daemon-reload && systemctl enable --now lbforensics-capture)

service-status: ## Show how the capture service does
	systemctl --no-pager status lbforensics-capture

service-uninstall: ## Stop and remove the capture service; logs and case stay
	$(if $(DESTDIR),,-systemctl disable --now lbforensics-capture)
	rm -f '$(DESTDIR)/etc/systemd/system/lbforensics-capture.service'
	$(if $(DESTDIR),,systemctl daemon-reload)
