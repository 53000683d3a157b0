# noahd and pokerd: build, test, install. `make help` lists what can be made.
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

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wpointer-arith -Wundef
HARDENED := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
PACKAGES := libmicrohttpd gnutls jansson libconfig libcrypto
DAEMON_PACKAGES := $(PACKAGES) libcurl sqlite3
ifeq ($(filter deps help clean,$(MAKECMDGOALS)),)
PKG_CFLAGS := $(shell pkg-config --cflags $(DAEMON_PACKAGES) 2>/dev/null)
POKERD_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -pthread
NOAHD_LIBS := $(shell pkg-config --libs $(DAEMON_PACKAGES) 2>/dev/null) -pthread
endif
FLAGS_release :=
FLAGS_asan    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -U_FORTIFY_SOURCE
FLAGS_tsan    := -fsanitize=thread -fno-omit-frame-pointer -U_FORTIFY_SOURCE
FLAGS_coverage := --coverage -O0
VARIANT_FLAGS := $(FLAGS_$(firstword $(subst -, ,$(VARIANT))))
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. -MMD -MP $(WARNINGS) $(HARDENED) $(PKG_CFLAGS) \
          $(CPPFLAGS) $(CFLAGS) $(VARIANT_FLAGS)
LINK    = $(CC) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(CFLAGS) $(VARIANT_FLAGS) $(LDFLAGS)

# ---- what is built from what: a folder is a library, so an arrow that points up does not link ---------------------------
library = $(BUILD)/lib$(subst /,_,$(1)).a
NOAHD_FOLDERS  := noahd/api noahd/watch noahd/store noahd/registry common
POKERD_FOLDERS := pokerd/listener pokerd/runner common
FOLDERS := common noahd/registry noahd/store noahd/watch noahd/api pokerd/listener pokerd/runner
sources = $(wildcard $(1)/*.c) $(if $(filter noahd/watch,$(1)),$(wildcard noahd/watch/agents/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

all: $(BUILD)/bin/noahd $(BUILD)/bin/pokerd ## build both daemons

define folder_rules
$(call library,$(1)): $(call objects,$(call sources,$(1)))
	$$(call say,AR)
	$$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(eval $(call folder_rules,$(folder))))

$(BUILD)/bin/noahd: $(call objects,$(wildcard noahd/*.c)) $(foreach f,$(NOAHD_FOLDERS),$(call library,$(f)))
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ $(NOAHD_LIBS)

$(BUILD)/bin/pokerd: $(call objects,$(wildcard pokerd/*.c)) $(foreach f,$(POKERD_FOLDERS),$(call library,$(f)))
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ $(POKERD_LIBS)

$(BUILD)/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# ---- tests -----------------------------------------------------------------------------------------------------------
# tests/unit/FOLDER/NAME_test.c becomes a program of its own, linked with what its folder may see.
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(shell find tests/unit -name '*_test.c' 2>/dev/null))
unit_libraries = $(call library,$(1)) $(if $(filter noahd/watch,$(1)),$(call library,noahd/store) $(call library,noahd/registry)) \
                 $(if $(filter noahd/store,$(1)),$(call library,noahd/registry)) \
                 $(if $(filter noahd/api,$(1)),$(call library,noahd/registry) $(call library,noahd/store) $(call library,noahd/registry)) \
                 $(call library,common)
define unit_rules
$(BUILD)/tests/unit/$(1)/%_test: $(BUILD)/tests/unit/$(1)/%_test.o $(call unit_libraries,$(1))
	$$(call say,LINK)
	$$(Q)$$(LINK) -o $$@ $$^ $$(NOAHD_LIBS) -lcmocka
endef
$(foreach folder,$(FOLDERS),$(eval $(call unit_rules,$(folder))))

unit-programs: $(UNIT_TESTS)

clean: ## remove everything that was built
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all clean unit-programs
