# noahd and pokerd: build, test, install. `make help` lists the goals.
# SPDX-License-Identifier: Apache-2.0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# ---- toolchain -------------------------------------------------------------------------------------------------------
VERSION  := 0.1.0
VARIANT  ?= release
BUILD    := build/$(VARIANT)
PREFIX   ?= /usr/local
CFLAGS   ?= -O2 -g
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-6s %s\n' $(1) $@)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wpointer-arith -Wundef \
            $(if $(WERROR),-Werror)
HARDENED := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
# Each daemon links the functions of common that it calls, and no others.
SECTIONS := -ffunction-sections -fdata-sections
# The first word of a variant counts, so that "asan-mine" is built like "asan", beside it.
FLAGS_asan     := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -U_FORTIFY_SOURCE
FLAGS_tsan     := -fsanitize=thread -fno-omit-frame-pointer -U_FORTIFY_SOURCE
FLAGS_fuzz     := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE
FLAGS_coverage := --coverage -fprofile-update=atomic -O0 -U_FORTIFY_SOURCE
VARIANT_FLAGS  := $(FLAGS_$(firstword $(subst -, ,$(VARIANT))))

# Packages of Debian 12 and 13; "a,b": either will do. Building needs the first list, some goals need more.
BUILD_NEEDS := gcc libc6-dev pkg-config,pkgconf libmicrohttpd-dev libgnutls28-dev libjansson-dev libconfig-dev \
               libssl-dev libcurl4-openssl-dev,libcurl4-gnutls-dev libsqlite3-dev libxxhash-dev uthash-dev \
               libseccomp-dev
CHEF_NEEDS  := ruby ruby-dev ruby-bundler g++ libffi-dev
DEMO_NEEDS  := $(BUILD_NEEDS) $(CHEF_NEEDS) python3 curl ca-certificates openssl
TEST_NEEDS  := $(BUILD_NEEDS) libcmocka-dev python3 curl ca-certificates openssl sqlite3 mandoc groff-base \
               nginx-light squid varnish systemd-container
CHECK_NEEDS := $(TEST_NEEDS) $(if $(filter chef,$(WITHOUT)),,$(CHEF_NEEDS))
FUZZ_NEEDS  := $(BUILD_NEEDS) clang libclang-rt-dev
LINT_NEEDS  := $(TEST_NEEDS) clang clang-format clang-tidy cppcheck shellcheck universal-ctags git
TORTURE_NEEDS := $(BUILD_NEEDS) python3 openssl
BENCH_NEEDS := $(TORTURE_NEEDS) wrk redis-server webdis etcd-server webhook
COVERAGE_NEEDS := $(TEST_NEEDS) gcovr
DEBIAN13_NEEDS := debootstrap systemd-container iproute2

# Goals that install packages first and then call make again: only then can pkg-config find them.
SELF_SERVED := deps help clean demo check check-debian13 asan tsan fuzz mutate bench torture lint coverage

# ---- programs --------------------------------------------------------------------------------------------------------
# A row for each: its folder, and the pkg-config packages that it links. Binary, link rule, libraries of its tests,
# installation of binary, manual pages and example settings: everything follows from the row.
COMMON_PACKAGES := libmicrohttpd gnutls jansson libconfig libcrypto
PROGRAM_noahd   := noahd $(COMMON_PACKAGES) libcurl sqlite3 libxxhash
PROGRAM_pokerd  := pokerd $(COMMON_PACKAGES) libseccomp
PROGRAM_pokerd-report := pokerd/report $(COMMON_PACKAGES) libcurl
# Started by a daemon, not by people: installed in lib/noah.
INNER_PROGRAMS  := pokerd-report

PROGRAMS       := $(sort $(patsubst PROGRAM_%,%,$(filter PROGRAM_%,$(.VARIABLES))))
program_folder  = $(firstword $(PROGRAM_$(1)))
packages        = $(sort $(foreach program,$(1),$(filter-out $(call program_folder,$(program)),$(PROGRAM_$(program)))))
ifneq ($(filter-out $(SELF_SERVED),$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell pkg-config --exists $(call packages,$(PROGRAMS)) 2>/dev/null && echo found),found)
$(error libraries are missing: run `make deps` first)
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(call packages,$(PROGRAMS)))
ALL_LIBS   := $(shell pkg-config --libs $(call packages,$(PROGRAMS))) -pthread
$(foreach program,$(PROGRAMS),$(eval LIBS_$(program) := \
                                  $(shell pkg-config --libs $(call packages,$(program))) -pthread))
endif
# What links a folder: its program's libraries, for a folder of all programs theirs.
libs = $(or $(strip $(foreach program,$(PROGRAMS),$(if $(filter $(call program_folder,$(program)) \
                $(call program_folder,$(program))/%,$(1)),$(LIBS_$(program))))),$(ALL_LIBS))

COMPILE = $(CC) -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. -MMD -MP $(WARNINGS) $(HARDENED) $(SECTIONS) \
          $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(VARIANT_FLAGS)
LINK    = $(CC) -pie -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections $(CFLAGS) $(VARIANT_FLAGS) $(LDFLAGS)

# ---- what is built from what: a folder is a library, so an arrow that points up does not link ----------------------
# Each folder with the folders that it may call, the upper before the lower.
BELOW_common          :=
BELOW_noahd/registry  := common
BELOW_noahd/store     := noahd/registry common
BELOW_noahd/watch     := noahd/store noahd/registry common
BELOW_noahd/http      := noahd/registry common
BELOW_noahd/views     := noahd/http noahd/registry common
BELOW_noahd/events    := noahd/http noahd/store noahd/registry common
BELOW_noahd/writes    := noahd/http noahd/store noahd/registry common
BELOW_noahd/expiry    := noahd/writes noahd/http noahd/store noahd/registry common
BELOW_noahd/api       := noahd/expiry noahd/writes noahd/events noahd/views noahd/http noahd/store noahd/registry common
BELOW_noahd/api/resources := noahd/api $(BELOW_noahd/api)
BELOW_noahd           := noahd/api/resources noahd/api noahd/expiry noahd/writes noahd/events noahd/views noahd/http \
                         noahd/watch noahd/store noahd/registry common
BELOW_pokerd/link     := common
BELOW_pokerd/verify   := pokerd/link common
BELOW_pokerd/queue    := pokerd/link common
BELOW_pokerd/run      := pokerd/queue pokerd/link common
BELOW_pokerd/chef     := pokerd/run pokerd/queue pokerd/link common
BELOW_pokerd/outbound := pokerd/run pokerd/queue pokerd/link common
BELOW_pokerd/report   := pokerd/outbound $(BELOW_pokerd/outbound)
BELOW_pokerd/journal  := pokerd/run pokerd/queue pokerd/link common
BELOW_pokerd/runner   := pokerd/journal pokerd/outbound pokerd/chef pokerd/run pokerd/queue pokerd/verify pokerd/link \
                         common
BELOW_pokerd/listener := pokerd/link common
BELOW_pokerd/commands := pokerd/outbound pokerd/run pokerd/queue pokerd/verify pokerd/link common
BELOW_pokerd          := pokerd/commands pokerd/listener pokerd/runner $(BELOW_pokerd/runner)
FOLDERS := $(patsubst BELOW_%,%,$(filter BELOW_%,$(.VARIABLES)))

places    = $(1) $(if $(filter noahd/watch,$(1)),$(1)/agents)
sources   = $(filter-out %/main.c,$(wildcard $(addsuffix /*.c,$(call places,$(1)))))
objects   = $(patsubst %.c,$(BUILD)/%.o,$(1))
library   = $(BUILD)/lib$(subst /,_,$(1)).a
libraries = $(foreach folder,$(1) $(BELOW_$(1)),$(call library,$(folder)))

BINARIES := $(PROGRAMS:%=$(BUILD)/bin/%)

all: $(BINARIES) ## build the daemons

# The folder itself is named, since it alone is newer than its library when a source has been removed.
define folder_rules
$(call library,$(1)): $(call objects,$(call sources,$(1))) $(call places,$(1))
	$$(call say,AR)
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach folder,$(FOLDERS),$(eval $(call folder_rules,$(folder))))

define program_rules
$(BUILD)/bin/$(1): $(BUILD)/$(call program_folder,$(1))/main.o $(call libraries,$(call program_folder,$(1)))
	$$(call say,LINK)
	@mkdir -p $$(@D)
	$$(Q)$$(LINK) -o $$@ $$^ $$(LIBS_$(1))
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rules,$(program))))

$(BUILD)/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# ---- programs that test ----------------------------------------------------------------------------------------------
# tests/unit/FOLDER/NAME_test.c is a program, linked with what FOLDER may call; the folder's other files are shared by
# its tests.
UNIT_SOURCES  := $(shell find tests/unit -name '*.c' 2>/dev/null)
UNIT_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(filter %_test.c,$(UNIT_SOURCES)))
define unit_rules
$(BUILD)/tests/unit/$(1)/%_test: $(BUILD)/tests/unit/$(1)/%_test.o \
                $(call objects,$(filter-out %_test.c,$(wildcard tests/unit/$(1)/*.c))) $(call libraries,$(1))
	$$(call say,LINK)
	$$(Q)$$(LINK) -o $$@ $$^ $(call libs,$(1)) -lcmocka
endef
$(foreach folder,$(FOLDERS),$(eval $(call unit_rules,$(folder))))
# Named here, so that make prefers the rule of the nearest folder even before a new one is compiled.
$(call objects,$(filter-out %_test.c,$(UNIT_SOURCES))):

# tests/fuzz/NAME_fuzz.c: with libFuzzer in the variant "fuzz", everywhere else with a main that replays the corpus.
FUZZ_TARGETS    := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
REPLAY_PROGRAMS := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%_replay)
FUZZ_PROGRAMS   := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%_fuzz)
ALL_LIBRARIES   := $(foreach program,$(PROGRAMS),$(filter-out $(call library,common),\
                       $(call libraries,$(call program_folder,$(program))))) $(call library,common)

$(REPLAY_PROGRAMS): $(BUILD)/tests/fuzz/%_replay: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/tests/fuzz/replay.o \
                $(ALL_LIBRARIES)
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $^ $(ALL_LIBS)

$(FUZZ_PROGRAMS): $(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(ALL_LIBRARIES)
	$(call say,LINK)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(ALL_LIBS)

# Preloaded into daemons under test; without sanitizers of its own, it only stands between them and the C library.
$(BUILD)/tests/support/%.so: tests/support/%.c
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -shared -fPIC $(CPPFLAGS) $(CFLAGS) -o $@ $< -ldl -pthread

unit-programs: $(UNIT_PROGRAMS)
test-programs: all $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS) $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/support/*.c))
fuzz-programs: $(FUZZ_PROGRAMS)
-include tests/bench/rules.mk

# ---- goals that set up the machine first ---------------------------------------------------------------------------
need    := @tests/support/need
quietly := @tests/support/quietly
# A make called from here uses all processors, unless the caller has said how many.
again    = $(MAKE) --no-print-directory $(if $(findstring --jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
matching = $(if $(T),--matching '$(T)')

deps: ## install the build dependencies as root; as another user, print the command; other goals install what they need
	$(need) $(BUILD_NEEDS)

demo: ## show the whole chain: a write to noahd causes a chef-client run
	$(need) $(DEMO_NEEDS)
	$(quietly) 'building noahd and pokerd' $(again) all
	@NOAH_BUILD=$(BUILD) tests/demo/demo

check: ## run the tests; T=word: only those with the word in their path; WITHOUT=chef: not that folder of tests/
	$(need) $(CHECK_NEEDS)
	$(quietly) 'building' $(again) VARIANT=$(VARIANT) test-programs
	@$(if $(filter-out chef%,$(T))$(filter chef,$(WITHOUT)),,tests/chef/gems >/dev/null ||:)
	@tests/run --build $(BUILD) $(matching) $(WITHOUT:%=--without %)

check-debian13: ## run the tests in a Debian 13 root, created once in ~/.cache (as root); T=word
	$(need) $(DEBIAN13_NEEDS)
	@T='$(T)' tests/debian13/run $(TEST_NEEDS)

# No sanitizer reaches a real chef-client, fits into the restrictions of the units, or runs under the filter.
UNSANITIZED := chef systemd syscall_filter_test
asan: ## run the tests under the address and undefined-behaviour sanitizers
	$(need) $(TEST_NEEDS)
	$(quietly) 'building with asan and ubsan' $(again) VARIANT=asan test-programs
	@tests/run --build build/asan $(UNSANITIZED:%=--without %) $(matching)

tsan: ## run the tests under the thread sanitizer
	$(need) $(TEST_NEEDS)
	$(quietly) 'building with tsan' $(again) VARIANT=tsan test-programs
	@tests/run --build build/tsan $(UNSANITIZED:%=--without %) --without fuzz $(matching)

FUZZ_TIME ?= 60
fuzz: ## fuzz each target for FUZZ_TIME=60 seconds; T=word: only those with the word in their name
	$(need) $(FUZZ_NEEDS)
	$(quietly) 'building with libFuzzer' $(again) VARIANT=fuzz CC=clang fuzz-programs
	@tests/fuzz/run build/fuzz $(FUZZ_TIME) $(T)

bench: ## measure, each value against its peer in the same run; SHORT=1: four minutes; ONLY=word
	$(need) $(BENCH_NEEDS)
	$(quietly) 'building' $(again) all bench-programs
	@tests/bench/run $(BUILD) $(if $(ONLY),--only $(ONLY)) $(if $(SHORT),--short)

MUTATIONS ?= 100000
mutate: ## send MUTATIONS=100000 mutated requests to a noahd under the sanitizers; SEED=number
	$(need) $(TEST_NEEDS)
	$(quietly) 'building with asan and ubsan' $(again) VARIANT=asan all
	@NOAH_MUTATIONS=$(MUTATIONS) $(if $(SEED),NOAH_SEED=$(SEED)) tests/run --build build/asan --matching noahd_mutated

N ?= 25
torture: ## kill both daemons N=25 times under load, and check that nothing is lost; SEED=number, ONLY=history
	$(need) $(TORTURE_NEEDS)
	$(quietly) 'building' $(again) all bench-programs
	@tests/torture/run $(BUILD) $(N) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

coverage: ## run the tests and report the lines they cover
	$(need) $(COVERAGE_NEEDS)
	$(quietly) 'building with coverage' $(again) VARIANT=coverage test-programs
	@tests/run --build build/coverage --without chef $(matching)
	@gcovr --root . --exclude tests --delete --object-directory build/coverage --print-summary \
		--html-details build/coverage/lines.html

# ---- tidiness --------------------------------------------------------------------------------------------------------
lint: ## check the style: layers, headers, sizes, names, banned calls, phrases, analysers
	$(need) $(LINT_NEEDS)
	@tests/lint/run

format: ## format the C files with clang-format
	@git ls-files '*.c' '*.h' | xargs clang-format -i

# ---- installation ----------------------------------------------------------------------------------------------------
MANUALS    := $(foreach program,$(PROGRAMS),$(wildcard $(addprefix $(call program_folder,$(program))/,*.1 *.5 *.8)))
# A program that has settings describes them in PROGRAM.conf.5, and prints an example of them.
CONFIGURED := $(foreach program,$(PROGRAMS),$(if $(filter %/$(program).conf.5,$(MANUALS)),$(program)))
EXAMPLES   := $(PREFIX)/share/doc/noah
folder_of   = $(PREFIX)/$(if $(filter $(INNER_PROGRAMS),$(1)),lib/noah,sbin)
UNITS      := $(wildcard contrib/systemd/*.service contrib/systemd/*.socket)
UNIT_PATH  := $(PREFIX)/lib/systemd/system
USERS      := $(PREFIX)/lib/sysusers.d/noah.conf
COMPLETIONS := $(CONFIGURED:%=$(PREFIX)/share/bash-completion/completions/%)
INSTALLED  := $(COMPLETIONS) $(foreach program,$(PROGRAMS),$(call folder_of,$(program))/$(program)) \
             $(CONFIGURED:%=$(EXAMPLES)/%.conf) $(UNITS:contrib/systemd/%=$(UNIT_PATH)/%) $(USERS) \
             $(foreach manual,$(MANUALS),$(PREFIX)/share/man/man$(subst .,,$(suffix $(manual)))/$(notdir $(manual)))

install: all ## install to PREFIX=/usr/local, below DESTDIR
	$(Q)install -d $(addprefix $(DESTDIR),$(sort $(dir $(INSTALLED))))
	$(Q)$(foreach program,$(PROGRAMS),install -m 755 $(BUILD)/bin/$(program) \
		$(DESTDIR)$(call folder_of,$(program)) &&) true
	$(Q)for manual in $(MANUALS); do install -m 644 $$manual $(DESTDIR)$(PREFIX)/share/man/man$${manual##*.}; done
	$(Q)for program in $(CONFIGURED); do \
		$(BUILD)/bin/$$program --example-config >$(DESTDIR)$(EXAMPLES)/$$program.conf || exit 1; done
	$(Q)install -m 644 $(UNITS) $(DESTDIR)$(UNIT_PATH)
	$(Q)sed -i 's|/usr/local/|$(PREFIX)/|' $(UNITS:contrib/systemd/%=$(DESTDIR)$(UNIT_PATH)/%)
	$(Q)install -m 644 contrib/systemd/sysusers.conf $(DESTDIR)$(USERS)
	$(Q)for completion in $(COMPLETIONS); do install -m 644 contrib/bash-completion/noah $(DESTDIR)$$completion; done

uninstall: ## remove the installed files
	$(Q)rm -f $(addprefix $(DESTDIR),$(INSTALLED))

clean: ## remove all build output
	rm -rf build

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)
.PHONY: all deps demo check check-debian13 asan tsan fuzz mutate bench torture coverage lint format install uninstall \
        clean help unit-programs test-programs fuzz-programs
