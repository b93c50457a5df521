#!/usr/bin/env python3
"""Draws a sweep's file as a figure: PNG, or what else the name ends in.

    tools/plot.py OUT.h5 FIGURE.png                       decoder scores; the last axis of the grid is x
    tools/plot.py fig5b.h5 5b.png --score ood_r2 --line latents --panel arch
    tools/plot.py robustness.h5 r.png                     axes that move together: a row a variant
    tools/plot.py fig3.h5 3d.png --kind attractor --run 20
    tools/plot.py fig4.h5 4.png --kind raster --run 0,5

Scores are named as in `mtsweep show`: id_r2, ood_r2, ood_published_r2, ood_angle, gap_r2, ...; loss, accuracy; sparsity,
closed_form_r2, amplification_1, ... A line is the median over seeds, folds and fits, its band the quartiles; only finished
runs count. Dotted: the ideal observer.
"""

import argparse
import os
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

def values(sweep, score):
    """(run, samples): all values of a score, as mtsweep show pools them."""
    for split in sorted(SPLITS, key=len, reverse=True):
        if score.startswith(split + "_") and score[len(split) + 1:] in sweep.score:
            column = sweep.score[score[len(split) + 1:]]
            if split == "gap":
                found = column.sel(split="id").values - column.sel(split="ood").values
            else:
                found = column.sel(split=split).values
            return found.reshape(len(found), -1)
    name, _, number = score.rpartition("_")
    for group in (sweep.result, sweep.measure):
        if score in group and group[score].dims == ("run",):
            return group[score].values.astype(float)[:, None]
        if name in group and number.isdigit() and group[name].ndim == 2:
            return group[name].values.astype(float)[:, int(number) - 1:int(number)]
    raise SystemExit(f"plot.py: {sweep.path} has no score '{score}'; 'mtsweep show --help' tells the names")


def ideal(sweep, score):
    """(run,) the ideal observer's value, or None."""
    if score.endswith("r2") and not score.startswith("gap"):
        return sweep.result["ideal_r2"].values
    return {"accuracy": sweep.result["ideal_accuracy"].values, "loss": sweep.result["ideal_loss"].values}.get(score)


def combinations(columns):
    return len(set(zip(*columns)))


def axes_of(sweep):
    """The fields that tell the cells of the sweep apart, the slowest first, and whether they are a grid."""
    fields = {name: sweep.config[name].values for name in sweep.varying if name != "seed"}
    if not fields:
        return [], True
    total = combinations(fields.values())
    words = [name for name in fields if fields[name].dtype.kind not in "iuf"]
    numbers = [name for name in fields if name not in words]
    for name in numbers[::-1] + words[::-1]:
        rest = [fields[other] for other in fields if other != name]
        if rest and combinations(rest) == total:
            del fields[name]
    changes = {name: int(np.argmax(column != column[0])) for name, column in fields.items()}
    product = np.prod([len(np.unique(column.astype(str))) for column in fields.values()])
    return sorted(fields, key=lambda name: -changes[name]), 2 * total > product


def label(field, value):
    value = f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
    return value if field in ("arch", "family", "encoder", "boundaries") else f"{field} {value}"


def title(score):
    for split, words in SPLITS.items():
        if score == split + "_r2":
            return words
    return score.replace("_", " ")


# ---- figures ----

def scores(sweep, options, done):
    axes, _ = axes_of(sweep)
    x = options.x or (axes[-1] if axes else "seed")
    panel = options.panel or next((a for a in axes if a not in (x, options.line)), None)
    names = options.score.split(",")
    fields = {name: sweep.config[name].values for name in (x, panel, options.line) if name}
    ticks = list(dict.fromkeys(fields[x][done]))
    words = [f"{value}" if isinstance(value, str) else f"{value:g}" for value in ticks]
    if isinstance(ticks[0], str):  # words stand side by side
        fields[x] = np.array([ticks.index(value) if value in ticks else -1 for value in fields[x]])
        ticks = range(len(ticks))
    panels = list(dict.fromkeys(fields[panel][done])) if panel else [None]
    lines = list(dict.fromkeys(fields[options.line][done])) if options.line else [None]
    figure, grid = plt.subplots(1, len(panels), figsize=(2.6 * len(panels) + 1.2, 3.1), sharey=True, squeeze=False,
                                layout="constrained")
    for axis, here in zip(grid[0], panels):
        in_panel = done & (fields[panel] == here) if panel else done
        number = 0
        for name in names:
            pooled, best = values(sweep, name), ideal(sweep, name)
            for line in lines:
                rows = in_panel & (fields[options.line] == line) if options.line else in_panel
                at = np.unique(fields[x][rows])
                cells = [pooled[rows & (fields[x] == v)] for v in at]
                cells = [cell if np.isfinite(cell).any() else np.full(1, np.nan) for cell in cells]
                if not cells:
                    continue
                low, middle, high = np.array([np.nanpercentile(cell, [25, 50, 75]) for cell in cells]).T
                color = COLORS[number % len(COLORS)]
                legend = [title(name)] * (len(names) > 1 or not options.line)
                legend += [label(options.line, line)] if options.line else []
                axis.fill_between(at, low, high, color=color, alpha=0.18, linewidth=0)
                axis.plot(at, middle, color=color, marker="o", markersize=3.5, label=", ".join(legend))
                number += 1
                if best is not None and np.isfinite(best[rows]).any() and (name == names[0] or options.line):
                    curve = [np.nanmedian(best[rows & (fields[x] == v)]) for v in at]
                    axis.plot(at, curve, color=color if options.line else "0.4", linestyle=":",
                              label=None if options.line else "ideal observer")
        axis.set(title=label(panel, here) if panel else None, xlabel=NAMES.get(x, x),
                 xscale="log" if x == "tasks" else "linear")
        axis.set_xticks(ticks, words)
        axis.minorticks_off()
        axis.spines[["top", "right"]].set_visible(False)
    first = grid[0, 0]
    if all(name.endswith("r2") for name in names):
        first.set(ylabel="decoder r2", ylim=(max(options.floor, min(0, first.get_ylim()[0])), 1.02))
    else:
        first.set(ylabel=title(names[0]))
    grid[0, -1].legend(frameon=False, fontsize="small", loc="best")
    return figure


def variants(sweep, options, done):
    fields = [name for name in sweep.varying if name != "seed"]
    columns = [sweep.config[name].values for name in fields]
    rows = list(dict.fromkeys(zip(*columns)))
    differs = [[label(name, value) for name, value, usual in zip(fields, row, rows[0]) if value != usual] for row in rows]
    names = options.score.split(",")
    figure, axis = plt.subplots(figsize=(6.4, 0.34 * len(rows) + 1.2), layout="constrained")
    for s, name in enumerate(names):
        pooled = values(sweep, name)
        for r, row in enumerate(rows):
            cell = pooled[done & np.all([column == value for column, value in zip(columns, row)], axis=0)]
            if not np.isfinite(cell).any():
                continue
            low, middle, high = np.nanpercentile(cell, [25, 50, 75])
            y = r + 0.2 * (s - (len(names) - 1) / 2)
            axis.plot([low, high], [y, y], color=COLORS[s], linewidth=1.5, alpha=0.6)
            axis.plot(middle, y, "o", color=COLORS[s], markersize=4, label=title(name) if r == 0 else None)
    best = ideal(sweep, names[0])
    if best is not None and np.isfinite(best[done]).any():
        usual = done & np.all([column == value for column, value in zip(columns, rows[0])], axis=0)
        axis.axvline(np.nanmedian(best[usual]), color="0.4", linestyle=":", label="ideal observer of the first")
    axis.set_yticks(range(len(rows)), [", ".join(words) or "default" for words in differs], fontsize="small")
    axis.invert_yaxis()
    axis.set(xlabel="decoder r2" if names[0].endswith("r2") else title(names[0]))
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
    kind = options.kind or ("scores" if axes_of(sweep)[1] else "variants")
    figure = KINDS[kind](sweep, options, done)
    figure.suptitle(options.title or sweep.attrs["question"], fontsize="medium")
    figure.savefig(options.figure, dpi=100)
    plt.close(figure)


if __name__ == "__main__":
    main()
