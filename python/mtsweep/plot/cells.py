"""Medians and quartiles, as the program's own tables have them (`mtsweep show --csv`)."""
from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .. import program
from ..axes import differs
from ..sweep import Sweep, among

NUMBERS = ("runs", "missing", "values", "median", "q25", "q75", "ideal")


def numbers(sweep: Sweep, scores: str | Sequence[str], by: Sequence[str] = ()) -> pd.DataFrame:
    """A line a score and cell: score, the fields of `by`, and runs, missing (not done), values, median, q25, q75, ideal.
    Fields that are not in `by` are pooled; without `by` everything is but the fields of a single value. Of a selection the
    cells are those of its values. ValueError for a score or field that is none, and for a selection that is not made of whole
    cells."""
    names = [scores] if isinstance(scores, str) else list(scores)
    fields, kept = conditions(sweep, list(by))
    fields = fields or [sweep.varying[0] if sweep.varying else "seed"]
    if not by and not kept:  # one cell for all: a field of one value
        fields = [next(str(name) for name in sweep.config.data_vars if not differs(sweep.config[name].values))]
    try:
        printed = program.ask("show", "--csv", "--score", ",".join(names), "--by", ",".join(fields), "--", sweep.path)
    except program.Refused as error:
        raise ValueError(str(error)) from error
    cells = pd.read_csv(io.StringIO(printed), keep_default_na=False, na_values={name: [""] for name in NUMBERS})
    for name, values in kept.items():
        cells = cells[among(cells[name].values, values)]
    present = cells[cells.score == names[0]]
    if sweep.path and int(present.runs.sum()) != len(sweep):
        raise ValueError("figures show whole cells of a sweep: select all or one of the values of fields that are no axis of the "
                         "figure, or make a file of the selection by `mtsweep slim --where`")
    return cells[["score", *by, *NUMBERS]].reset_index(drop=True)


def conditions(sweep: Sweep, by: list[str]) -> tuple[list[str], dict[str, Any]]:
    """Fields to tell cells apart, and the values of them that a selection keeps."""
    if sweep._rows is None:  # pylint: disable=protected-access
        return by, {}
    whole = Sweep(sweep.path)
    fields, kept = list(by), {}
    for name in whole.varying:
        here = np.unique(sweep.config[name].values)
        if len(here) < len(np.unique(whole.config[name].values)):
            kept[name] = list(here)
            fields += [name] * (name not in fields)
    if any(name not in by and len(values) > 1 for name, values in kept.items()):
        raise ValueError(f"a selection of several values of {', '.join(n for n in kept if n not in by)} is no axis of this figure")
    return fields, kept


def statistic(sweep: Sweep, cells: pd.DataFrame) -> str:
    """Median, quartiles and n in words."""
    cells = cells[cells["values"] > 0]
    networks = (cells.runs - cells.missing).astype(int)
    values = cells["values"].astype(int)
    folds, fits = (sweep.score.sizes.get(name, 1) for name in ("fold", "fit"))
    if (values == networks).all():
        return f"Median and quartiles over n = {span(networks)} network{plural(networks)}"
    each = f"{span(networks)} network{plural(networks)}"
    if (values == networks * folds * fits).all():
        each += f" × {folds} folds × {fits} fit{'s' * (fits > 1)}"
    elif (values == networks * folds).all():
        each += f" × {folds} folds"
    return f"Median and quartiles over n = {span(values)} ({each})"


def plural(values: pd.Series) -> str:
    return "" if len(values) and int(values.max()) == 1 else "s"


def span(values: pd.Series) -> str:
    if not len(values):
        return "0"
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def unfinished(sweep: Sweep) -> str:
    missing = int((sweep.state.state.values != "done").sum())
    return f" {missing} of {len(sweep)} runs are not done and not shown." if missing else ""
