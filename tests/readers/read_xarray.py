"""Opens every group of an output file with xarray, plainly and through the package in python/.

    read_xarray.py FILE NUMBERS        NUMBERS as read_h5py.py wrote them
"""
import os
import sys
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "python"))

import h5py
import numpy as np
import xarray as xr

import mtsweep

warnings.simplefilter("ignore", RuntimeWarning)  # xarray, on times that are not yet
path = sys.argv[1]
failed = 0


def report(name, faults):
    global failed
    failed += bool(faults)
    print(f"not ok {name}: {'; '.join(str(f) for f in faults[:5])}" if faults else f"ok {name}")


def table(numbers):
    with open(numbers, encoding="ascii") as lines:
        for line in lines:
            group, name, kind, rank, *rest = line.split()
            yield group, name, kind, tuple(int(n) for n in rest[:int(rank)]), float(rest[-2])


def plain(group, engine):
    """What xarray makes of a group, against what h5py saw."""
    faults = []
    with xr.open_dataset(path, group=group, engine=engine, decode_times=False) as dataset:
        for _, name, _, shape, total in (row for row in table(sys.argv[2]) if row[0] == group):
            if name not in dataset.variables:
                faults.append(f"{name} is missing")
            elif dataset[name].shape != shape:
                faults.append(f"{name} has shape {dataset[name].shape}, not {shape}")
            elif dataset[name].attrs.get("text") or name == "state":
                if not np.isclose(float(dataset[name].sum()), total):
                    faults.append(f"{name} sums to {float(dataset[name].sum())}, not {total}")
                if name != "state" and dataset[name].dtype != np.uint8:
                    faults.append(f"{name} is {dataset[name].dtype}")
        for dimension in dataset.dims:
            if dimension not in dataset.coords:
                faults.append(f"{dimension} has no coordinate")
        if "run" in dataset.dims and dataset["run"].dtype != np.int64:
            faults.append(f"run is {dataset['run'].dtype}")
        if "split" in dataset.dims and dataset["split"].attrs["flag_meanings"] != "id ood ood_published":
            faults.append(f"split is {dataset['split'].attrs}")
    return faults


# Plain xarray, with each engine that is installed, and as it chooses.
with h5py.File(path, "r") as file:
    groups = list(file)
for engine in (None, "netcdf4", "h5netcdf"):
    if engine and engine not in xr.backends.list_engines():
        print(f"ok xarray with engine {engine} # SKIP not installed")
        continue
    for group in groups:
        report(f"xarray opens group {group}, {f'engine {engine}' if engine else 'its own choice of engine'}", plain(group, engine))
    with xr.open_dataset(path, engine=engine) as root:
        report(f"xarray has the file's attributes, {engine or 'any engine'}",
               [] if root.attrs["Conventions"] == "CF-1.10" and "Channel 0 is fixation" in root.attrs.get("network", "Channel 0 is fixation")
               else [list(root.attrs)])

try:
    import netCDF4
except ImportError:
    print("ok netCDF4 # SKIP not installed")
else:
    with netCDF4.Dataset(path) as dataset:
        faults = []
        for group, name, kind, shape, total in table(sys.argv[2]):
            found = dataset[group][name]
            values = np.ma.getdata(found[...]).astype(float)
            if str(found.dtype) != kind or found.shape != shape or not np.isclose(np.nansum(values), total):
                faults.append(f"{group}/{name} is {found.dtype} {found.shape}, sum {np.nansum(values)} for {total}")
        report("netCDF4 reads every dataset with the same numbers", faults)

# The reader of the project.
sweep = mtsweep.open(path)
with h5py.File(path, "r") as file:
    faults = []
    words = np.array(file["state/state"].attrs["flag_meanings"].decode().split())[file["state/state"][()]]
    if list(sweep.state.state.values) != list(words):
        faults.append(f"states are {sweep.state.state.values}")
    if list(sweep.config.tasks.values) != list(file["config/tasks"][()]) or sweep.config.tasks.dtype.kind != "i":
        faults.append(f"tasks are {sweep.config.tasks.values}")
    arch = np.array(file["config/arch"].attrs["flag_meanings"].decode().split())[file["config/arch"][()]]
    if list(sweep.config.arch.values) != list(arch):
        faults.append(f"arch is {sweep.config.arch.values}")
    report("the package decodes states and choices", faults)

    faults = []
    if "score/r2" in file:
        ood = sweep.score.r2.sel(split="ood")
        stored = file["score/r2"][:, 1]
        stored[~np.isin(words, ("done", "diverged"))] = np.nan  # what lies there is of before a reset
        if not np.array_equal(ood.values, stored, equal_nan=True):
            faults.append("r2 of split ood")
        for name in sweep.varying:
            if name not in ood.coords or list(ood.coords[name].values) != list(sweep.config[name].values):
                faults.append(f"coordinate {name}")
    report("the package labels runs with their configs", faults)

    faults = []
    for row in np.flatnonzero(words == "done")[:10]:
        run = file["axis/run"][row]  # of a part of a sweep
        for block in ("parameters", "encoder"):
            if f"weights/{block}" not in file:
                continue
            flat = np.concatenate([t.ravel() for t in sweep.tensors(run, block).values()] or [np.zeros(0)])
            if not np.array_equal(flat, file[f"weights/{block}"][row, :flat.size]):
                faults.append(f"{block} of run {run}")
            if block == "parameters" and flat.size == 0:
                faults.append(f"run {run} has no tensors")
    report("the package cuts weights into tensors", faults)
sweep.close()
sys.exit(failed > 0)
