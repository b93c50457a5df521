"""Reads the output file of a sweep, also while the sweep runs.

    import mtsweep
    sweep = mtsweep.open("fig3.h5")
    sweep                                              # shows itself, in a notebook as a page
    sweep.runs()                                       # DataFrame, a line a run
    sweep.table()                                      # DataFrame, a line a run, split, fold and fit
    sweep.select(arch="lstm", tasks=[2, 24])           # a Sweep of these runs
    sweep.grid("ood_r2")                               # DataArray with the axes of the sweep as dimensions
    sweep.score.r2.sel(split="ood")                    # (run, fold, fit); config fields are coordinates
    sweep.trace.hidden.sel(run=3)                      # read from the disk when it is used
    net = sweep.network(3)                             # the trained network
    net(net.trials().inputs.values)                    # its states
    mtsweep.report("fig3.h5", "report.html")           # a page to look at, to mail and to print

`python3 -m mtsweep fig3.h5` prints what is in the file. Needs numpy, h5py, xarray and pandas; PyTorch
for Network.torch only.
"""
from __future__ import annotations

import os as _os
import pathlib as _pathlib

# A sweep takes no lock for its file, and file systems of clusters often have none.
_os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

from .network import Network
from .report import report
from .sweep import Sweep, Tree

__all__ = ["Network", "Sweep", "Tree", "open", "report"]
__version__ = _pathlib.Path(__file__).with_name("VERSION").read_text().strip()


def open(path: str | _os.PathLike[str]) -> Sweep:  # pylint: disable=redefined-builtin
    """Opens the file of a sweep. It may go on filling: Sweep.refresh reads it again. OSError if it cannot be
    read, ValueError if it is none of mtsweep's, or of a format that this reader does not know."""
    return Sweep(path)
