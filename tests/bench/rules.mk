# The peers and drivers of `make bench` and `make torture`: one program a file, and what several of them share.
# SPDX-License-Identifier: Apache-2.0

BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
BENCH_SHARED   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/shared/*.c))
BENCH_LIBS      = $(LIBS_pokerd)
# All of pokerd's libraries, needed or not: it stands for a process that has loaded them.
$(BUILD)/tests/bench/bare_pair: BENCH_LIBS = -Wl,--no-as-needed $(LIBS_pokerd)

bench-programs: $(BENCH_PROGRAMS)

$(BUILD)/libbench_shared.a: $(BENCH_SHARED)
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libbench_shared.a
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $^ $(BENCH_LIBS)

.PHONY: bench-programs
