#!/usr/bin/env python3
"""Reads the output file of a sweep, also while the sweep runs.

    import mtsweep
    sweep = mtsweep.open("fig3.h5")
    ood = sweep.score.r2.sel(split="ood")              # (run, fold, fit), labelled
    ood.groupby("tasks").median(...)                   # config fields are coordinates of the runs
    ood.where(ood.arch == "lstm", drop=True)
    sweep.state.state                                  # "done", "failed", ...
    sweep.trace.hidden.sel(run=3)                      # read from the disk when it is used
    sweep.tensors(run=3)["W_rec"]                      # weights, cut up and in shape

`python3 mtsweep.py fig3.h5` prints what is in the file. Needs numpy, xarray, h5py and h5netcdf.
"""
import os
import sys
import warnings

# A sweep takes no lock for its file, and file systems of clusters often have none.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

import h5py
import numpy as np
import xarray as xr

FORMAT_VERSION = 2
GROUPS = ("config", "state", "result", "score", "history", "measure", "trace", "weights", "session")


def text(value):
    """An attribute as str (h5py gives fixed-length text as bytes), a number, or an array."""
    return value.decode("utf-8") if isinstance(value, bytes) else value


def decode(dataset):
    """Choices become words, "" where there is none; whole numbers without gaps whole numbers again."""
    for name, variable in list(dataset.data_vars.items()):
        meanings = variable.attrs.get("flag_meanings")
        if meanings is not None:
            words = np.array(meanings.split() + [""], dtype=object)
            number = np.nan_to_num(variable.values.astype(float), nan=len(words) - 1).astype(int)
            number = np.where(number < len(words), number, len(words) - 1)
        elif variable.encoding.get("dtype", np.dtype(float)).kind != "i" or variable.dtype.kind != "f":
            continue
        elif np.isnan(variable.values).any():
            continue
        attributes = {k: v for k, v in variable.attrs.items() if not k.startswith("flag_")}
        values = words[number] if meanings is not None else variable.values.astype(np.int64)
        dataset[name] = (variable.dims, values, attributes)
    return dataset


class Sweep:
    """The groups of a file as xarray Datasets: config, state, result, score, history, trace, weights,
    session. Coordinates of the runs are the config fields that vary, and their state, but where the
    group has a variable of that name. attrs holds the attributes of the file: name, question, sweep
    (the sweep file), versions, ..."""

    def __init__(self, path):
        self.path = os.fspath(path)
        try:
            with h5py.File(self.path, "r") as file:
                self.attrs = {key: text(value) for key, value in file.attrs.items()}
        except OSError as error:
            raise OSError(f"{self.path}: cannot be read: {error}") from None
        if self.attrs.get("format") != "mtsweep":
            raise ValueError(f"{self.path} is not a file of mtsweep")
        if self.attrs["format_version"] != FORMAT_VERSION:
            raise ValueError(f"{self.path} has format version {self.attrs['format_version']}, and this "
                             f"reader knows version {FORMAT_VERSION} only")
        for group in GROUPS:
            setattr(self, group, self._group(group))
        self.varying = [name for name, field in self.config.data_vars.items()
                        if len(np.unique(field.values.astype(str))) > 1]
        along_run = {name: self.config[name] for name in self.varying}
        along_run["state"] = self.state["state"]
        for group in GROUPS[1:-1]:
            dataset = getattr(self, group)
            new = {name: ("run", field.values, field.attrs) for name, field in along_run.items()
                   if name not in dataset.variables}
            setattr(self, group, dataset.assign_coords(new) if "run" in dataset.dims else dataset)

    def _group(self, group):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of xarray, on times that are not yet
            dataset = xr.open_dataset(self.path, group=group, engine="h5netcdf")
            for variable in dataset.variables.values():
                if variable.dtype.kind == "M":
                    variable.load()
        return decode(dataset)

    def tensors(self, run, block="parameters"):
        """{name: array} of a run's trained parameters, or of its encoder (block="encoder"). Weights
        are [in][out]; vectors have one row."""
        weights = self.weights
        row = weights[block].sel(run=run).values
        mine = (weights.tensor_layout.values == int(weights.run_layout.sel(run=run))) & \
               (weights.tensor_block.values == block)
        table = {}
        for i in np.flatnonzero(mine):
            rows, columns, start = (int(weights[f"tensor_{what}"][i]) for what in ("rows", "cols", "offset"))
            table[str(weights.tensor_name.values[i])] = row[start:start + rows * columns].reshape(rows, columns)
        return table

    def close(self):
        for group in GROUPS:
            getattr(self, group).close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return overview(self)


def open(path):  # pylint: disable=redefined-builtin
    """Opens the file; it can go on growing in rows. OSError or ValueError if it is none of ours."""
    return Sweep(path)


def shorten(values, most=8):
    words = [str(value) for value in values]
    return " ".join(words if len(words) <= most else words[:most - 1] + ["...", words[-1]])


def overview(sweep):
    """What is in the file, as text."""
    states, counts = np.unique(sweep.state.state.values.astype(str), return_counts=True)
    lines = [f"{sweep.attrs.get('name', sweep.path)}  {sweep.attrs.get('question', '')}".rstrip(),
             f"{sweep.state.sizes['run']} runs: " +
             ", ".join(f"{count} {state}" for state, count in zip(states, counts))]
    for name in sweep.varying:
        lines.append(f"  {name:<16} {shorten(np.unique(sweep.config[name].values))}")
    number = sweep.session.number.values
    lines.append(f"{number.max()} sessions" +
                 (f", the last on {sweep.session.host.values[number.argmax()]}" if number.max() > 0 else ""))
    for group in GROUPS:
        dataset = getattr(sweep, group)
        lines.append(f"{group}")
        for name, variable in dataset.data_vars.items():
            axes = ", ".join(f"{axis} {variable.sizes[axis]}" for axis in variable.dims)
            unit = variable.attrs.get("units", "")
            unit = f" [{unit}]" if unit not in ("", "1") else ""
            lines.append(f"  {name:<18} ({axes})  {variable.attrs.get('long_name', '')}{unit}")
    return "\n".join(lines)


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: mtsweep.py FILE", file=sys.stderr)
        return 2
    try:
        with open(arguments[0]) as sweep:
            print(overview(sweep))
    except (OSError, ValueError) as error:
        print(f"mtsweep.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
