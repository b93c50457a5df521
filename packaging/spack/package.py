"""Spack recipe. As a repository of one's own: copy to REPO/packages/mtsweep/package.py, `spack repo add REPO`, then in a checkout
`spack dev-build mtsweep@main`."""
from spack.package import *


class Mtsweep(MakefilePackage):
    """Trains sweeps of small recurrent networks on many tasks each, over MPI ranks, into one HDF5 file."""

    license("MIT")

    # Releases are added here as version("X.Y.Z", sha256="...") with their source archive.
    version("main")

    variant("python", default=True, description="Python packages that read the files")

    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5+mpi+hl")
    depends_on("openblas threads=none")
    depends_on("libyaml")
    depends_on("zlib-api")
    depends_on("random123")
    depends_on("python@3.9:", type="run", when="+python")
    depends_on("py-h5py", type="run", when="+python")
    depends_on("py-xarray", type="run", when="+python")
    depends_on("py-pandas", type="run", when="+python")
    depends_on("py-matplotlib", type="run", when="+python")

    @property
    def common(self):
        spec = self.spec
        return [
            f"PREFIX={self.prefix}",
            f"MPICC={spec['mpi'].mpicc}",
            f"HDF5_DIR={spec['hdf5'].prefix}",
            f"OPENBLAS_DIR={spec['openblas'].prefix}",
            f"CFLAGS=-g -I{spec['random123'].prefix.include}",
        ]

    def build(self, spec, prefix):
        make(*self.common)

    def install(self, spec, prefix):
        make("install", *self.common)

    def setup_run_environment(self, env):
        if self.spec.satisfies("+python"):
            env.prepend_path("PYTHONPATH", join_path(self.prefix, "share", "mtsweep", "python"))
