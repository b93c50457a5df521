"""The figures by name, and which of them a file can give."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..sweep import Sweep
from . import grids as general
from . import networks, style
from .networks import measured

BOTH = ("ood_r2", "id_r2")
RIGHT = (90.0, "90°: orthogonal")


def varies(sweep: Sweep) -> set[str]:
    return set(sweep.axes) - {"seed"}


def scored(sweep: Sweep) -> bool:
    done = sweep.state.state.values == "done"
    return bool(done.any()) and "r2" in sweep.score and bool(np.isfinite(sweep.score.r2.values[done]).any())


def only(sweep: Sweep, *axes: str) -> bool:
    """Whether scores vary over these axes, and no others."""
    return scored(sweep) and varies(sweep) == set(axes)


def families(sweep: Sweep) -> set[str]:
    return set(map(str, np.unique(sweep.config.family.values)))


def by_tasks(sweep: Sweep) -> bool:
    return scored(sweep) and {"tasks"} <= varies(sweep) <= {"tasks", "arch"} and families(sweep) == {"linear"}


# ---- the figures ----

def figure_3a(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    if "arch" in sweep.varying:
        archs = list(sweep.axes["arch"])
        sweep = sweep.select(arch="rnn" if "rnn" in archs else archs[0])
    of = style.phrase("arch", str(sweep.config.arch.values[0]))
    return general.lines(sweep, axes, scores=BOTH, x="tasks", title=f"Figure 3a. Decoder r² in and out of distribution, {of}", **options)


def figure_3b(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["ood_r2"], x="tasks", line="arch", title="Figure 3b. Decoder r² out of distribution by architecture", **options)


def figure_3c(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["ood_angle"], x="tasks", line="arch", reference=RIGHT, ylabel="angle between latents (degrees)",
                         title="Figure 3c. Angle between the decoded latents by architecture", **options)


def figure_3d(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return networks.attractor(sweep, axes, title="Figure 3d. States near a two-dimensional attractor, and fixed points", **options)


def figure_4(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return networks.units(sweep, axes, **options)


def figure_5a(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=BOTH, x="stimulus", title="Figure 5a. Precision in free reaction time against theory", **options)


def figure_5b(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["ood_r2"], x="tasks", line="latents", panel=several(sweep, "arch"),
                         title="Figure 5b. Decoder r² out of distribution by numbers of latents and tasks", **options)


def figure_5c(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["ood_r2"], x="sigma", line=several(sweep, "tasks"), panel=several(sweep, "probe_sigma"),
                         title="Figure 5c. Decoder r² out of distribution by noise in training", **options)


def figure_s1(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["ood_r2"], x="tasks", line="encoder", title="Figure S1. Nonlinearity of the frozen encoder", **options)


def figure_s3b(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=BOTH, x="rho", title="Figure S3b. Latents that are correlated in training", **options)


def figure_s4(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    fields = [name for name in ("family", "tasks") if name in sweep.varying] or ["family"]
    if "fixed_point_method" in sweep.varying:  # the same networks, looked at twice
        sweep = sweep.select(fixed_point_method=sweep.axes["fixed_point_method"][0])
    return general.rows(sweep, axes, scores=BOTH, fields=fields, title="Figure S4. Nonlinear boundaries", **options)


def figure_s4_attractor(sweep: Sweep, axes: Any = None, *, run: int | None = None, **options: Any) -> list[Axes]:
    if run is None and "family" in sweep.varying:
        run = networks.attractor_run(sweep.select(family=[name for name in families(sweep) if name in CURVED]))
    return networks.attractor(sweep, axes, run=run, title="Figure S4. The attractor of nonlinear boundaries", **options)


def figure_s5c(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["ood_r2"], x="tasks", line="family", words_of={"linear": "fixed reaction time"},
                         title="Figure S5c. Fixed and free reaction time", **options)


SPARSE = {"ylabel": "sparsity of the hidden units' absolute values (%)"}  # lstm and gpt go below 0; of rnns it is the plain one


def figure_s6a(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["absolute_sparsity"], x="tasks", line=several(sweep, "arch"), **SPARSE,
                         title="Figure S6a. Sparsity by architecture", **options)


def figure_s6b(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["absolute_sparsity"], x="tasks", line="latents", panel=several(sweep, "arch"), **SPARSE,
                         title="Figure S6b. Sparsity by numbers of latents and tasks", **options)


def figure_s12(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.lines(sweep, axes, scores=["ood_angle"], x="tasks", line="latents", panel=several(sweep, "arch"), reference=RIGHT,
                         ylabel="angle between latents (degrees)", title="Figure S12. Angle between the decoded latents", **options)


def figure_variants(sweep: Sweep, axes: Any = None, **options: Any) -> list[Axes]:
    return general.rows(sweep, axes, title="Variants: one change after the other", **options)


def several(sweep: Sweep, name: str) -> str | None:
    return name if name in sweep.varying else None


CURVED = ("multiplicative", "interleaved")


@dataclass(frozen=True)
class Figure:
    draw: Callable[..., list[Axes]]
    applies: Callable[[Sweep], bool]
    needs: str


def points(sweep: Sweep) -> bool:
    return bool((measured(sweep, "fixed_points") & networks.traced(sweep)).any())


def of_paper(sweep: Sweep) -> list[str]:
    return [name for name in FIGURES if name not in GENERAL and FIGURES[name].applies(sweep)]


GENERAL = ("curves", "spectra", "heat", "variants", "scores")
FIGURES: dict[str, Figure] = {
    "3a": Figure(figure_3a, by_tasks, "scores over the axis tasks"),
    "3b": Figure(figure_3b, lambda s: by_tasks(s) and "arch" in varies(s), "scores over the axes arch and tasks"),
    "3c": Figure(figure_3c, lambda s: by_tasks(s) and "arch" in varies(s), "scores over the axes arch and tasks"),
    "3d": Figure(figure_3d, lambda s: points(s) and not families(s) & set(CURVED), "measure: [fixed_points], and traces"),
    "4": Figure(figure_4, lambda s: bool(measured(s, "selectivity").any()), "measure: [selectivity]"),
    "5a": Figure(figure_5a, lambda s: only(s, "stimulus") and families(s) == {"accumulate"}, "the axis stimulus, in family accumulate"),
    "5b": Figure(figure_5b, lambda s: scored(s) and {"latents", "tasks"} <= varies(s) <= {"arch", "latents", "tasks"}, "the axes latents and tasks"),
    "5c": Figure(figure_5c, lambda s: scored(s) and {"sigma"} <= varies(s) <= {"sigma", "tasks", "probe_sigma"}, "the axis sigma"),
    "S1": Figure(figure_s1, lambda s: only(s, "encoder", "tasks"), "the axes encoder and tasks"),
    "S3b": Figure(figure_s3b, lambda s: only(s, "rho"), "the axis rho"),
    "S4": Figure(figure_s4, lambda s: scored(s) and bool(families(s) & set(CURVED)) and varies(s) <= {"family", "tasks", "fixed_point_method"},
                 "family multiplicative or interleaved"),
    "S4-attractor": Figure(figure_s4_attractor, lambda s: points(s) and bool(families(s) & set(CURVED)),
                           "family multiplicative or interleaved, measure: [fixed_points], and traces"),
    "S5c": Figure(figure_s5c, lambda s: only(s, "family", "tasks") and families(s) == {"linear", "accumulate"},
                  "the axes family (linear, accumulate) and tasks"),
    "S6a": Figure(figure_s6a, lambda s: bool(measured(s, "absolute_sparsity").any()) and {"tasks"} <= varies(s) <= {"tasks", "arch"},
                  "measure: [sparsity], and the axis tasks"),
    "S6b": Figure(figure_s6b, lambda s: bool(measured(s, "absolute_sparsity").any()) and {"latents", "tasks"} <= varies(s) <= {"arch", "latents", "tasks"},
                  "measure: [sparsity], and the axes latents and tasks"),
    "S12": Figure(figure_s12, lambda s: scored(s) and {"latents", "tasks"} <= varies(s) <= {"arch", "latents", "tasks"}, "the axes latents and tasks"),
    "variants": Figure(figure_variants, lambda s: scored(s) and varies(s) == {"variant"}, "a list of variants (zip)"),
    "heat": Figure(general.heat, lambda s: scored(s) and len(varies(s)) >= 2, "two axes"),
    "spectra": Figure(networks.spectra, lambda s: bool(measured(s, "pca_ratio").any() or measured(s, "fixed_points").any()),
                      "measure: [pca] or [fixed_points]"),
    "curves": Figure(networks.curves, lambda s: "loss" in s.history and bool((s.state.state.values == "done").any()), "runs that are done"),
    "scores": Figure(general.scores, lambda s: scored(s) and "variant" not in varies(s), "scores"),
}


def applicable(sweep: Sweep) -> list[str]:
    """Names of the figures that the file can give: the general one of scores where none of the paper's shows them."""
    names = [name for name, figure in FIGURES.items() if figure.applies(sweep)]
    shows = set(names) & {"3a", "5a", "5b", "5c", "S1", "S3b", "S4", "S5c", "variants"}
    return [name for name in names if name != "scores" or not shows]
