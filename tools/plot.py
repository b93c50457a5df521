#!/usr/bin/env python3
"""Draws a sweep's file as a figure: PNG, or what else the name ends in.

    tools/plot.py OUT.h5 FIGURE.png                       decoder scores; the last axis of the grid is x
    tools/plot.py fig5b.h5 5b.png --score ood_r2 --line latents --panel arch
    tools/plot.py robustness.h5 r.png                     axes that move together: a row a variant
    tools/plot.py fig3.h5 3d.png --kind attractor --run 20
    tools/plot.py fig4.h5 4.png --kind raster --run 0,5

Scores are named as in `mtsweep show`: id_r2, ood_r2, ood_published_r2, ood_angle, gap_r2, ...; loss, accuracy; sparsity,
closed_form_r2, amplification_1, ... The numbers are those of `mtsweep show --csv`: a line is the median over seeds, folds
and fits, its band the quartiles; only finished runs count. Dotted: the ideal observer. The environment variable MTSWEEP
names the program; without it build/mtsweep beside this script is asked, or mtsweep in the path.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys

import matplotlib
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import mtsweep  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

SPLITS = {"id": "in distribution", "ood": "out of distribution", "ood_published": "published test sets",
          "gap": "in minus out of distribution"}
COLORS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c510a", "#999999", "#542788"]
NAMES = {"tasks": "tasks K", "latents": "latents D", "sigma": "noise in training", "rho": "correlation of the latents",
         "stimulus": "stimulus in steps"}


# ---- numbers ----

def program():
    here = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build", "mtsweep")
    found = os.environ.get("MTSWEEP") or (here if os.path.exists(here) else shutil.which("mtsweep"))
    if not found:
        raise SystemExit("plot.py: no program mtsweep here; build it with make, or name it in the variable MTSWEEP")
    return found


def value_of(text):
    try:
        return float(text)
    except ValueError:
        return text


def table(path, scores, by=None):
    """(fields, cells) of `mtsweep show --csv`: what tells the cells apart, and of each cell its score, its values of these
    fields, and missing, values, median, q25, q75, ideal."""
    command = [program(), "show", path, "--csv", "--score", scores] + (["--by", ",".join(by)] if by else [])
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(result.stderr.strip().replace("mtsweep: ", "plot.py: ", 1))
    lines = csv.DictReader(result.stdout.splitlines())
    fields = lines.fieldnames[1:lines.fieldnames.index("runs")]
    cells = []
    for line in lines:
        cell = {name: value_of(text) if name in fields else float(text or "nan") for name, text in line.items() if name != "score"}
        cells.append({"score": line["score"], **cell})
    return fields, cells


def is_grid(fields, cells):
    """Whether more than half of the combinations of the fields' values occur; else axes move together."""
    product = np.prod([len({cell[name] for cell in cells}) for name in fields])
    return 2 * sum(cell["score"] == cells[0]["score"] for cell in cells) > product


def distinct(cells, name):
    return list(dict.fromkeys(cell[name] for cell in cells)) if name else [None]


def with_values(cells, score, wanted):
    """Cells that have numbers of a score; wanted: pairs of a field, or None, and its value."""
    return [cell for cell in cells if cell["score"] == score and cell["values"] > 0 and
            all(not name or cell[name] == value for name, value in wanted)]


def column(cells, name):
    return np.array([cell[name] for cell in cells])


def label(field, value):
    value = f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
    return value if field in ("arch", "family", "encoder", "boundaries") else f"{field} {value}"


def title(sweep, score):
    """The title that the file has for a score."""
    for split in sorted(SPLITS, key=len, reverse=True):
        name = score[len(split) + 1:]
        if score.startswith(split + "_") and name in sweep.score:
            return SPLITS[split] if name == "r2" else f"{sweep.score[name].attrs.get('title', name)}, {SPLITS[split]}"
    name, _, number = score.rpartition("_")
    for group in (sweep.result, sweep.measure):
        if score in group:
            return group[score].attrs.get("title", score.replace("_", " "))
        if name in group and number.isdigit():
            return f"{group[name].attrs.get('title', name)} {number}"
    return score.replace("_", " ")


# ---- figures ----

def scores(sweep, options, _):
    names = options.score.split(",")
    axes, _ = table(sweep.path, options.score)
    x = options.x or (axes[-1] if axes else "seed")
    panel = options.panel or next((a for a in axes if a not in (x, options.line)), None)
    _, cells = table(sweep.path, options.score, [name for name in dict.fromkeys((panel, options.line, x)) if name])
    ticks = sorted({cell[x] for cell in cells if cell["values"] > 0}, key=distinct(cells, x).index)
    words = [label("arch", value) for value in ticks]
    places = {value: value if isinstance(value, float) else i for i, value in enumerate(ticks)}  # words stand side by side
    panels = distinct(cells, panel)
    figure, grid = plt.subplots(1, len(panels), figsize=(2.6 * len(panels) + 1.2, 3.1), sharey=True, squeeze=False,
                                layout="constrained")
    for axis, here in zip(grid[0], panels):
        number = 0
        for name in names:
            for line in distinct(cells, options.line):
                row = with_values(cells, name, [(panel, here), (options.line, line)])
                if not row:
                    continue
                at = [places[cell[x]] for cell in row]
                color = COLORS[number % len(COLORS)]
                legend = [title(sweep, name)] * (len(names) > 1 or not options.line)
                legend += [label(options.line, line)] if options.line else []
                axis.fill_between(at, column(row, "q25"), column(row, "q75"), color=color, alpha=0.18, linewidth=0)
                axis.plot(at, column(row, "median"), color=color, marker="o", markersize=3.5, label=", ".join(legend))
                number += 1
                best = column(row, "ideal")
                if np.isfinite(best).any() and (name == names[0] or options.line):
                    axis.plot(at, best, color=color if options.line else "0.4", linestyle=":",
                              label=None if options.line else "ideal observer")
        axis.set(title=label(panel, here) if panel else None, xlabel=NAMES.get(x, x),
                 xscale="log" if x == "tasks" else "linear")
        axis.set_xticks([places[value] for value in ticks], words)
        axis.minorticks_off()
        axis.spines[["top", "right"]].set_visible(False)
    first = grid[0, 0]
    if all(name.endswith("r2") for name in names):
        first.set(ylabel="decoder r2", ylim=(max(options.floor, min(0, first.get_ylim()[0])), 1.02))
    else:
        first.set(ylabel=title(sweep, names[0]))
    grid[0, -1].legend(frameon=False, fontsize="small", loc="best")
    return figure


def variants(sweep, options, _):
    names = options.score.split(",")
    fields, cells = table(sweep.path, options.score)
    rows = list(dict.fromkeys(tuple(cell[name] for name in fields) for cell in cells))
    differs = [[label(name, value) for name, value, usual in zip(fields, row, rows[0]) if value != usual] for row in rows]
    figure, axis = plt.subplots(figsize=(6.4, 0.34 * len(rows) + 1.2), layout="constrained")
    for s, name in enumerate(names):
        for r, row in enumerate(rows):
            for cell in with_values(cells, name, list(zip(fields, row))):
                y = r + 0.2 * (s - (len(names) - 1) / 2)
                axis.plot([cell["q25"], cell["q75"]], [y, y], color=COLORS[s], linewidth=1.5, alpha=0.6)
                axis.plot(cell["median"], y, "o", color=COLORS[s], markersize=4, label=title(sweep, name) if r == 0 else None)
    best = cells[0]["ideal"]
    if np.isfinite(best):
        axis.axvline(best, color="0.4", linestyle=":", label="ideal observer of the first")
    axis.set_yticks(range(len(rows)), [", ".join(words) or "default" for words in differs], fontsize="small")
    axis.invert_yaxis()
    axis.set(xlabel="decoder r2" if names[0].endswith("r2") else title(sweep, names[0]))
    if names[0].endswith("r2"):
        axis.set_xlim(max(options.floor, axis.get_xlim()[0]), 1.02)
    axis.grid(axis="y", alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize="small", loc="best")
    return figure


def attractor(sweep, options, done):
    """States of the noise-free grid of stimuli in the plane of two components, fixed points, their spectra."""
    run = int(options.run or np.flatnonzero(done)[0])
    hidden = sweep.trace.hidden.sel(run=run).values
    kept = np.isfinite(hidden).all(axis=(0, 2))
    noisy, latents = int(sweep.config.trace_trials[run]), sweep.trace.latents.values[int(sweep.trace.run_set[run])]
    hidden, latents = hidden[noisy:, kept], latents[noisy:]
    measure = sweep.measure.sel(run=run)
    center = hidden.reshape(-1, hidden.shape[-1]).mean(axis=0)
    _, _, axes = np.linalg.svd(hidden[:, :-1].reshape(-1, hidden.shape[-1]) - center, full_matrices=False)
    states = (hidden - center) @ axes[:2].T
    found = measure.start_fixed_point.values >= 0
    fixed = (measure.start_state.values[found] - center) @ axes[:2].T
    figure, grid = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
    for latent, axis in enumerate(grid[:2]):
        for trial in states:
            axis.plot(*trial[:-1].T, color="0.75", linewidth=0.6, zorder=1)
        axis.plot(*fixed.T, "kx", markersize=4, zorder=3)
        points = axis.scatter(*states[:, -2].T, c=latents[:, latent], cmap="coolwarm", s=14, zorder=2)
        figure.colorbar(points, ax=axis, label=f"x{latent + 1}", shrink=0.8)
        axis.set(xlabel="component 1", ylabel="component 2")
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(f"run {run}; crosses: where {found.sum()} of {found.size} searches for fixed points converged",
                     fontsize="small")
    turn = np.linspace(0, 2 * np.pi, 200)
    real, imaginary = measure.eigenvalue_real.values, measure.eigenvalue_imaginary.values
    grid[2].plot(np.cos(turn) - 1, np.sin(turn), color="0.7", linewidth=0.8)
    grid[2].plot(real.T, imaginary.T, ".", color=COLORS[1], markersize=3)
    grid[2].set(xlabel="real part of the eigenvalues", ylabel="imaginary part", aspect="equal")
    grid[2].spines[["top", "right"]].set_visible(False)
    return figure


def raster(sweep, options, done):
    """The units of largest variance over the 8 x 8 grid of stimuli, and every unit's correlation with both latents."""
    runs = [int(run) for run in options.run.split(",")] if options.run else [int(np.flatnonzero(done)[0])]
    figure = plt.figure(figsize=(9.6, 2.5 * len(runs)), layout="constrained")
    for part, run in zip(np.atleast_1d(figure.subfigures(len(runs), 1)), runs):
        measure = sweep.measure.sel(run=run)
        maps, selectivity = measure.raster.values, measure.selectivity.values
        left, right = part.subfigures(1, 2, width_ratios=[3, 1])
        for axis, unit in zip(left.subplots(2, 6).flat, np.argsort(-maps.var(axis=0))):
            axis.imshow(maps[:, unit].reshape(8, 8).T, origin="lower", cmap="magma", extent=(-0.5, 0.5, -0.5, 0.5))
            axis.set(xticks=[], yticks=[])
            axis.set_title(f"unit {unit}", fontsize="x-small", pad=2)
        axis = right.subplots()
        axis.plot(selectivity[0], selectivity[1], "o", color=COLORS[1], markersize=3)
        axis.set(xlabel="correlation with x1", ylabel="with x2", xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal")
        axis.spines[["top", "right"]].set_visible(False)
        left.supylabel(", ".join(label(name, sweep.config[name].values[run]) for name in sweep.varying), fontsize="small")
    return figure


KINDS = {"scores": scores, "variants": variants, "attractor": attractor, "raster": raster}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("figure")
    parser.add_argument("--kind", choices=KINDS, help="default: scores, or variants where axes move together")
    parser.add_argument("--score", default="ood_r2,id_r2", help="with commas between them; default ood_r2,id_r2")
    parser.add_argument("--x", help="field; default: the fastest axis")
    parser.add_argument("--panel", help="field; default: the slowest axis that is left")
    parser.add_argument("--line", help="field: a line for each of its values")
    parser.add_argument("--run", help="attractor: a run; raster: runs, with commas between them")
    parser.add_argument("--floor", type=float, default=-0.2, help="least r2 that is drawn; default -0.2")
    parser.add_argument("--title", help="default: the sweep's question")
    options = parser.parse_args(arguments)

    sweep = mtsweep.open(options.file)
    done = (sweep.state.state == "done").values
    if not done.any():
        raise SystemExit(f"plot.py: no run of {options.file} is done; mtsweep run continues it")
    kind = options.kind or ("scores" if is_grid(*table(options.file, options.score)) else "variants")
    figure = KINDS[kind](sweep, options, done)
    figure.suptitle(options.title or sweep.attrs["question"], fontsize="medium")
    figure.savefig(options.figure, dpi=100)
    plt.close(figure)


if __name__ == "__main__":
    main()
