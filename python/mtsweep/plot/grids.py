"""Figures of scores: lines over an axis, rows of variants, heat maps over two axes."""
from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..sweep import Sweep
from . import style
from .cells import numbers, statistic, unfinished
from .style import Page, axis_name, phrase, score_name

FLOOR = -0.2  # least r2 that is drawn
BAND = 0.15
IDEAL = "ideal observer"
RANK = "ideal observer; rank ceiling .976 K/D where K < D"


def is_r2(score: str) -> bool:
    return score.endswith("r2")


def distinct(cells: pd.DataFrame, name: str | None) -> list[Any]:
    if not name:
        return [None]
    values = list(dict.fromkeys(cells[name]))
    return values if any(isinstance(value, str) for value in values) else sorted(values)


def pooled(sweep: Sweep, used: Sequence[str | None]) -> str:
    """The axes that are in no place of a figure, and so pooled."""
    left = []
    for name in sweep.axes:
        if name in ("seed", "variant") or name in used:
            continue
        left.append(f"{axis_name(name)} ({', '.join(phrase(name, value) for value in sweep.axes[name])})")
    return f" Pooled over {' and '.join(left)}." if left else ""


def title_of(sweep: Sweep, text: str) -> str:
    name = sweep.attrs.get("name", "")
    return f"{text} ({name})" if name else text


def ceiling_name(sweep: Sweep, cells: pd.DataFrame) -> str:
    """What the ideal observer reaches here, in symbols and as a number where it is one."""
    values = np.unique(cells.ideal.dropna().round(4))
    if "latents" in sweep.varying:
        return RANK
    value = f" = {values[0]:.3f}".replace("0.", ".") if len(values) == 1 else ""
    accumulate = set(map(str, np.unique(sweep.config.family.values))) == {"accumulate"}
    plain = set(map(str, np.unique(sweep.config.noise.values))) == {"gauss"}
    if not plain or "family" in sweep.varying:
        return IDEAL + value.replace(" = ", " ")
    return f"{IDEAL}, 1 − 12σ²/{'(n + 1)' if accumulate else 'n'}{value}"


@style.styled
def lines(sweep: Sweep, axes: Any = None, *, scores: Sequence[str], x: str, line: str | None = None, panel: str | None = None,
          title: str, floor: float = FLOOR, ylabel: str | None = None, reference: tuple[float, str] | None = None,
          words_of: dict[Any, str] | None = None) -> list[Axes]:
    """Medians as lines and quartiles as bands over the field x, a line a value of `line` and score, a panel a value of
    `panel`. Only done runs count."""
    by = list(dict.fromkeys(name for name in (panel, line, x) if name))
    cells = numbers(sweep, scores, by)
    cells = cells[cells["values"] > 0]
    if cells.empty:
        raise ValueError(f"{sweep.path} has no values of {', '.join(scores)} yet")
    panels = distinct(cells, panel)
    page = Page(axes, len(panels))
    ticks = distinct(cells, x)
    words = any(isinstance(value, str) for value in ticks)
    r2 = all(is_r2(score) for score in scores)
    low = min(style.limit_r2(axis, list(cells.q25), floor) for axis in page.axes) if r2 else -np.inf
    clipped = 0
    for axis, here in zip(page.axes, panels):
        part = cells[cells[panel] == here] if panel else cells
        series = [(score, value) for score in scores for value in distinct(cells, line)]
        for place, (score, value) in enumerate(series):
            row = part[(part.score == score) & ((part[line] == value) if line else True)]
            row = row.set_index(x).reindex([tick for tick in ticks if tick in set(row[x])]).reset_index()
            if row.empty:
                continue
            nudge = 0.08 * (place - (len(series) - 1) / 2) if words else 0
            at = np.array([ticks.index(tick) + nudge if words else tick for tick in row[x]], dtype=float)
            kind = style.look(line, value, place if not line else place % len(distinct(cells, line)), len(distinct(cells, line)))
            label = ", ".join(([(words_of or {}).get(value) or phrase(line, value)] if line else []) +
                              ([score_name(sweep, score, short=True)] if len(scores) > 1 or not line else []))
            second = bool(line) and score != scores[0]
            if words:
                axis.errorbar(at, row["median"], [row["median"] - row.q25, row.q75 - row["median"]], linestyle="", capsize=2,
                              elinewidth=0.8, label=label, **kind)
            else:
                axis.fill_between(at, row.q25, row.q75, color=kind["color"], alpha=BAND, linewidth=0)
                axis.plot(at, row["median"], label=label, linestyle="--" if second else "-",
                          markerfacecolor="white" if second else None, **kind)
            clipped += style.mark_clipped(axis, at, row["median"], low, kind["color"])
            if score == scores[0] and row.ideal.notna().any() and r2:
                several = line is not None and part[part.score == score].groupby(x).ideal.nunique().max() > 1
                draw = {"color": kind["color"] if several else "0.35", "linestyle": ":", "linewidth": 1}
                name = ceiling_name(sweep, cells)
                if words:
                    axis.plot(at, row.ideal, **{**draw, "linestyle": ""}, marker="_", markersize=9, label=name)
                else:
                    axis.plot(at, row.ideal, label=name, **draw)
        if reference:
            axis.axhline(reference[0], color="0.35", linestyle=":", linewidth=1, label=reference[1])
        label_x(axis, x, ticks, words)
        if panel:
            axis.set_title(phrase(panel, here))
    for row_start in page.axes[::min(len(panels), 4)] if not page.given else page.axes[:1]:
        row_start.set_ylabel(style_label(ylabel or ("decoder r²" if r2 and len(scores) > 1 else score_name(sweep, scores[0]))))
    caption = f"{statistic(sweep, cells[cells.score == scores[0]])}, {'bars' if words else 'bands'}: quartiles." \
        .replace("Median and quartiles", "Median") + pooled(sweep, by) + style.clipped_note(clipped, low) + unfinished(sweep)
    return page.finish(title_of(sweep, title), caption)


def style_label(text: str, width: int = 26) -> str:
    """A label of an axis, in lines."""
    return "\n".join(textwrap.wrap(text, width))


def label_x(axis: Axes, x: str, ticks: list[Any], words: bool) -> None:
    if words:
        axis.set_xticks(range(len(ticks)), [phrase(x, tick) for tick in ticks])
        axis.set_xlim(-0.5, len(ticks) - 0.5)
        return
    axis.set_xscale("log" if x in ("tasks", "units", "batches") and min(ticks) > 0 else "linear")
    axis.set_xticks(ticks, [style.number(tick) for tick in ticks])
    axis.minorticks_off()
    axis.set_xlabel(axis_name(x))


@style.styled
def rows(sweep: Sweep, axes: Any = None, *, scores: Sequence[str] = ("ood_r2", "id_r2"), fields: Sequence[str] | None = None,
         title: str, floor: float = FLOOR) -> list[Axes]:
    """A row for each combination of fields, named by what differs from the first: medians with quartiles as bars."""
    every = fields is None
    fields = [name for name in sweep.varying if name != "seed"] if fields is None else list(fields)
    cells = numbers(sweep, scores, fields)
    if not (cells["values"] > 0).any():
        raise ValueError(f"{sweep.path} has no values of {', '.join(scores)} yet")
    keys = cells[cells.score == scores[0]][fields].drop_duplicates().reset_index(drop=True)
    names = []
    for r in range(len(keys)):
        words = [phrase(name, keys[name][r]) for name in fields if not every or keys[name][r] != keys[name][0]]
        names.append(", ".join(words) or "default")
    page = Page(axes, 1, height=0.22 * len(names) + 0.55, width=style.DOUBLE if len(names) > 6 or max(map(len, names)) > 30 else None)
    axis = page.axes[0]
    r2 = all(is_r2(score) for score in scores)
    clipped, low = 0, -np.inf
    if r2:
        low = max(floor, min([0.0, *cells.q25.dropna()]) - 0.04) if cells.q25.min() < 0 else 0.0
        axis.set_xlim(low, 1.03)
    for s, score in enumerate(scores):
        cell = keys.merge(cells[cells.score == score], on=fields, how="left")
        y = np.arange(len(keys)) + 0.22 * (s - (len(scores) - 1) / 2)
        kind = style.look(None, None, s, len(scores))
        seen = np.isfinite(cell["median"].values)
        axis.errorbar(cell["median"][seen], y[seen], xerr=[(cell["median"] - cell.q25)[seen], (cell.q75 - cell["median"])[seen]],
                      linestyle="", elinewidth=0.8, capsize=1.5, label=score_name(sweep, score, short=True), **kind)
        below = seen & (cell["median"].values < low)
        if below.any():
            axis.plot(np.full(below.sum(), low), y[below], linestyle="", marker=8, color=kind["color"], clip_on=False,
                      markersize=6)[0].set_gid("clipped")
        clipped += int(below.sum())
        if s == 0 and r2 and cell.ideal.notna().any():
            axis.plot(cell.ideal, np.arange(len(keys)), linestyle="", marker="|", color="0.3", markersize=9,
                      label="ideal observer of the row")
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.grid(axis="y", alpha=0.2, linewidth=0.5)
    axis.set_xlabel("decoder r²" if r2 else score_name(sweep, scores[0]))
    caption = statistic(sweep, cells).replace("Median and quartiles", "Median") + ", bars: quartiles." + \
        style.clipped_note(clipped, low) + unfinished(sweep)
    return page.finish(title_of(sweep, title), caption)


@style.styled
def heat(sweep: Sweep, axes: Any = None, *, score: str = "ood_r2", x: str | None = None, y: str | None = None,
         floor: float = FLOOR, title: str | None = None) -> list[Axes]:
    """Medians of a score over two axes of the sweep; the others are pooled, and named."""
    known = [name for name in sweep.axes if name not in ("seed", "variant")]
    x = x or next((name for name in reversed(known) if name != y), None)
    y = y or next((name for name in reversed(known) if name != x), None)
    if not x or not y or x == y:
        raise ValueError(f"a heat map needs two axes; {sweep.path} varies {', '.join(known) or 'none'}")
    cells = numbers(sweep, score, [y, x])
    across, down = distinct(cells, x), distinct(cells, y)
    grid = np.full((len(down), len(across)), np.nan)
    for _, cell in cells.iterrows():
        grid[down.index(cell[y]), across.index(cell[x])] = cell["median"]
    wide = len(across) > 6
    page = Page(axes, 1, height=0.24 * len(down) + 0.65, width=style.DOUBLE if wide else None)
    axis = page.axes[0]
    low = max(floor, np.nanmin(grid)) if is_r2(score) else np.nanmin(grid)
    high = 1.0 if is_r2(score) else np.nanmax(grid)
    axis.set_facecolor("0.9")
    image = axis.imshow(grid, aspect="auto", cmap="viridis", vmin=low, vmax=high if high > low else low + 1)
    for r in range(len(down)):
        for c in range(len(across)):
            value = grid[r, c]
            text = "–" if not np.isfinite(value) else f"{value:.2f}".replace("0.", ".") if abs(value) < 10 else f"{value:.0f}"
            bright = np.isfinite(value) and (value - low) / ((high - low) or 1) < 0.6
            axis.text(c, r, text, ha="center", va="center", fontsize=6, color="white" if bright else "black")
    axis.set_xticks(range(len(across)), [tick_text(x, value) for value in across])
    axis.set_yticks(range(len(down)), [tick_text(y, value) for value in down])
    axis.set(xlabel=axis_name(x), ylabel=axis_name(y))
    axis.spines[:].set_visible(False)
    below = int((grid < low).sum())
    bar = axis.figure.colorbar(image, ax=axis, extend="min" if below else "neither", pad=0.02)
    bar.set_label(style_label(score_name(sweep, score), 22), fontsize=6.5)
    caption = statistic(sweep, cells).replace("Median and quartiles", "Median") + " in each cell." + pooled(sweep, [x, y]) + \
        (f" Colours end at {low:.2g}, numbers do not." if below else "") + \
        (" –: no run is done." if not np.isfinite(grid).all() else "") + unfinished(sweep)
    return page.finish(title_of(sweep, title or f"{score_name(sweep, score)[:1].upper()}{score_name(sweep, score)[1:]}"), caption)


def tick_text(field: str, value: Any) -> str:
    if field == "probe_sigma" and value < 0:
        return "as trained"
    return phrase(field, value) if isinstance(value, str) else style.number(value)


def scores(sweep: Sweep, axes: Any = None, *, score: str | Sequence[str] = ("ood_r2", "id_r2"), x: str | None = None,
           line: str | None = None, panel: str | None = None, floor: float = FLOOR, title: str | None = None) -> list[Axes]:
    """Any scores over any axis: by default the last axis is x, and the first that is left makes the panels."""
    names = score.split(",") if isinstance(score, str) else list(score)
    known = [name for name in sweep.axes if name not in ("seed", "variant")]
    if "variant" in sweep.axes and not x:
        return rows(sweep, axes, scores=names, title=title or str(sweep.attrs.get("question", "")) or "Scores", floor=floor)
    x = x or next((name for name in reversed(known) if name not in (line, panel)), "seed")
    panel = panel or next((name for name in known if name not in (x, line)), None)
    question = str(sweep.attrs.get("question", ""))
    return lines(sweep, axes, scores=names, x=x, line=line, panel=panel, floor=floor, title=title or question or "Scores")


__all__ = ["heat", "lines", "rows", "scores"]
