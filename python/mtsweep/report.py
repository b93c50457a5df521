"""A report: one page about a sweep, to look at, to mail and to print. It asks no network for anything.

    mtsweep.report("fig3.h5", "report.html")
    python3 -m mtsweep report fig3.h5 -o report.html

The words and tables of the page are written here; report.js beside this draws maps, curves and the runs' own pages from
numbers that stand in the page, report.css says how it looks. Medians, quartiles, verdicts and progress are the program's
own (program.py). All text of the file is escaped, and the page's policy lets nothing but its own script run.
"""
from __future__ import annotations

import base64
import hashlib
import itertools
import json
import math
import os
import tempfile
import time
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from . import program, trials
from .file import FINISHED
from .sweep import Sweep

STATES = ("pending", "running", "done", "diverged", "failed")
DETAILED = 150  # runs with states and rasters
POINTS = 600_000  # numbers of all learning curves
SCORES = 1_000_000  # scores by split, fold and fit
PATHS, STEPS = 64, 60  # trials of a run, and steps of a trial, whose states are drawn
LISTED = 500  # failures, and cells of a table
AXIS = 64  # values of a field that can be an axis of a map
SECONDS = 20  # for the tables of pairs of fields
LONG = ("sweep", "sweep_set", "network", "columns", "conventions", "dimension_order")  # attributes in a room of their own
BEFORE = ("name", "question", "claim", "command", "version", "revision", "created")


# ---- arrays in the page ----

def pack(values: Any, kind: str) -> dict[str, Any]:
    """An array as report.js reads it: its type, sizes, and bytes, the smallest first, in base64."""
    array = np.ascontiguousarray(values, dtype=f"<{kind}" if kind[1] != "1" else kind)
    return {"kind": kind, "shape": array.shape, "data": base64.b64encode(array.tobytes()).decode("ascii")}


def plain(value: Any) -> str:
    """A value of a config field, as sweep files have it."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def numbered(values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The distinct values as text, in the order in which they come or by size, and the number of each."""
    known, first, number = np.unique(values.astype(str) if values.dtype.kind == "O" else values,
                                     return_index=True, return_inverse=True)
    order = np.argsort(first) if values.dtype.kind in "OU" else np.arange(len(known))
    place = np.empty(len(known), dtype=np.int64)
    place[order] = np.arange(len(known))
    return [plain(known[i:i + 1].tolist()[0]) for i in order], place[number.ravel()]


def embed(data: Any) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


# ---- what the page draws ----

class Collected:
    """What is read of a sweep: data is for report.js, left_out says what the page does not have."""

    def __init__(self, sweep: Sweep):
        self.sweep, self.path = sweep, sweep.path
        self.left_out: list[str] = []
        self.status = program.status(self.path)
        self.by, self.cells = program.tables(self.path)
        self.verdicts = program.verdicts(self.path)
        self.state = sweep.state.state.values
        self.finished = np.flatnonzero(np.isin(self.state, FINISHED))
        axes = [name for name in sweep.axes if name != "variant"]
        self.n_axes = len(axes)
        self.fields = axes + [name for name in sweep.varying if name not in axes]
        self.data: dict[str, Any] = {
            "states": STATES, "state": pack([STATES.index(state) for state in self.state], "u1"),
            "run": pack(sweep.config.run.values, "u4"), "fields": self.varying(), "axes": self.n_axes, "config": self.config(),
            "numbers": self.numbers(), "reasons": self.reasons(), "tables": self.tables(), "curves": self.curves(),
            "scores": self.scores(), "details": self.details()}

    def varying(self) -> list[dict[str, Any]]:
        found = []
        for name in self.fields:
            values, number = numbered(self.sweep.config[name].values)
            found.append({"name": name, "values": values, "number": pack(number, "u2" if len(values) < 65536 else "u4")})
        return found

    def config(self) -> list[dict[str, str]]:
        """The fields that are one value for all runs, and the defaults of all, as the program lists them."""
        found = []
        for line in program.ask("fields", "--markdown").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            name = cells[0].strip("` ")
            if len(cells) >= 5 and name in self.sweep.config:
                values = self.sweep.config[name].values
                own = "" if name in self.fields or not len(values) else plain(values[:1].tolist()[0])
                found.append({"name": name, "initial": cells[1], "unit": "" if cells[2] == "1" else cells[2], "value": own,
                              "doc": " | ".join(cells[4:])})
        known = {entry["name"] for entry in found}
        return found + [{"name": str(name), "initial": "", "unit": "", "value": plain(values.values[:1].tolist()[0]), "doc": ""}
                        for name, values in self.sweep.config.data_vars.items()
                        if name not in known and name not in self.fields and values.size]

    def numbers(self) -> list[dict[str, Any]]:
        """What a run has one number of."""
        found = []
        for group in ("result", "measure", "state"):
            for name, column in self.sweep.group(group).data_vars.items():
                values = column.values
                if column.dims == ("run",) and values.dtype.kind in "iuf" and name not in ("crc", "kernels"):
                    values = values.astype(np.float64)
                    if group != "state":
                        values[~np.isin(self.state, FINISHED)] = np.nan
                    if group == "state" or np.isfinite(values).any():
                        unit = str(column.attrs.get("units", ""))
                        found.append({"name": str(name), "unit": "" if unit == "1" else unit, "values": pack(values, "f4"),
                                      "doc": str(column.attrs.get("long_name", ""))})
        return sorted(found, key=lambda each: ("ood_r2", "id_r2", "accuracy", "loss").index(each["name"])
                      if each["name"] in ("ood_r2", "id_r2", "accuracy", "loss") else 4)

    def reasons(self) -> dict[int, str]:
        if "reason" not in self.sweep.state:
            return {}
        reason = self.sweep.state.reason.values
        return {int(run): str(reason[run]) for run in np.flatnonzero(reason != "")[:LISTED]}

    def tables(self) -> list[dict[str, Any]]:
        """Medians and quartiles of every score along each field, and over each pair of them."""
        names = [field for field in self.fields
                 if len(np.unique(self.sweep.config[field].values.astype(str))) <= AXIS]
        wanted = [[name] for name in names] + [list(pair) for pair in itertools.combinations(names, 2)]
        found = [self.table(self.by, self.cells)]
        end = time.monotonic() + SECONDS
        for number, by in enumerate(wanted):
            if time.monotonic() > end:
                self.left_out.append(f"score maps over {len(wanted) - number} of {len(wanted)} pairs of fields: mtsweep show --by")
                break
            if sorted(by) != sorted(self.by):
                found.append(self.table(*program.tables(self.path, by)))
        return found

    @staticmethod
    def table(by: list[str], cells: list[dict[str, str]]) -> dict[str, Any]:
        scores: dict[str, list[list[Any]]] = {}
        for cell in cells:
            numbers = [short(cell[name]) for name in ("median", "q25", "q75", "ideal")]
            scores.setdefault(cell["score"], []).append([[cell[field] for field in by], *numbers, int(cell["values"]), int(cell["missing"])])
        return {"by": by, "scores": {name: rows for name, rows in scores.items() if any(row[1] is not None for row in rows)}}

    def curves(self) -> dict[str, Any] | None:
        history = self.sweep.history
        if "batch" not in history or not len(self.finished):
            return None
        names = [name for name in ("loss", "accuracy", "gradient_norm") if name in history]
        points = history.sizes["point"]
        kept = min(points, max(10, POINTS // (len(names) * len(self.finished))))
        at = np.unique(np.linspace(0, points - 1, kept).round().astype(int))
        if len(at) < points:
            self.left_out.append(f"{points - len(at)} of {points} points of each learning curve")
        rows = {"run": self.finished}
        return {"rows": pack(self.finished, "u4"), "batch": pack(history.batch.values[self.finished][:, at], "f4"),
                "curve": {name: pack(history[name].isel(rows).values[:, at], "f4") for name in names},
                "unit": {name: str(history[name].attrs.get("units", "")).replace("1", "") for name in names}}

    def scores(self) -> dict[str, Any] | None:
        score = self.sweep.score
        names = [name for name in ("r2", "std_r2", "ols_r2", "angle") if name in score and score[name].ndim == 4]
        if not names or not len(self.finished):
            return None
        each = len(self.finished) * int(np.prod(score[names[0]].shape[1:]))
        kept = names[:max(1, SCORES // max(each, 1))]
        if each > 3 * SCORES:
            kept = []
        if len(kept) < len(names):
            self.left_out.append("scores by split and fold: " + ", ".join(names[len(kept):]))
        return {"rows": pack(self.finished, "u4"), "split": [str(name) for name in score.split.values],
                "fold": [str(name) for name in score.fold.values],
                "column": {name: pack(score[name].isel(run=self.finished).values, "f4") for name in kept}}

    # ---- runs that are drawn at length ----

    def details(self) -> dict[str, Any]:
        """States and rasters of some runs: those with the first seed of every combination come first."""
        seed = self.sweep.config.seed.values[self.finished]
        chosen = sorted(self.finished[np.argsort(seed, kind="stable")][:DETAILED].tolist())
        found = {}
        for run in chosen:
            parts = {"states": self.states(run), "raster": self.raster(run)}
            if any(parts.values()):
                found[run] = {name: part for name, part in parts.items() if part}
        if found and len(self.finished) > len(chosen):
            self.left_out.append(f"states and rasters of {len(self.finished) - len(chosen)} of {len(self.finished)} finished runs")
        return found

    def states(self, row: int) -> dict[str, Any] | None:
        """Paths of states on evaluation trials in three principal components, and the fixed points."""
        run = int(self.sweep.config.run.values[row])
        if "hidden" not in self.sweep.trace:
            return None
        try:
            trace = self.sweep.traces(run)
        except ValueError:
            return None
        kind = np.asarray(trace.kind.values) if "kind" in trace.coords else np.full(trace.sizes["trial"], "grid")
        at = np.flatnonzero(kind == "grid") if (kind == "grid").any() else np.arange(len(kind))
        at = np.unique(at[np.linspace(0, len(at) - 1, min(PATHS, len(at))).astype(int)]) if len(at) else at
        steps = np.unique(np.linspace(0, trace.sizes["step"] - 1, min(STEPS, trace.sizes["step"])).astype(int))
        if not len(at) or not len(steps):
            return None
        hidden = trace.hidden.isel(trial=at, step=steps).values.astype(np.float64)
        if not np.isfinite(hidden).all():
            return None
        center = hidden.mean(axis=(0, 1))
        direction, ratio, measured = self.components(row, hidden - center)
        paths, points = (hidden - center) @ direction.T, self.fixed_points(row, center, direction, hidden.shape[2])
        scale = max(float(np.abs(paths).max()), 1e-30)
        spans = trials.periods(self.sweep.configuration(run))
        phases = spans.phases[steps] if len(spans.phases) == trace.sizes["step"] else ["last"] * len(steps)
        return {"paths": pack(np.clip(np.round(paths / scale * 32000), -32767, 32767), "i2"), "ratio": ratio, "measured": measured,
                "step": steps.tolist(), "phase": list(phases), "kind": str(kind[at[0]]), "fixed": [
                    [*(np.clip(point / scale, -1.5, 1.5).round(4).tolist()), unstable] for point, unstable in points],
                "latents": pack(trace.latents.values[at, :2] if trace.sizes.get("latent", 0) > 1 else
                                np.repeat(trace.latents.values[at, :1], 2, axis=1), "f4")}

    def components(self, row: int, states: np.ndarray) -> tuple[np.ndarray, list[float], bool]:
        """Three directions (component, unit) and their parts of the variance: as measured, else of these states."""
        units = states.shape[2]
        direction = np.zeros((3, units))
        if "pca_direction" in self.sweep.measure:
            measured = self.sweep.measure.pca_direction.isel(run=row).values[:3, :units]
            if np.isfinite(measured).all():
                direction[:len(measured)] = measured
                return direction, [short(value) or 0 for value in self.sweep.measure.pca_ratio.isel(run=row).values[:3]], True
        values, vectors = np.linalg.eigh(np.cov(states.reshape(-1, units), rowvar=False).reshape(units, units))
        first = vectors.T[::-1][:3]
        direction[:len(first)] = first
        return direction, [short(value / max(values.sum(), 1e-30)) or 0 for value in values[::-1][:3]], False

    def fixed_points(self, row: int, center: np.ndarray, direction: np.ndarray, units: int) -> list[tuple[np.ndarray, int]]:
        """Fixed points in these components, and how many of their modes grow: as fixed_points_unstable counts."""
        measure = self.sweep.measure
        if "fixed_point_state" not in measure or not np.isfinite(measure.fixed_points.values[row]):
            return []
        n = max(int(measure.fixed_points.values[row]), 0)
        states = measure.fixed_point_state.isel(run=row).values[:n, :units].astype(np.float64)
        growing = (measure.eigenvalue_real.isel(run=row).values[:n, :units] > 0).sum(axis=1)
        return [((state - center) @ direction.T, int(grows)) for state, grows in zip(states, growing) if np.isfinite(state).all()]

    def raster(self, row: int) -> dict[str, Any] | None:
        """Each unit's activity over the grid of stimuli, as parts of 255 of its largest."""
        if "raster" not in self.sweep.measure:
            return None
        units = int(self.sweep.config.units.values[row])
        raster = self.sweep.measure.raster.isel(run=row).values[:, :units].astype(np.float64)
        if not raster.size or not np.isfinite(raster).all():
            return None
        low, high = np.minimum(raster.min(axis=0), 0), raster.max(axis=0)
        scaled = (raster - low) / np.where(high > low, high - low, 1) * 255
        return {"side": int(round(math.sqrt(len(raster)))), "cells": pack(scaled.T.round(), "u1"),
                "most": [short(value) for value in high]}


def short(value: Any) -> float | None:
    """Six digits of a number or its text; None where there is none."""
    if value == "":
        return None
    number = float(value)
    return float(f"{number:.6g}") if math.isfinite(number) else None


# ---- what the page says ----

def clean(value: Any) -> str:
    """Text for the page: escaped, with marks in the place of control characters."""
    text = "".join(letter if letter >= " " or letter in "\n\t" else "\ufffd" for letter in str(value))
    return escape(text.replace("\x7f", "\ufffd").encode("utf-8", "replace").decode("utf-8"))


def number_text(value: float | None) -> str:
    if value is None:
        return "\u2013"
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.3g}"


def duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02} h"


def moment(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def lines(head: list[str], rows: list[list[str]], kind: str = "") -> str:
    """A table of cells that are markup already."""
    top = "<thead><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr></thead>" if head else ""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table class="{kind}">{top}<tbody>{body}</tbody></table></div>'


def link(run: int) -> str:
    return f'<a href="#run-{run}">run {run}</a>'


def answer(found: Collected) -> str:
    """The verdicts, and the table of the first score."""
    parts = []
    if found.verdicts:
        marks = {"confirmed": "good", "not confirmed": "bad"}
        rows = [[f'<span class="mark {marks.get(row[-1], "open")}">{clean(row[-1])}</span>', *(clean(cell) for cell in row[:3])]
                for row in found.verdicts]
        parts.append(lines(["verdict", "expected", "mean [95 %]", "networks"], rows))
    table = found.data["tables"][0]
    names = list(table["scores"])
    if not names:
        parts.append("<p>No run is finished yet, so there are no numbers.</p>")
    parts += [score_table(found, table, name) for name in names[:2]]
    if names[2:]:
        parts.append("<details><summary>All tables</summary>" + "".join(score_table(found, table, name) for name in names[2:]) + "</details>")
    return "".join(parts)


def score_table(found: Collected, table: dict[str, Any], name: str) -> str:
    """As `mtsweep show` has it: the last field makes the columns."""
    cells, by = table["scores"][name], table["by"]
    counts = {cell[5] for cell in cells}
    values = f"{max(counts)} value{'s' if max(counts) != 1 else ''} a cell" if len(counts) == 1 else f"up to {max(counts)} values a cell"
    title = f"<h3>{clean(name)}<small> median [25 %, 75 %] of {values}"
    ideal = {cell[4] for cell in cells}
    title += f"; ideal observer {number_text(ideal.pop())}" if len(ideal) == 1 and ideal != {None} else ""
    title += "; * lacks runs" if any(cell[6] for cell in cells) else ""
    title += "</small></h3>"
    if len(cells) > LISTED:
        return f"{title}<p>{len(cells)} cells: <code>mtsweep show {clean(found.path)} --score {clean(name)} --csv</code> has them.</p>"
    columns = list(dict.fromkeys(cell[0][-1] for cell in cells)) if by else [""]
    if len(columns) > 12:
        rows = [[*map(clean, cell[0]), cell_text(cell)] for cell in cells]
        return title + lines([*map(clean, by), "median [25 %, 75 %]"], rows, "numbers")
    rows_of: dict[tuple[str, ...], dict[str, str]] = {}
    for cell in cells:
        rows_of.setdefault(tuple(cell[0][:-1]), {})[cell[0][-1] if by else ""] = cell_text(cell)
    head = [*map(clean, by[:-1]), *(f"{clean(by[-1])} = {clean(column)}" if by else "all runs" for column in columns)]
    return title + lines(head, [[*map(clean, row), *(cells_of.get(column, "") for column in columns)]
                                for row, cells_of in rows_of.items()], "numbers")


def cell_text(cell: list[Any]) -> str:
    median, low, high = cell[1:4]
    text = number_text(median)
    if cell[5] > 1 and median is not None:
        text += f" <small>[{number_text(low)}, {number_text(high)}]</small>"
    return text + (" *" if cell[6] else "")


def failures(found: Collected) -> str:
    rows = np.flatnonzero(np.isin(found.state, ("failed", "diverged")))
    if not len(rows):
        return "<p>None: no run has failed or diverged.</p>"
    state, sweep = found.sweep.state, found.sweep
    listed = []
    for row in rows[:LISTED]:
        config = " ".join(f"{name}={plain(sweep.config[name].values[row:row + 1].tolist()[0])}" for name in found.fields)
        listed.append([link(int(sweep.config.run.values[row])), clean(found.state[row]), clean(config),
                       clean(state.reason.values[row]) if "reason" in state else "",
                       clean(state.attempts.values[row]), clean(state.host.values[row]) if "host" in state else ""])
    more = f"<p>{len(rows) - LISTED} more are left out.</p>" if len(rows) > LISTED else ""
    return lines(["run", "state", "what it was", "reason", "attempts", "host"], listed) + more


def provenance(found: Collected) -> str:
    """Who ran what, where and for how long."""
    attrs = found.sweep.attrs
    spent = np.nansum(np.asarray(found.sweep.state.seconds.values, dtype=np.float64)) if "seconds" in found.sweep.state else 0
    sessions = [[clean(each.get("number", "")), clean(each.get("host", "")), clean(each.get("job", "")), clean(each.get("ranks", "")),
                 clean(moment(each.get("started"))), clean(moment(each.get("ended"))), clean(duration(each["ended"] - each["started"]))
                 if each.get("ended") and each.get("started") else "", clean(each.get("kernels", "")),
                 "" if each.get("exit") == -1 else clean(each.get("exit", ""))] for each in found.status.get("sessions", [])]
    names = [name for name in BEFORE if name in attrs] + sorted(name for name in attrs if name not in BEFORE + LONG)
    parts = [f"<p>All runs together took workers {duration(float(spent))}. Fields that vary: "
             f"{', '.join(f'<b>{clean(field)}</b>' for field in found.fields) or 'none'}.</p>"]
    parts.append(lines(["session", "host", "job", "ranks", "started", "ended", "took", "kernels", "exit"], sessions, "runs")
                 if sessions else "<p>No session yet.</p>")
    parts.append(lines([], [[f"<b>{clean(name)}</b>", f'<span class="text">{clean(attrs[name])}</span>'] for name in names], "pairs"))
    for name, title in (("sweep", "The sweep file"), ("sweep_set", "What --set replaced in it"), ("network", "How to compute the networks")):
        if str(attrs.get(name, "")):
            opened = " open" if name == "sweep" else ""
            parts.append(f"<details{opened}><summary>{title}</summary><pre>{clean(attrs[name])}</pre></details>")
    return "".join(parts)


def progress(found: Collected) -> str:
    """How far it is: a bar, and the counts."""
    counts = [(state, int((found.state == state).sum())) for state in STATES]
    shown = ", ".join(f'<span class="state {state}"></span>{count} {state}' for state, count in counts if count)
    left = found.status.get("seconds_left")
    running = f" A sweep runs now ({clean(found.status['lock'])})." if found.status.get("lock") else ""
    more = f" About {duration(left)} are left." if left else ""
    return f'<p class="counts">{len(found.state)} runs: {shown or "none"}.{running}{more}</p><div id="bar"></div>'


def page(found: Collected) -> str:
    here = Path(__file__).parent
    script, style = (here.joinpath(f"report.{end}").read_text(encoding="utf-8") for end in ("js", "css"))
    attrs = found.sweep.attrs
    hashes = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in (("script", script), ("style", style))}
    left_out = "".join(f"<li>{clean(text)}</li>" for text in found.left_out)
    parts = {
        "POLICY": f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
                  "base-uri 'none'; form-action 'none'",
        "NAME": clean(attrs.get("name", "") or os.path.basename(found.path)), "QUESTION": clean(attrs.get("question", "")),
        "CLAIM": f"<p><b>Claim:</b> {clean(attrs['claim'])}</p>" if attrs.get("claim") else "",
        "FILE": clean(os.path.basename(found.path)), "MADE": clean(moment(time.time())), "PROGRESS": progress(found),
        "ANSWER": answer(found), "FAILURES": failures(found), "PROVENANCE": provenance(found),
        "LEFT_OUT": f'<section id="left-out"><h2>Left out of this page</h2><ul>{left_out}</ul>'
                    "<p>The file has it all.</p></section>" if left_out else "",
        "DATA": embed(found.data), "SCRIPT": script, "STYLE": style}
    text = here.joinpath("report.html").read_text(encoding="utf-8")
    pieces = text.split("@@")  # what stands between two of them is a name; what is put in is not looked at again
    return "".join(parts[piece] if number % 2 else piece for number, piece in enumerate(pieces))


def report(sweep: Sweep | str | os.PathLike[str], out: str | os.PathLike[str]) -> None:
    """Writes the report of a sweep's whole file to `out`, also while the sweep runs. OSError if one cannot be read or
    written, ValueError if it is none of mtsweep's, program.Refused where the program refuses the file."""
    path, out = sweep.path if isinstance(sweep, Sweep) else os.fspath(sweep), Path(out)
    if out.exists() and out.is_file() and out.open("rb").read(8) == b"\x89HDF\r\n\x1a\n":
        raise OSError(f"{out} holds results, and is left alone; give the report a name of its own, like report.html")
    text = page(Collected(Sweep(path)))
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
        try:
            file.write(text)
            file.close()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(file.name, 0o666 & ~mask)
            os.replace(file.name, out)
        except BaseException:
            os.unlink(file.name)
            raise
