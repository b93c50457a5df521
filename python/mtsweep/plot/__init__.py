"""Figures of a sweep, with the numbers of the program's own tables.

    from mtsweep import plot
    plot.figures(sweep)                            # names of those that the file can give
    axes = plot.draw(sweep, "3b")                  # the panels, in a figure of a journal's column
    plot.figure_3b(sweep, axes=mine)               # into axes of yours
    plot.heat(sweep, score="id_r2", x="tasks", y="arch")
    plot.scores(sweep, score="accuracy", x="tasks", line="arch")
    plot.save(axes, "3b.pdf", "3b.svg", "3b.png")  # 300 dpi

A function a figure: it takes a Sweep, also a selection, and axes if they are yours, draws, and returns the axes. Medians
and quartiles come from `mtsweep show --csv`. `mtsweep plot OUT` does it from the command line. Needs matplotlib.
"""
from __future__ import annotations

import os
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..sweep import Sweep
from . import style
from .grids import heat, lines, rows, scores
from .networks import attractor, curves, spectra, units
from .cells import numbers
from .paper import (FIGURES, applicable, figure_3a, figure_3b, figure_3c, figure_3d, figure_4, figure_5a, figure_5b, figure_5c, figure_s1,
                    figure_s3b, figure_s4, figure_s4_attractor, figure_s5c, figure_s6a, figure_s6b, figure_s12, figure_variants)

FORMATS = ("pdf", "svg", "png")
DPI = 300


def figures(sweep: Sweep) -> list[str]:
    """Names of the figures that the sweep's file can give."""
    return applicable(sweep)


def draw(sweep: Sweep, name: str, axes: Any = None, **options: Any) -> list[Axes]:
    """A figure by its name. KeyError if none has it, ValueError if the file does not hold what it needs."""
    figure = FIGURES[name]
    if not figure.applies(sweep):
        raise ValueError(f"figure {name} needs {figure.needs}; {sweep.path} has " + (f"what {', '.join(figures(sweep))} need" if figures(sweep)
                                                                                     else "no results yet"))
    return figure.draw(sweep, axes, **options)


def save(axes: Any, *paths: str | os.PathLike[str]) -> None:
    """Writes the figure of these axes, in the format that each name ends in, with 300 dpi where it has pixels; text stays text."""
    figure = np.ravel(np.asarray(axes, dtype=object))[0].figure
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
    with plt.rc_context(style.RC):
        for path in map(os.fspath, paths):
            figure.savefig(path, dpi=DPI, metadata=undated.get(path.rpartition(".")[2]))


__all__ = ["attractor", "curves", "draw", "figure_3a", "figure_3b", "figure_3c", "figure_3d", "figure_4", "figure_5a", "figure_5b", "figure_5c",
           "figure_s1", "figure_s3b", "figure_s4", "figure_s4_attractor", "figure_s5c", "figure_s6a", "figure_s6b", "figure_s12",
           "figure_variants", "figures", "heat", "lines", "numbers", "rows", "save", "scores", "spectra", "units"]
