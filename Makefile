# mtsweep: `make help` lists the targets. Building needs GNU make, a C11 compiler, MPI, HDF5 (parallel), OpenBLAS, libyaml,
# zlib and Random123; tests need check, python3-h5py and more: `make deps` and `make deps check` install them.

BUILD   ?= release
PREFIX  ?= /usr/local
VERSION := $(shell cat VERSION)
MPI     ?=
MPICC   ?= $(if $(MPI),mpicc.$(MPI),mpicc)
PYTHON  ?= $(shell tools/find-python)
MODULES ?= base record num task nn optim probe measure run grid table expect store farm app
B       := build$(MPI:%=/%)$(patsubst %,/%,$(filter-out release,$(BUILD)))

.PHONY: all help deps demo check chaos fuzz check-long check-arm64 bench bench-farm bench-peers results lint format man install uninstall clean tests FORCE
all: $(B)/mtsweep ## build build/mtsweep; BUILD=debug or asan builds into build/debug, build/asan; MPI=mpich into build/mpich

# Beside other goals, `deps` comes first and a second make does the others: only then does pkg-config know the libraries.
after := $(filter-out deps,$(MAKECMDGOALS))
ifneq ($(and $(filter deps,$(MAKECMDGOALS)),$(after)),)
deps:
	tools/install-deps $(after)
	$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) $(after)
$(after): deps; @:
else

FLAGS_release := -O2 -DNDEBUG
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g3 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FLAGS_fuzz    := $(FLAGS_asan) -fsanitize=fuzzer-no-link
$(if $(FLAGS_$(BUILD)),,$(error BUILD is release, debug, asan or fuzz, not '$(BUILD)'))
WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Werror=implicit-function-declaration -Wformat=2 \
         -Wfloat-conversion -Wno-unknown-pragmas -Wno-psabi
CFLAGS ?= -g
Q = $(if $(V),,@echo '  $@';) # make V=1 shows the commands
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE $(WARN) $(FLAGS_$(BUILD)) $(CFLAGS) -ffp-contract=off -Iinclude -MMD -MP
ifneq ($(origin CC),default) # the MPI wrapper uses the same compiler (Open MPI; MPICH)
export OMPI_CC := $(CC)
export MPICH_CC := $(CC)
endif

include tools/libraries.mk
objects  = $(foreach m,$(filter $(2),$(MODULES)),$(patsubst src/%.c,$(B)/$(1)/%.o,$(wildcard src/$(m)/*.c)))
CORE_OBJ := $(call objects,obj,base record num task nn optim probe measure run grid table expect)
MPI_OBJ  := $(call objects,obj,store farm app)
APP_OBJ  := $(call objects,obj,app)
VECTORS  := generic $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),x86-64-v3 x86-64-v4)
VECTOR_OBJ := $(if $(filter num,$(MODULES)),$(VECTORS:%=$(B)/obj/num/vector-%.o))
CORE_OBJ += $(VECTOR_OBJ)
REAL_OBJ := $(call objects,double,base record num task nn optim probe measure)
UNIT   := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
DOUBLE := $(patsubst tests/unit/%.c,$(B)/tests/%_double,$(wildcard $(foreach t,num num_blocks num_ridge task boundaries nn nn_options gpt encoder optim conformance conformance_tasks task_families task_draws golden measure measure_dynamics net_steps,tests/unit/test_$(t).c)))
MPI_T  := $(patsubst tests/mpi/%.c,$(B)/tests/%,$(wildcard tests/mpi/test_*.c))

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{sub(/: ;.*/, "", $$1); printf "make %-12s %s\n", $$1, $$2}' Makefile
deps: ## install what is needed (Debian, Ubuntu; root or sudo); `make deps check` installs what tests need too
	tools/install-deps

# Two files that are rewritten only when their text changes: compilers, flags and libraries, on which everything compiled
# depends, and version and git revision (REVISION=... where there is no git). have-deps says in one line what is missing, before a compiler does at length.
$(B)/flags: TEXT = $(CC) $(MPICC) $(CFLAGS_ALL) $(BLAS_CFLAGS) $(HDF5_CFLAGS) $(LDFLAGS) $(HDF5_LIBS) $(CORE_LIBS)
$(B)/flags: TEST = CC='$(CC)' MPICC='$(MPICC)' BLAS='$(BLAS_CFLAGS) $(LDFLAGS) $(CORE_LIBS)' HDF5='$(HDF5_CFLAGS) $(LDFLAGS) $(HDF5_LIBS)' tools/have-deps
$(B)/revision: TEXT = $(VERSION) $(or $(REVISION),$(shell git describe --always --dirty 2>/dev/null || echo unknown))
$(B)/flags $(B)/revision: FORCE
	@mkdir -p $(sort $(@D)/tests $(dir $(CORE_OBJ) $(MPI_OBJ) $(REAL_OBJ)))
	@echo '$(subst ','\'',$(TEXT))' | cmp -s - $@ || { $(or $(TEST),:) && echo '$(subst ','\'',$(TEXT))' >$@; }

$(CORE_OBJ): COMPILE = $(CC) $(BLAS_CFLAGS)
$(MPI_OBJ): COMPILE = $(MPICC) $(HDF5_CFLAGS)
$(APP_OBJ): COMPILE += -DMTS_VERSION='"$(VERSION)"' -DMTS_REVISION="\"$$(cut -d' ' -f2 $(B)/revision)\"" -DMTS_BUILD_FLAGS='"$(CC) $(FLAGS_$(BUILD)) $(CFLAGS)"'
$(APP_OBJ): $(B)/revision
$(B)/obj/%.o: src/%.c $(B)/flags
	$(Q)$(COMPILE) $(CFLAGS_ALL) -c -o $@ $<
# Our own kernels: one source, compiled once per instruction set; the tiles need -O3 to stay in registers. For a fuzzer, which
# looks at readers, clang would take minutes to instrument them.
FLAGS_x86-64-v3 := -mavx2 -mfma -mbmi -mbmi2
FLAGS_x86-64-v4 := $(FLAGS_x86-64-v3) -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd
$(VECTOR_OBJ): $(B)/obj/num/vector-%.o: src/num/vector/vector.c $(B)/flags
	$(Q)$(CC) $(if $(filter fuzz,$(BUILD)),$(filter-out -fsanitize%,$(CFLAGS_ALL)),$(CFLAGS_ALL)) $(if $(filter release,$(BUILD)),-O3) $(FLAGS_$*) -DMTS_VECTOR_NAME='"$*"' -DMTS_VECTOR_TABLE=mts_vector_$(subst -,_,$*) -c -o $@ $<
$(B)/double/%.o: src/%.c $(B)/flags
	$(Q)$(CC) $(BLAS_CFLAGS) $(CFLAGS_ALL) -DMTS_DOUBLE -c -o $@ $<
$(B)/libmtsweep.a: $(CORE_OBJ)
$(B)/libmtsweep_double.a: $(REAL_OBJ)
$(B)/%.a:
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(B)/mtsweep: $(MPI_OBJ) $(B)/libmtsweep.a
	$(Q)$(MPICC) $(FLAGS_$(BUILD)) $(CFLAGS) -o $@ $^ $(LDFLAGS) $(HDF5_LIBS) $(CORE_LIBS)
TEST_CC = $(if $(TEST_LIBS),$(MPICC) $(HDF5_CFLAGS),$(CC))
$(foreach t,golden measure,$(B)/tests/test_$(t) $(B)/tests/test_$(t)_double): TEST_LIBS = $(HDF5_LIBS) # reference numbers
$(foreach t,run_memory run_tasks,$(B)/tests/test_$(t)): LDFLAGS += -Wl,--wrap=aligned_alloc,--wrap=free # tests/held.h
$(B)/tests/test_faults: LDFLAGS += $(foreach f,aligned_alloc free write pwrite fsync fdatasync posix_fallocate rename renameat2 open,-Wl,--wrap=$(f)) # tests/faults.h
$(UNIT): $(B)/tests/%: tests/unit/%.c $(B)/libmtsweep.a
	$(Q)$(TEST_CC) $(CFLAGS_ALL) -Itests -o $@ $< $(B)/libmtsweep.a $(LDFLAGS) $(TEST_LIBS) $(CHECK_LIBS) $(CORE_LIBS)
$(DOUBLE): $(B)/tests/%_double: tests/unit/%.c $(B)/libmtsweep_double.a
	$(Q)$(TEST_CC) $(CFLAGS_ALL) -DMTS_DOUBLE -Itests -o $@ $< $(B)/libmtsweep_double.a $(LDFLAGS) $(TEST_LIBS) $(CHECK_LIBS) $(CORE_LIBS)
$(MPI_T) $(B)/tests/bench_farm: $(B)/tests/%: tests/mpi/%.c $(MPI_OBJ) $(B)/libmtsweep.a
	$(Q)$(MPICC) $(CFLAGS_ALL) $(HDF5_CFLAGS) -Itests -o $@ $< $(filter-out %/app/main.o,$(MPI_OBJ)) $(B)/libmtsweep.a $(LDFLAGS) $(HDF5_LIBS) $(CHECK_LIBS) $(CORE_LIBS)
tests: $(B)/mtsweep $(UNIT) $(DOUBLE) $(MPI_T)

demo: $(B)/mtsweep ## train 18 small networks on two workers and show the table, in about a minute
	tools/demo
check: tests ## build and run all tests; the last line is "N passed, N failed"
	$(MAKE) BUILD=asan B=$(B)/asan DOUBLE= tests
	@UNIT='$(UNIT) $(DOUBLE)' MPI_TESTS='$(MPI_T)' BUILD_DIR='$(B)' $(if $(MPI),MPIRUN=mpirun.$(MPI)) tools/run-tests
check-arm64: ; @CC='$(CC)' tests/arm64/test_arm64 ## our kernels compiled for arm64 and run by qemu-user: the same bits as here
check-long: tests ## the statistics against the reference, the SLURM scripts, Debian 13 and MPICH: an hour
	@BUILD_DIR='$(B)' tools/run-tests --long
fuzz: ## clang's libFuzzer on TARGET=sweep, options, checkpoint or lock for SECONDS=600; what it finds is kept in build/fuzz/found
	$(MAKE) BUILD=fuzz CC=clang B=$(B)/fuzz $(B)/fuzz/fuzz_$(or $(TARGET),sweep)
	mkdir -p $(B)/fuzz/found/new
	cd $(B)/fuzz/found && ../fuzz_$(or $(TARGET),sweep) -max_total_time=$(or $(SECONDS),600) -max_len=4096 -print_final_stats=1 \
	    -dict=$(CURDIR)/tests/fuzz/words.dict new $(CURDIR)/tests/fuzz/corpus/$(or $(TARGET),sweep) $(if $(filter-out sweep,$(TARGET)),,$(CURDIR)/sweeps)
$(B)/fuzz_%: tests/fuzz/fuzz.c tests/fuzz/%_target.h $(MPI_OBJ) $(B)/libmtsweep.a
	$(Q)$(MPICC) $(CFLAGS_ALL) $(HDF5_CFLAGS) -fsanitize=fuzzer -Itests -DHEADER='"fuzz/$*_target.h"' -DFUNCTION=$*_target -o $@ $< $(filter-out %/app/main.o,$(MPI_OBJ)) $(B)/libmtsweep.a $(LDFLAGS) $(HDF5_LIBS) $(CORE_LIBS)
chaos: $(B)/mtsweep ## random kills, signals and full disks, each followed by the same command; N=100 SEED=1
	N=$(or $(N),100) SEED=$(or $(SEED),1) tests/chaos/test_chaos
results: $(B)/mtsweep ## run what is missing of the sweeps, for hours, and write the numbers and figures of sweeps/RESULTS.md; SWEEPS="fig4 figS1"
	tools/results $(SWEEPS)
bench: $(B)/mtsweep ## the speed of the training step here, by part; ARGS="--arch lstm --json"
	$(B)/mtsweep bench $(ARGS)
bench-farm: $(B)/tests/bench_farm ## how many runs one master hands out, without training; RANKS=64
	tests/mpirun -n $(or $(RANKS),64) $(B)/tests/bench_farm
bench-peers: $(B)/mtsweep ## the same step in PyTorch beside it
	$(PYTHON) tools/bench_peers.py $(ARGS)
lint: ## warnings as errors, cppcheck, clang-format, shellcheck, and who includes whom
	tools/lint
format: ## lay out all C files as .clang-format says
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i
man: $(B)/man/mtsweep.1 ## the manual pages, into build/man
$(B)/man/mtsweep.1: $(B)/mtsweep
	$(Q)rm -rf $(@D) && mkdir $(@D) && for page in $$($(B)/mtsweep help --man); do $(B)/mtsweep help --man $$page >$(@D)/$$page || exit; done

# What is installed, below D: the program, pages and completions where their readers look, the rest in share/mtsweep.
D := $(DESTDIR)$(PREFIX)
install: $(B)/mtsweep man ## install below PREFIX=/usr/local (DESTDIR= in front of it)
	install -d '$D/bin' '$D/share/mtsweep' '$D/share/man/man1' '$D/share/man/man5' '$D/share/pkgconfig' \
	    '$D/share/bash-completion/completions' '$D/share/zsh/site-functions' '$D/share/fish/vendor_completions.d'
	install $(B)/mtsweep '$D/bin'
	install -m 644 $(B)/man/*.1 '$D/share/man/man1'
	install -m 644 $(B)/man/*.5 '$D/share/man/man5'
	install -m 644 packaging/completions/mtsweep.bash '$D/share/bash-completion/completions/mtsweep'
	install -m 644 packaging/completions/_mtsweep '$D/share/zsh/site-functions'
	install -m 644 packaging/completions/mtsweep.fish '$D/share/fish/vendor_completions.d'
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@VERSION@,$(VERSION),' packaging/mtsweep.pc.in >'$D/share/pkgconfig/mtsweep.pc'
	cp -RL sweeps jobs python matlab README.md CHANGELOG.md CITATION.cff LICENSE '$D/share/mtsweep'
	find '$D/share/mtsweep' -name __pycache__ -prune -exec rm -rf {} +
uninstall: ## remove what install has put there
	rm -f '$D/bin/mtsweep' '$D'/share/man/man1/mtsweep.1 '$D'/share/man/man1/mtsweep-*.1 '$D/share/man/man5/mtsweep.5' \
	    '$D/share/pkgconfig/mtsweep.pc' '$D/share/bash-completion/completions/mtsweep' '$D/share/zsh/site-functions/_mtsweep' \
	    '$D/share/fish/vendor_completions.d/mtsweep.fish'
	rm -rf '$D/share/mtsweep'
clean: ## remove build/
	rm -rf build

-include $(CORE_OBJ:.o=.d) $(MPI_OBJ:.o=.d) $(REAL_OBJ:.o=.d) $(wildcard $(B)/tests/*.d)
endif
