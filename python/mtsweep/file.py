"""The file itself: its groups as xarray Datasets whose floating-point numbers are read when they are used.

A file holds a dataset a quantity, a row a run. Text is bytes along a last axis. Text, choices and whole numbers are small and read at once;
choices become words, times become datetime64, and a gap in whole numbers makes them floating-point with NaN.
A row has results once its state says so: until then, whatever bytes lie there count as missing.
"""
from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

FORMAT_VERSION = 4
TIME_UNIT = "seconds since 1970-01-01"
TEXT_AXES = ("text32", "text64", "text256")  # bytes of text
NAMED = {"split": "split_name", "fold": "fold_name"}  # coordinates, and the text of what they number
FINISHED = ("done", "diverged")  # states of runs that have results


def text(value: Any) -> Any:
    """An attribute: text as str, numbers as they are."""
    return value.rstrip(b"\0").decode("utf-8") if isinstance(value, bytes) else value


def texts(values: np.ndarray) -> np.ndarray:
    """Text of a dataset, bytes along its last axis, as str."""
    rows = values.reshape(-1, values.shape[-1])
    return np.array([row.tobytes().rstrip(b"\0").decode("utf-8") for row in rows], dtype=object).reshape(values.shape[:-1])


@dataclass(frozen=True)
class Column:
    """What the file says of a dataset."""

    path: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attrs: dict[str, Any] = field(repr=False)

    @property
    def choices(self) -> list[str] | None:
        meanings = self.attrs.get("flag_meanings")
        return None if meanings is None else str(meanings).split()

    @property
    def shown(self) -> dict[str, Any]:
        """The attributes that still hold when the numbers have become words or times."""
        gone = ("flag_values", "flag_meanings", "_FillValue", "text", "CLASS", "NAME",
                "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS")
        return {name: value for name, value in self.attrs.items() if name not in gone}


class Rows(BackendArray):
    """The numbers of a floating-point dataset, NaN in the rows of runs without results."""

    def __init__(self, path: str, column: Column, missing: np.ndarray | None):
        self.path, self.name = path, column.path
        self.shape, self.dtype = column.shape, column.dtype
        self.missing = missing if missing is not None and missing.any() else None

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self.read)

    def read(self, key: tuple[Any, ...]) -> np.ndarray:
        """Of an orthogonal key, whose arrays do not fall."""
        with h5py.File(self.path, "r") as file:
            values = outer(file[self.name], key)
        if self.missing is None:
            return values
        gone = self.missing[key[0]]
        if np.ndim(gone) == 0:
            return np.full_like(values, np.nan) if gone else values
        values[gone] = np.nan
        return values


def outer(data: Any, key: tuple[Any, ...]) -> np.ndarray:
    """data[key]. Rows that follow each other are read together: libhdf5 takes long for a long list of them."""
    near = tuple(bounds(part) if isinstance(part, np.ndarray) else part for part in key)
    rows = key[0]
    if isinstance(rows, np.ndarray) and rows.size:
        stretches = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
        pieces = [data[(bounds(rows), *near[1:])][rows - rows[0]] for rows in stretches]
        values = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    else:
        values = data[near]
    axis = 0
    for number, part in enumerate(key):
        if number > 0 and isinstance(part, np.ndarray) and part.size:
            values = np.take(values, part - part[0], axis=axis)
        axis += isinstance(part, (np.ndarray, slice))
    return np.asarray(values)


def bounds(part: np.ndarray) -> slice:
    return slice(int(part[0]), int(part[-1]) + 1) if part.size else slice(0, 0)


class File:
    """The directory of a file, read once, and its groups."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = os.fspath(path)
        try:
            with h5py.File(self.path, "r") as file:
                self.attrs = {name: text(value) for name, value in file.attrs.items()}
                self.check()
                names = axis_names(file)
                self.columns = {group: directory(file, file[group], names) for group in file if group != "axis"}
        except OSError as error:
            raise OSError(f"{self.path}: cannot be read: {error}") from None

    def check(self) -> None:
        if self.attrs.get("format") != "mtsweep":
            raise ValueError(f"{self.path} is not a file of mtsweep")
        version = int(self.attrs["format_version"])
        if version != FORMAT_VERSION:
            raise ValueError(f"{self.path} has format version {version}, and this reader knows version {FORMAT_VERSION} only")

    def group(self, group: str, finished: np.ndarray | None = None) -> xr.Dataset:
        """A group as a Dataset; empty if the file has none of this name. finished: a bool a run; without it, no
        row is missing."""
        columns = self.columns.get(group, {})
        missing = None if finished is None else ~finished
        variables: dict[str, xr.Variable] = {}
        with h5py.File(self.path, "r") as file:
            for name, column in columns.items():
                if name in TEXT_AXES:
                    continue
                gone = missing if column.dims[:1] == ("run",) else None
                if column.dtype.kind == "f" and not str(column.attrs.get("units", "")).startswith(TIME_UNIT):
                    lazy = indexing.LazilyIndexedArray(Rows(self.path, column, gone))
                    data: Any = indexing.MemoryCachedArray(indexing.CopyOnWriteArray(lazy))
                else:
                    # What trace and weights say of a run in whole numbers is known before it starts.
                    gone = None if group in ("trace", "weights") else gone
                    stored = file[f"axis/{NAMED[name]}" if name in NAMED else column.path]
                    data = decode(column, stored[()], gone)
                dims = tuple(axis for axis in column.dims if axis not in TEXT_AXES)
                variables[name] = xr.Variable(dims, data, column.shown)
        dims = {name for variable in variables.values() for name in variable.dims}
        return xr.Dataset({name: variable for name, variable in variables.items() if name not in dims},
                          {name: variable for name, variable in variables.items() if name in dims})


def axis_names(file: h5py.File) -> dict[int, str]:
    """The name of each axis by the address of its scale."""
    if "axis" not in file:
        return {}
    return {h5py.h5o.get_info(scale.id).addr: name for name, scale in file["axis"].items()}


def directory(file: h5py.File, group: h5py.Group, names: dict[int, str]) -> dict[str, Column]:
    return {name: describe(file, f"{group.name}/{name}", name, data, names)
            for name, data in group.items() if isinstance(data, h5py.Dataset)}


def describe(file: h5py.File, path: str, name: str, data: h5py.Dataset, names: dict[int, str]) -> Column:
    attrs = {key: text(data.attrs[key]) for key in data.attrs if key not in ("DIMENSION_LIST", "REFERENCE_LIST")}
    if "DIMENSION_LIST" in data.attrs:
        scales = [h5py.h5r.dereference(of[0], file.id) for of in data.attrs["DIMENSION_LIST"]]
        dims = tuple(names[h5py.h5o.get_info(scale).addr] for scale in scales)
    else:
        dims = (name,)
    return Column(path, dims, data.shape, data.dtype, attrs)


def decode(column: Column, values: np.ndarray, missing: np.ndarray | None) -> np.ndarray:
    """Words for choices, "" where there is none; whole numbers, or NaN in their gaps; times; text."""
    if "text" in column.attrs or column.path.split("/")[-1] in NAMED:
        return texts(values)
    if str(column.attrs.get("units", "")).startswith(TIME_UNIT):
        known = np.isfinite(values)
        return np.where(known, np.where(known, values, 0) * 1e9, np.iinfo(np.int64).min).astype("datetime64[ns]")
    gap = np.zeros(values.shape, dtype=bool)
    if "_FillValue" in column.attrs:
        gap |= values == column.attrs["_FillValue"]
    if missing is not None:
        gap[missing] = True
    if column.choices is not None:
        words = np.array([*column.choices, ""], dtype=object)
        return words[np.where(gap | (values >= len(column.choices)), len(column.choices), values)]
    return np.where(gap, np.nan, values) if gap.any() else values
