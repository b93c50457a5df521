"""A sweep: the runs of a file, or some of them."""
from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from . import axes as axes_module
from . import show, trials
from .file import FINISHED, File
from .network import ARCHITECTURES, Network

GROUPS = ("config", "state", "result", "score", "history", "measure", "trace", "weights", "session")
QUADRANTS = ("++", "-+", "--", "+-")  # as the file has them
SAMPLES = ("split", "fold", "fit")  # axes of a table beside run


class Tree(Mapping[str, xr.Dataset]):
    """The groups of a sweep by name, read when they are used. tree["score/r2"] is a variable of one."""

    def __init__(self, sweep: Sweep):
        self._sweep = sweep

    def __getitem__(self, name: str) -> Any:
        group, _, variable = name.strip("/").partition("/")
        if group not in self._sweep.groups:
            raise KeyError(f"{self._sweep.path} has no group {group}")
        dataset = self._sweep.group(group)
        return dataset[variable] if variable else dataset

    def __iter__(self) -> Iterator[str]:
        return iter(self._sweep.groups)

    def __len__(self) -> int:
        return len(self._sweep.groups)

    def __repr__(self) -> str:
        return show.tree_text(self)

    def _repr_html_(self) -> str:
        return show.tree_html(self)


class Sweep:
    """Groups of the file as xarray Datasets: config, state, result, score, history, measure, trace, weights, session.

    Coordinates of the runs are the config fields that vary, and their state, but where the group has a variable of
    that name; those of trace are also the phase of each step, and quadrant and kind (noisy, grid) of each trial.
    Floating-point numbers are read when they are used; in rows of runs without results they are NaN.

    path; attrs: the attributes of the file: name, question, sweep (the sweep file), versions, ...; varying: names of
    the config fields that vary over the file's runs, in the order of the sweep file."""

    path: str
    attrs: dict[str, Any]
    varying: list[str]

    def __init__(self, path: str | os.PathLike[str]):
        self._open(File(path), None)

    # ---- the file ----

    def refresh(self) -> Sweep:
        """Reads the file again, which may have filled meanwhile. Returns the sweep itself."""
        self._open(File(self.path), self._rows)
        return self

    def _open(self, file: File, rows: np.ndarray | None) -> None:
        self._file, self._rows = file, rows
        self.path, self.attrs = file.path, file.attrs
        self._read: dict[str, xr.Dataset] = {}
        self._finished = np.isin(file.group("state").state.values, FINISHED)
        config = file.group("config")
        varying = [str(name) for name, values in config.data_vars.items() if axes_module.differs(values.values)]
        self.varying = axes_module.in_order(varying, f"{self.attrs.get('sweep', '')}\n{self.attrs.get('sweep_set', '')}")

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups that the file has."""
        known = tuple(name for name in GROUPS if name in self._file.columns)
        return known + tuple(name for name in self._file.columns if name not in GROUPS)

    def group(self, name: str) -> xr.Dataset:
        """A group as a Dataset; empty if the file has none of this name."""
        if name not in self._read:
            before = name in ("config", "state", "session")  # what is there without results
            dataset = self._file.group(name, None if before else self._finished)
            if "run" in dataset.dims:
                if self._rows is not None:
                    dataset = dataset.isel(run=self._rows)
                if name != "config":
                    dataset = dataset.assign_coords(self._along_run(dataset))
            self._read[name] = self._label_trials(dataset) if name == "trace" else dataset
        return self._read[name]

    def _along_run(self, dataset: xr.Dataset) -> dict[str, Any]:
        fields = {name: self.config[name] for name in self.varying}
        if "state" not in dataset.variables:
            fields["state"] = self.state.state
        taken = set(dataset.variables) | set(dataset.dims)
        return {name: ("run", field.values, field.attrs) for name, field in fields.items() if name not in taken}

    def _label_trials(self, trace: xr.Dataset) -> xr.Dataset:
        """What the file says of steps and trials, as coordinates phase, quadrant and kind."""
        known: dict[str, Any] = {}
        if "phase" in trace:
            known["phase"] = "step", trace.phase.values, trace.phase.attrs
        if "trial_kind" in trace:
            of_run = trace.run_set.values
            signs = trace.quadrant.values[of_run]
            numbers = np.select([signs == sign for sign in QUADRANTS], [1, 2, 3, 4], 0).astype(np.int64)
            known["quadrant"] = "trial", numbers, {
                "long_name": "quadrant of the last two latents, 1 (+,+), 2 (-,+), 3 (-,-), 4 (+,-); 0 = between them"}
            known["kind"] = "trial", trace.trial_kind.values[of_run], trace.trial_kind.attrs
        trace = trace.drop_vars([name for name in ("phase", "quadrant", "trial_kind") if name in trace])
        return trace.assign_coords({name: alike(dim, values, attrs) for name, (dim, values, attrs) in known.items()})

    @property
    def config(self) -> xr.Dataset:
        """All config fields of the runs."""
        return self.group("config")

    @property
    def state(self) -> xr.Dataset:
        """What has become of the runs: state, times, host, reason."""
        return self.group("state")

    @property
    def result(self) -> xr.Dataset:
        """Numbers of a run: loss, accuracy, median r2 by split, ..."""
        return self.group("result")

    @property
    def score(self) -> xr.Dataset:
        """Decoder scores (run, split, fold, fit)."""
        return self.group("score")

    @property
    def history(self) -> xr.Dataset:
        """Training curves (run, point)."""
        return self.group("history")

    @property
    def measure(self) -> xr.Dataset:
        """What the key `measure` of the sweep file asks for."""
        return self.group("measure")

    @property
    def trace(self) -> xr.Dataset:
        """States and readout on the evaluation trials, and these trials."""
        return self.group("trace")

    @property
    def weights(self) -> xr.Dataset:
        """Parameters, encoder, boundaries; see tensors."""
        return self.group("weights")

    @property
    def session(self) -> xr.Dataset:
        """Calls of mtsweep run on the file."""
        return self.group("session")

    @property
    def tree(self) -> Tree:
        """The groups by name."""
        return Tree(self)

    # ---- which runs ----

    def __len__(self) -> int:
        return self.config.sizes["run"]

    def select(self, **conditions: Any) -> Sweep:
        """The runs where all conditions hold, as a Sweep; nothing is read. A condition is a config field, `state` or
        `run` with a value, a list of values, or a function of the column that gives a bool for each run."""
        kept = np.ones(len(self), dtype=bool)
        for name, wanted in conditions.items():
            column = self._field(name)
            kept &= np.asarray(wanted(column), dtype=bool) if callable(wanted) else among(column, wanted)
        rows = np.flatnonzero(kept) if self._rows is None else self._rows[kept]
        part = object.__new__(Sweep)
        part._open(self._file, rows)  # pylint: disable=protected-access
        return part

    def _field(self, name: str) -> np.ndarray:
        if name == "state":
            return self.state.state.values
        if name == "run" or name in self.config:
            return self.config[name].values
        near = difflib.get_close_matches(name, [*map(str, self.config.data_vars), "state", "run"], 1)
        raise KeyError(f"no config field {name}" + (f"; did you mean {near[0]}?" if near else ""))

    def _row(self, run: int) -> int:
        found = np.flatnonzero(self.config.run.values == run)
        if not len(found):
            raise KeyError(f"no run {run} in this sweep")
        return int(found[0])

    # ---- tables ----

    def runs(self, fields: str | list[str] = "varying") -> pd.DataFrame:
        """A line a run: config fields (those that vary, "all", or the ones named), state, results, and the measures of
        one number that were taken. The index is the run."""
        if isinstance(fields, str):
            fields = self.varying if fields == "varying" else [str(name) for name in self.config.data_vars]
        columns = {name: self.config[name].values for name in fields}
        columns["state"] = self.state.state.values
        columns.update({str(name): values.values for name, values in self.result.data_vars.items()
                        if values.dims == ("run",) and name not in columns})
        columns.update({str(name): values.values for name, values in self.measure.data_vars.items()
                        if values.dims == ("run",) and name not in columns and not pd.isna(values.values).all()})
        columns.update({name: self.state[name].values for name in ("attempts", "seconds", "host", "reason")
                        if name in self.state and name not in columns})
        return pd.DataFrame(columns, index=pd.Index(self.config.run.values, name="run"))

    def table(self) -> pd.DataFrame:
        """Tidy scores: a line a run, split, fold and fit, with the config fields that vary, the state, and a column for
        each score. Scores are NaN where a run has no results, or fewer folds or fits than others."""
        score = self.score
        names = [str(name) for name, values in score.data_vars.items() if values.dims == ("run", *SAMPLES)]
        if not names:
            return pd.DataFrame(columns=["run", *self.varying, "state", *SAMPLES])
        sizes = [score.sizes[axis] for axis in SAMPLES]
        each = int(np.prod(sizes))
        columns = {"run": np.repeat(score.run.values, each)}
        for name in self.varying:
            columns[name] = np.repeat(self.config[name].values, each)
        columns["state"] = np.repeat(self.state.state.values, each)
        for number, axis in enumerate(SAMPLES):
            shape = [-1 if i == number else 1 for i in range(len(SAMPLES))]
            values = np.broadcast_to(score[axis].values.reshape(shape), sizes)
            columns[axis] = np.tile(values.ravel(), len(self))
        columns.update({name: score[name].values.ravel() for name in names})
        return pd.DataFrame(columns)

    # ---- the grid ----

    @property
    def axes(self) -> dict[str, np.ndarray]:
        """Names and values of the sweep's axes, the slowest first. Fields that follow from others are none; a sweep of
        variants, which changes one field after the other, has the axis `variant` with a label for each."""
        return {axis.name: axis.values for axis in self._axes()}

    def _axes(self) -> list[axes_module.Axis]:
        fields = {name: self.config[name].values for name in self.varying}
        return axes_module.found({name: values for name, values in fields.items() if axes_module.differs(values)})

    def grid(self, name: str | xr.DataArray) -> xr.DataArray:
        """A quantity with the axes of the sweep in the place of run: a name of /result, /measure or /state, a path such as
        "score/r2", or any DataArray along run. NaN where there is no run, or no result; coordinate run is -1 there."""
        column = name if isinstance(name, xr.DataArray) else self._column(name)
        if column.dims[:1] != ("run",):
            raise ValueError(f"{column.name} is not along run")
        axes = self._axes()
        shape = tuple(len(axis.values) for axis in axes)
        at = tuple(axis.number for axis in axes)
        values = column.values
        kind = np.result_type(values.dtype, np.float32) if values.dtype.kind in "iuf" else values.dtype
        cells = np.full((*shape, *values.shape[1:]), "" if kind.kind == "O" else np.nan, dtype=kind) \
            if kind.kind in "fO" else np.zeros((*shape, *values.shape[1:]), dtype=kind)
        cells[at if at else ()] = values if at else values[0]
        run = np.full(shape, -1, dtype=np.int64)
        run[at if at else ()] = self.config.run.values if at else self.config.run.values[0]
        dims = tuple(axis.name for axis in axes)
        coords: dict[str, Any] = {axis.name: (axis.name, axis.values, self._attrs(axis.name)) for axis in axes}
        coords["run"] = (dims, run, {"long_name": "run in this cell, -1 = none"})
        coords.update(self._followers(axes))
        coords.update({str(key): part for key, part in column.coords.items() if "run" not in part.dims and part.dims})
        return xr.DataArray(cells, coords, (*dims, *column.dims[1:]), name=column.name, attrs=column.attrs)

    def _attrs(self, field: str) -> dict[str, Any]:
        return dict(self.config[field].attrs) if field in self.config else {"long_name": "what differs from the first"}

    def _followers(self, axes: list[axes_module.Axis]) -> dict[str, Any]:
        """The other varying fields, where each follows from one axis."""
        names = {axis.name for axis in axes}
        found = {}
        for name in (name for name in self.varying if name not in names):
            values = self.config[name].values
            for axis in axes:
                first = np.array([int(np.argmax(axis.number == i)) for i in range(len(axis.values))])
                if axis.name != "seed" and (values[first][axis.number] == values).all():
                    found[name] = axis.name, values[first], dict(self.config[name].attrs)
                    break
        return found

    def _column(self, name: str) -> xr.DataArray:
        if "/" in name:
            return self.tree[name]
        for group in ("result", "measure", "state", "config"):
            if name in self.group(group).data_vars:
                return self.group(group)[name]
        raise KeyError(f"no quantity {name} in /result, /measure or /state; others go by a path, like score/r2")

    # ---- a run ----

    def configuration(self, run: int) -> dict[str, Any]:
        """All config fields of a run."""
        row = self._row(run)
        return {str(name): values.values[row] for name, values in self.config.data_vars.items()}

    def traces(self, run: int) -> xr.Dataset:
        """States and readout of a run on its evaluation trials, with these, in the sizes of the run: without what larger
        runs of the file need more. ValueError if the file stores none."""
        config, row = self.configuration(run), self._row(run)
        if config["trace"] == "none" or "latents" not in self.trace:
            raise ValueError(f"{self.path} stores no evaluation trials")
        spans = trials.periods(config)
        sizes = {"step": 1 if config["trace"] == "last" else spans.steps, "stimulus_step": spans.stimulus,
                 "unit": int(config["units"]), "task": int(config["tasks"]), "latent": int(config["latents"])}
        trace = self.trace.isel(run=row, set=int(self.trace.run_set.values[row]))
        trace = trace.isel({name: slice(size) for name, size in sizes.items() if name in trace.dims})
        trace = trace.drop_vars([name for name in ("run_set", "set") if name in trace.variables])
        return trace.assign_coords(step=[spans.steps - 1]) if config["trace"] == "last" else trace

    def tensors(self, run: int, block: str = "parameters") -> dict[str, np.ndarray]:
        """{name: array} of a run's trained parameters, or of its encoder (block="encoder"). Weights are [in][out];
        vectors have one row."""
        weights, row = self.weights, self._row(run)
        if block not in weights:
            return {}
        values = weights[block].isel(run=row).values
        mine = (weights.tensor_layout.values == weights.run_layout.values[row]) & (weights.tensor_block.values == block)
        table = {}
        for i in np.flatnonzero(mine):
            rows, columns, start = (int(weights[f"tensor_{what}"].values[i]) for what in ("rows", "cols", "offset"))
            table[str(weights.tensor_name.values[i])] = values[start:start + rows * columns].reshape(rows, columns)
        return table

    def network(self, run: int, dtype: Any = np.float32) -> Network:
        """The trained network of a run, to call; in float64 it computes more precisely than the program, from the same
        parameters. ValueError if the run has no result."""
        state = str(self.state.state.values[self._row(run)])
        if state not in FINISHED:
            raise ValueError(f"run {run} is {state}: it has no trained network")
        config = self.configuration(run)
        make: Callable[..., Network] | None = ARCHITECTURES.get(config["arch"])
        if make is None:
            raise ValueError(f"run {run} has architecture {config['arch']}, which this reader does not know")
        blocks = [{name: values.astype(dtype) for name, values in self.tensors(run, block).items()}
                  for block in ("parameters", "encoder")]
        return make(run, config, *blocks, lambda: self.traces(run))

    # ---- to look at ----

    def close(self) -> None:
        """Forgets what was read. The file is open only while something is read from it."""
        self._read.clear()

    def __enter__(self) -> Sweep:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return show.sweep_text(self)

    def _repr_html_(self) -> str:
        return show.sweep_html(self)


def alike(dim: str, values: np.ndarray, attrs: dict[str, Any]) -> xr.Variable:
    """A coordinate (run, dim), or along dim alone where all runs agree."""
    if len(values) and (values == values[0]).all():
        return xr.Variable((dim,), values[0], attrs)
    return xr.Variable(("run", dim), values, attrs)


def among(column: np.ndarray, wanted: Any) -> np.ndarray:
    """Where a column has one of the wanted values; numbers are compared to rounding."""
    values = [wanted] if isinstance(wanted, str) or not np.iterable(wanted) else list(wanted)
    if column.dtype.kind in "iuf":
        return np.any([np.isclose(column, float(value), rtol=1e-9, atol=0) for value in values] or
                      [np.zeros(len(column), dtype=bool)], axis=0)
    return np.isin(column.astype(str), [str(value) for value in values])
