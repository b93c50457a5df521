# mtsweep: `make help` lists the targets. Needs GNU make, a C11 compiler, MPI, HDF5 (parallel), OpenBLAS, LAPACKE, libyaml,
# zlib, Random123; tests also need check, python3-h5py and more: `make deps` installs them all.

BUILD   ?= release
PREFIX  ?= /usr/local
MPICC   ?= mpicc
PYTHON  ?= $(shell tools/find-python)
MODULES ?= base record num task nn optim probe run grid store farm app
DESTDIR ?=

B := $(if $(filter release,$(BUILD)),build,build/$(BUILD))

FLAGS_release := -O2 -DNDEBUG
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g3 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 \
         -Wfloat-conversion -Wno-unknown-pragmas -Wno-psabi
CFLAGS ?= -g
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE $(WARN) $(FLAGS_$(BUILD)) $(CFLAGS) -ffp-contract=off -Iinclude -MMD -MP

# Libraries: pkg-config where it knows them, HDF5_DIR= and OPENBLAS_DIR= on module systems.
pkg = $(shell for p in $(2); do pkg-config --exists $$p 2>/dev/null && pkg-config --$(1) $$p && break; done)
BLAS_CFLAGS := $(if $(OPENBLAS_DIR),-I$(OPENBLAS_DIR)/include,$(call pkg,cflags,openblas))
BLAS_LIBS   := $(if $(OPENBLAS_DIR),-L$(OPENBLAS_DIR)/lib -Wl$(comma)-rpath$(comma)$(OPENBLAS_DIR)/lib -lopenblas,$(or $(call pkg,libs,openblas),-lopenblas))
HDF5_CFLAGS := $(if $(HDF5_DIR),-I$(HDF5_DIR)/include,$(call pkg,cflags,hdf5-openmpi hdf5-mpi hdf5))
HDF5_LIBS   := $(if $(HDF5_DIR),-L$(HDF5_DIR)/lib -Wl$(comma)-rpath$(comma)$(HDF5_DIR)/lib -lhdf5,$(or $(call pkg,libs,hdf5-openmpi hdf5-mpi hdf5),-lhdf5))
comma := ,
CORE_LIBS := $(BLAS_LIBS) $(or $(call pkg,libs,yaml-0.1),-lyaml) -lz -lm
CHECK_LIBS := $(or $(call pkg,libs,check),-lcheck -lm)

MPI_MODULES := $(filter store farm app,$(MODULES))
sources = $(foreach m,$(1),$(wildcard src/$(m)/*.c))
CORE_SRC := $(call sources,$(filter-out store farm app,$(MODULES)))
MPI_SRC  := $(call sources,$(MPI_MODULES))
REAL_SRC := $(call sources,$(filter base record num task nn optim probe,$(MODULES)))
CORE_OBJ := $(CORE_SRC:src/%.c=$(B)/obj/%.o)
MPI_OBJ  := $(MPI_SRC:src/%.c=$(B)/obj/%.o)
REAL_OBJ := $(REAL_SRC:src/%.c=$(B)/double/%.o)

UNIT   := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
DOUBLE := $(patsubst tests/unit/%.c,$(B)/tests/%_double,$(wildcard $(foreach t,num task nn conformance golden,tests/unit/test_$(t).c)))
MPI_T  := $(patsubst tests/mpi/%.c,$(B)/tests/%,$(wildcard tests/mpi/test_*.c))
REVISION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

.PHONY: all help deps demo check check-long bench lint format install clean tests
all: $(B)/mtsweep ## build build/mtsweep (BUILD=debug or asan: into build/debug, build/asan)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

deps: ## install what building and testing need (Debian, Ubuntu; as root or with sudo)
	tools/install-deps

$(B)/mtsweep: $(MPI_OBJ) $(B)/libmtsweep.a
	$(MPICC) $(FLAGS_$(BUILD)) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(HDF5_LIBS) $(CORE_LIBS)

$(B)/libmtsweep.a: $(CORE_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/libmtsweep_double.a: $(REAL_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(if $(filter store/% farm/% app/%,$*),$(MPICC) $(HDF5_CFLAGS) -DMTS_REVISION='"$(REVISION)"' -DMTS_BUILD_FLAGS='"$(CC) $(FLAGS_$(BUILD)) $(CFLAGS)"',$(CC) $(BLAS_CFLAGS)) $(CFLAGS_ALL) -c -o $@ $<
$(B)/double/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(BLAS_CFLAGS) $(CFLAGS_ALL) -DMTS_DOUBLE -c -o $@ $<

$(UNIT): $(B)/tests/%: tests/unit/%.c $(B)/libmtsweep.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -Itests -o $@ $< $(B)/libmtsweep.a $(LDFLAGS) $(CHECK_LIBS) $(CORE_LIBS)
$(DOUBLE): $(B)/tests/%_double: tests/unit/%.c $(B)/libmtsweep_double.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -DMTS_DOUBLE -Itests -o $@ $< $(B)/libmtsweep_double.a $(LDFLAGS) $(CHECK_LIBS) $(CORE_LIBS)
$(MPI_T): $(B)/tests/%: tests/mpi/%.c $(MPI_OBJ) $(B)/libmtsweep.a
	@mkdir -p $(@D)
	$(MPICC) $(CFLAGS_ALL) $(HDF5_CFLAGS) -Itests -o $@ $< $(filter-out %/app/main.o,$(MPI_OBJ)) $(B)/libmtsweep.a $(LDFLAGS) $(HDF5_LIBS) $(CHECK_LIBS) $(CORE_LIBS)

tests: $(B)/mtsweep $(UNIT) $(DOUBLE) $(MPI_T)

clean: ## remove build/
	rm -rf build

-include $(CORE_OBJ:.o=.d) $(MPI_OBJ:.o=.d) $(REAL_OBJ:.o=.d) $(wildcard $(B)/tests/*.d)
