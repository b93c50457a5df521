# Where the libraries are: HDF5_DIR= and OPENBLAS_DIR= on module systems, else what pkg-config says, else what h5pcc shows, else
# the compiler's own search path. MPI=mpich or openmpi takes one of those that Debian installs side by side.
pkg    = $(shell for p in $(2); do pkg-config --exists $$p 2>/dev/null && pkg-config --$(1) $$p && break; done)
libdir = $(foreach d,$(wildcard $(1)/lib $(1)/lib64),-L$(d) -Wl,-rpath,$(d))
HDF5_PC := $(if $(MPI),hdf5-$(MPI),hdf5-openmpi hdf5-mpi hdf5-mpich hdf5)
H5PCC   := $(if $(or $(HDF5_DIR),$(call pkg,modversion,$(HDF5_PC))),,$(shell h5pcc -show 2>/dev/null))
BLAS_CFLAGS := $(if $(OPENBLAS_DIR),-I$(OPENBLAS_DIR)/include,$(call pkg,cflags,openblas))
BLAS_LIBS   := $(if $(OPENBLAS_DIR),$(call libdir,$(OPENBLAS_DIR)) -lopenblas,$(or $(call pkg,libs,openblas),-lopenblas))
HDF5_CFLAGS := $(if $(HDF5_DIR),-I$(HDF5_DIR)/include,$(or $(filter -I% -D%,$(H5PCC)),$(call pkg,cflags,$(HDF5_PC))))
HDF5_LIBS   := $(if $(HDF5_DIR),$(call libdir,$(HDF5_DIR)),$(call pkg,libs-only-L,$(HDF5_PC)) $(filter -L% -Wl%,$(H5PCC)) \
               $(patsubst %,-L%,$(dir $(filter %/libhdf5.a,$(H5PCC))))) -lhdf5_hl -lhdf5
CORE_LIBS   := $(BLAS_LIBS) $(or $(call pkg,libs,yaml-0.1),-lyaml) $(or $(call pkg,libs,zlib),-lz) -lm
CHECK_LIBS  := $(or $(call pkg,libs,check),-lcheck)
