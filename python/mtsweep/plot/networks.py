"""Figures of networks: states and fixed points, units, training curves, spectra."""
from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..sweep import Sweep
from . import style
from .grids import pooled, title_of
from .cells import numbers, statistic, unfinished
from .style import Page, phrase

POINT = {"stable": {"marker": "X", "color": "black"}, "unstable": {"marker": "^", "color": "#d55e00"}}


def measured(sweep: Sweep, name: str) -> np.ndarray:
    """Which runs are done and have a measure."""
    done = sweep.state.state.values == "done"
    if name not in sweep.measure:
        return np.zeros(len(sweep), dtype=bool)
    values = np.asarray(sweep.measure[name].values, dtype=float).reshape(len(sweep), -1)
    return done & (np.isfinite(values) & (values != -1)).any(axis=1)


def network_words(sweep: Sweep, run: int) -> str:
    config = sweep.configuration(run)
    return f"Run {run}: {phrase('arch', config['arch'])}, {phrase('tasks', config['tasks'])}, seed {config['seed']}"


def attractor_run(sweep: Sweep) -> int:
    """The run to look at: of those with fixed points one of the most tasks, the first."""
    found = measured(sweep, "fixed_points") & traced(sweep)
    if not found.any():
        raise ValueError(f"{sweep.path} has no run with fixed points and traces: the sweep needs measure: [fixed_points]")
    some = found & (np.nan_to_num(sweep.measure.fixed_points.values, nan=-1) > 0)
    tasks = np.where(some if some.any() else found, sweep.config.tasks.values, -1)
    return int(sweep.config.run.values[int(np.argmax(tasks))])


def traced(sweep: Sweep) -> np.ndarray:
    if "hidden" not in sweep.trace:
        return np.zeros(len(sweep), dtype=bool)
    return sweep.config.trace.values != "none"


@style.styled
def attractor(sweep: Sweep, axes: Any = None, *, run: int | None = None, title: str = "States and fixed points") -> list[Axes]:
    """States over noise-free trials in the plane of the leading components, with fixed points; their eigenvalues."""
    run = attractor_run(sweep) if run is None else int(run)
    one = sweep.select(run=run)
    trace, measure = sweep.traces(run), one.measure.isel(run=0)
    grid = trace.isel(trial=trace.kind.values == "grid")
    hidden, latents = grid.hidden.values, grid.latents.values
    units = hidden.shape[-1]
    moving = hidden[:, :-1] if hidden.shape[1] > 1 else hidden
    center = moving.reshape(-1, units).mean(axis=0)
    directions = np.asarray(measure.pca_direction.values)[:3, :units] if "pca_direction" in measure else np.full((3, units), np.nan)
    if not np.isfinite(directions).all():
        directions = np.linalg.svd(moving.reshape(-1, units) - center, full_matrices=False)[2][:3]
    states = (hidden - center) @ directions.T
    points = np.asarray(measure.fixed_point_state.values)[:, :units] if "fixed_point_state" in measure else np.zeros((0, units))
    there = np.isfinite(points).all(axis=1)
    fixed = (points[there] - center) @ directions.T
    real, imaginary = (np.asarray(measure[f"eigenvalue_{part}"].values)[there][:, :units] for part in ("real", "imaginary"))
    leading = np.nanmax(real, axis=1) if len(real) else np.zeros(0)
    kinds = {"stable": leading <= 0, "unstable": leading > 0}
    page = Page(axes, 4, height=1.75, columns=4, share=False)
    share = np.asarray(measure.pca_ratio.values)[:3] if "pca_ratio" in measure else np.full(3, np.nan)
    names = [f"PC {i + 1}" + (f" ({100 * part:.0f} %)" if np.isfinite(part) else "") for i, part in enumerate(share)]
    for axis, (latent, second) in zip(page.axes, ((0, 1), (1, 1), (0, 2))):
        for trial in states:
            axis.plot(trial[:-1, 0], trial[:-1, second], color="0.8", linewidth=0.4, zorder=1)
        end = states[:, -2] if states.shape[1] > 1 else states[:, -1]
        dots = axis.scatter(end[:, 0], end[:, second], c=latents[:, latent], cmap="coolwarm", s=9, zorder=2, linewidth=0)
        for kind, which in kinds.items():
            axis.plot(fixed[which, 0], fixed[which, second], linestyle="", markersize=4.5, markeredgecolor="white", markeredgewidth=0.4,
                      zorder=3, **POINT[kind])
        bar = page.figure.colorbar(dots, ax=axis, location="top", shrink=0.9, aspect=25, pad=0.02)
        bar.set_label(f"latent x{latent + 1}", fontsize=6.5, labelpad=2)
        bar.set_ticks([-0.5, 0, 0.5] if abs(latents[:, latent]).max() >= 0.49 else
                      [float(f"{v:.2g}") for v in (latents[:, latent].min(), 0, latents[:, latent].max())])
        axis.set(xlabel=names[0], ylabel=names[second])
        axis.locator_params(nbins=4)
    handles: dict[str, Any] = {"state at the end of the stimulus": Line2D([], [], linestyle="", marker="o", color="#b0b0d0")}
    for kind, which in kinds.items():
        handles[f"{kind} fixed point"] = Line2D([], [], linestyle="", **POINT[kind])
    eigenvalues(page.axes[3], real, imaginary, kinds)
    n = len(fixed)
    caption = (f"{network_words(sweep, run)}. Grey: trajectories of {len(states)} noise-free trials; {n} fixed point{'s' * (n != 1)} found "
               f"({int(kinds['unstable'].sum())} unstable). Right: all eigenvalues of the derivative of F(h) − h at them; circle: |1 + λ| = 1.")
    return page.finish(title_of(sweep, title), caption, handles)


def eigenvalues(axis: Axes, real: np.ndarray, imaginary: np.ndarray, kinds: dict[str, np.ndarray]) -> None:
    """A point an eigenvalue in the complex plane, around the unit circle about -1."""
    turn = np.linspace(0, 2 * np.pi, 200)
    axis.plot(np.cos(turn) - 1, np.sin(turn), color="0.6", linewidth=0.7)
    for kind, which in kinds.items():
        axis.plot(real[which].ravel(), imaginary[which].ravel(), linestyle="", markersize=2.2 if kind == "unstable" else 2,
                  marker="^" if kind == "unstable" else ".", color=POINT[kind]["color"], alpha=0.7)
    axis.axvline(0, color="0.6", linewidth=0.5, linestyle=":")
    axis.set(xlabel="eigenvalue λ, real part", ylabel="imaginary part")
    axis.set_aspect("equal", adjustable="datalim")
    axis.locator_params(nbins=5)


def units_runs(sweep: Sweep) -> list[int]:
    """The first measured run of each architecture; without several, of the sweep."""
    there = measured(sweep, "selectivity")
    runs: dict[Any, int] = {}
    for run, arch in zip(sweep.config.run.values[there], sweep.config.arch.values[there]):
        runs.setdefault(arch, int(run))
    return list(runs.values())[:4]


RASTERS = 12


@style.styled
def units(sweep: Sweep, axes: Any = None, *, run: int | list[int] | None = None,
          title: str = "Figure 4. Responses of single units, and what they are selective for") -> list[Axes]:
    """A row a network: the units of the largest variance over the 8 x 8 grid of stimuli, and all units' correlations with both
    latents. Axes of the caller: 13 a network, the correlations last."""
    runs = units_runs(sweep) if run is None else [int(r) for r in np.atleast_1d(np.asarray(run))]
    if not runs:
        raise ValueError(f"{sweep.path} has no run with rasters: the sweep needs measure: [selectivity]")

    def build(figure: Figure) -> list[Axes]:
        made = []
        outer = figure.add_gridspec(len(runs), 2, width_ratios=[3.4, 1])
        for r in range(len(runs)):
            inner = outer[r, 0].subgridspec(2, RASTERS // 2)
            made += [figure.add_subplot(inner[i // 6, i % 6]) for i in range(RASTERS)] + [figure.add_subplot(outer[r, 1])]
        return made

    page = Page(axes, (RASTERS + 1) * len(runs), height=1.9, build=build, rows=len(runs), width=style.DOUBLE)
    silent = []
    for r, each in enumerate(runs):
        measure = sweep.select(run=each).measure.isel(run=0)
        n = int(sweep.configuration(each)["units"])
        maps, selectivity = measure.raster.values[:, :n], measure.selectivity.values[:, :n]
        side = int(np.sqrt(len(maps)))
        panels = page.axes[r * (RASTERS + 1):(r + 1) * (RASTERS + 1)]
        for axis, unit in zip(panels[:RASTERS], np.argsort(-maps.var(axis=0))):
            axis.imshow(maps[:, unit].reshape(side, side).T, origin="lower", cmap="magma", extent=(-0.5, 0.5, -0.5, 0.5))
            axis.set(xticks=[], yticks=[])
            axis.set_title(f"unit {unit}", fontsize=6, pad=2)
        panels[6].set(xlabel="x1", ylabel="x2")
        axis = panels[-1]
        axis.plot(selectivity[0], selectivity[1], linestyle="", marker=style.look("arch", sweep.configuration(each)["arch"], 0, 1)["marker"],
                  color=style.look("arch", sweep.configuration(each)["arch"], 0, 1)["color"], markersize=3, alpha=0.8)
        axis.axhline(0, color="0.8", linewidth=0.5, zorder=0)
        axis.axvline(0, color="0.8", linewidth=0.5, zorder=0)
        axis.set(xlabel="correlation with x1", ylabel="correlation with x2", xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal",
                 xticks=[-1, 0, 1], yticks=[-1, 0, 1], title=phrase("arch", sweep.configuration(each)["arch"]))
        silent.append(f"{network_words(sweep, each)}: {int((~np.isfinite(selectivity).all(axis=0)).sum())} of {n} units do not respond")
    caption = f"Left: the {RASTERS} units that vary most over the stimuli, each in its own scale, dark is low. Right: a point a unit. " + \
        "; ".join(silent) + "."
    return page.finish(title_of(sweep, title), caption, {})


@style.styled
def curves(sweep: Sweep, axes: Any = None, *, line: str | None = None, panel: str | None = None,
           title: str = "Learning curves") -> list[Axes]:
    """Loss and decision accuracy while training, a line a network."""
    known = [name for name in sweep.axes if name != "seed"]
    if "variant" in known:
        known, line = [], None
    line = line or (known[-1] if known else None)
    panel = panel or next((name for name in known if name != line and len(sweep.axes[name]) <= 4), None)
    kept = np.isin(sweep.state.state.values, ("done", "diverged"))
    panels = list(sweep.axes[panel]) if panel else [None]
    page = Page(axes, 2 * len(panels), height=1.4, columns=len(panels), share=False, width=style.DOUBLE if len(panels) > 1 else style.SINGLE)
    values = list(sweep.axes[line]) if line else [None]
    history = sweep.history
    for column, here in enumerate(panels):
        for row, name in enumerate(("loss", "accuracy")):
            axis = page.axes[row * len(panels) + column]
            for place, value in enumerate(values):
                which = kept & (sweep.config[panel].values == here if panel else True) & (sweep.config[line].values == value if line else True)
                kind = style.look(line, value, place, len(values))
                if not line:
                    kind["marker"] = ""
                for i, r in enumerate(np.flatnonzero(which)):
                    batch = history.batch.values[r]
                    axis.plot(batch, history[name].values[r], label=phrase(line, value) if line and i == 0 else None, linewidth=0.8,
                              alpha=0.8, markevery=(0.1 * (place + 1) / (len(values) + 1), 0.2), markersize=3, **kind)
            axis.set_xlabel("training batch" if row else "")
            if row == 0 and panel:
                axis.set_title(phrase(panel, here))
            if column == 0:
                axis.set_ylabel("loss (nat)" if row == 0 else "decision accuracy")
            axis.locator_params(axis="x", nbins=4)
    n = int(kept.sum())
    caption = f"A line a network, n = {n}; points are means over an interval of batches." + unfinished(sweep)
    return page.finish(title_of(sweep, title), caption)


@style.styled
def spectra(sweep: Sweep, axes: Any = None, *, line: str | None = None,
            title: str = "Spectra: principal components and Jacobians") -> list[Axes]:
    """Variance of the states by component; eigenvalues at the fixed points of the networks of the most tasks."""
    pca, points = measured(sweep, "pca_ratio"), measured(sweep, "fixed_points")
    if not pca.any() and not points.any():
        raise ValueError(f"{sweep.path} has neither components nor fixed points: the sweep needs measure: [pca, fixed_points]")
    page = Page(axes, int(pca.any()) + int(points.any()), height=2.1, share=False)
    left = list(page.axes)
    caption = ""
    if pca.any():
        axis = left.pop(0)
        known = [name for name in sweep.axes if name not in ("seed", "variant")]
        line = line or (known[0] if known else None)
        caption = ("Left: " if points.any() else "") + components(sweep, axis, line)
    if points.any():
        caption += jacobians(sweep, left[0], points, "Right: " if pca.any() else "")
    return page.finish(title_of(sweep, title), caption.strip() + unfinished(sweep))


def components(sweep: Sweep, axis: Axes, line: str | None) -> str:
    count = sweep.measure.sizes["component"]
    cells = numbers(sweep, [f"pca_ratio_{i + 1}" for i in range(count)], [line] if line else [])
    cells = cells[cells["values"] > 0]
    values = list(dict.fromkeys(cells[line])) if line else [None]
    for place, value in enumerate(values):
        part = cells[cells[line] == value] if line else cells
        at = np.array([int(name.rpartition("_")[2]) for name in part.score])
        kind = style.look(line, value, place, len(values))
        axis.fill_between(at, part.q25, part.q75, color=kind["color"], alpha=0.15, linewidth=0)
        axis.plot(at, part["median"], label=phrase(line, value) if line else "components", **kind)
    positive = cells["median"][cells["median"] > 0]
    low = max(1e-6, float(positive.min()) / 2) if len(positive) else 1e-6
    axis.set_yscale("log")
    axis.set_ylim(low, 1.5)
    axis.set_xticks(range(1, count + 1))
    axis.minorticks_off()
    axis.set(xlabel="principal component", ylabel="part of the variance of the states")
    return statistic(sweep, cells).replace("Median and quartiles", "median") + ", bands: quartiles." + pooled(sweep, [line]) + " "


def jacobians(sweep: Sweep, axis: Axes, points: np.ndarray, where: str) -> str:
    tasks = np.where(points, sweep.config.tasks.values, -1)
    chosen = np.flatnonzero(points & (tasks == tasks.max()))
    real = sweep.measure.eigenvalue_real.values[chosen].reshape(-1, sweep.measure.sizes["unit"])
    imaginary = sweep.measure.eigenvalue_imaginary.values[chosen].reshape(real.shape)
    there = np.isfinite(real).any(axis=1)
    real, imaginary = real[there], imaginary[there]
    leading = np.nanmax(real, axis=1) if len(real) else np.zeros(0)
    kinds = {"stable": leading <= 0, "unstable": leading > 0}
    eigenvalues(axis, real, imaginary, kinds)
    for kind in kinds:
        axis.plot([], [], linestyle="", marker="^" if kind == "unstable" else ".", color=POINT[kind]["color"],
                  label=f"at {'an' if kind == 'unstable' else 'a'} {kind} fixed point")
    names = ", ".join(dict.fromkeys(phrase("arch", sweep.config.arch.values[run]) for run in chosen))
    return (f"{where}eigenvalues at all {len(real)} fixed points ({int(kinds['unstable'].sum())} unstable) of {len(chosen)} networks ({names}) with "
            f"{phrase('tasks', tasks.max())}; circle: |1 + λ| = 1.")
