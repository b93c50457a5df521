"""How figures look: names as people write them, shapes beside colours, sizes of a journal's columns, room for every text."""
from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sweep import Sweep

SINGLE, DOUBLE = 3.5, 7.2  # widths of a journal's columns in inches
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c510a", "#999999", "#542788")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
RC = {"font.size": 7, "axes.labelsize": 7, "axes.titlesize": 7.5, "xtick.labelsize": 6.5, "ytick.labelsize": 6.5,
      "legend.fontsize": 6.5, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
      "lines.linewidth": 1.1, "lines.markersize": 4, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
      "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "svg.fonttype": "none", "svg.hashsalt": "mtsweep",
      "pdf.fonttype": 42, "axes.unicode_minus": True}

ARCHS = {"rnn": "leaky RNN", "rnn_noleak": "non-leaky RNN", "lstm": "LSTM", "gpt": "GPT", "gru": "GRU"}
AXES = {"arch": "architecture", "tasks": "number of tasks K", "latents": "number of latents D", "sigma": "noise σ in training",
        "rho": "correlation ρ of the latents in training", "stimulus": "stimulus (steps)", "probe_sigma": "noise in testing",
        "batches": "training batches", "units": "hidden units N", "seed": "seed", "encoder": "encoder", "family": "task family"}
SPLITS = {"ood_published": "published test sets", "id": "in distribution", "ood": "out of distribution",
          "gap": "in minus out of distribution"}
WORDS: dict[str, dict[str, str]] = {
    "arch": ARCHS,
    "encoder": {"relu": "ReLU encoder", "quadratic": "quadratic encoder", "none": "no encoder"},
    "family": {"linear": "linear boundaries", "multiplicative": "multiplicative boundaries", "accumulate": "free reaction time",
               "interleaved": "linear and multiplicative, interleaved", "context": "two tasks with a cue"},
    "loss": {"mse": "squared error", "bce": "cross-entropy"},
    "activation": {"tanh": "tanh units", "relu": "ReLU units"},
    "noise": {"gauss": "Gaussian noise", "anisotropic": "anisotropic noise", "ar1": "AR(1) noise", "gumbel": "Gumbel noise"},
    "noise_at": {"encoder": "noise after the encoder", "observation": "noise in observations"},
    "recurrent_init": {"sparse": "sparse initial weights", "orthogonal": "orthogonal initial weights",
                       "uniform": "uniform initial weights"},
    "probe_on": {"features": "decoders on the encoder's features", "hidden": "decoders on hidden states"},
    "mask": {"last": "loss at the last step", "random": "loss at a random step", "balanced": "balanced loss",
             "all": "loss at all steps"},
    "boundaries": {"cone": "boundaries within a cone", "random": "random boundaries", "auto": "usual boundaries"},
}
COUNTED = {"tasks": "task", "latents": "latent", "units": "unit", "stimulus": "stimulus step", "batches": "batch"}
SYMBOLS = {"sigma": "σ", "rho": "ρ"}


def number(value: Any) -> str:
    return f"{value:,.0f}" if isinstance(value, (int, np.integer)) or float(value).is_integer() else f"{value:g}"


def phrase(field: str, value: Any) -> str:
    """A field's value as a person would write it."""
    if isinstance(value, str):
        return WORDS.get(field, {}).get(value) or (value if field == "arch" else f"{field.replace('_', ' ')} {value}")
    if field == "probe_sigma":
        return "tested at the training noise" if value < 0 else f"tested at σ = {value:g}"
    if field in COUNTED:
        word = COUNTED[field]
        return f"{number(value)} {word if value == 1 else word + ('es' if word.endswith('ch') else 's')}"
    return f"{SYMBOLS[field]} = {value:g}" if field in SYMBOLS else f"{field.replace('_', ' ')} {value:g}"


def axis_name(field: str) -> str:
    return AXES.get(field, field.replace("_", " "))


def score_name(sweep: Sweep, score: str, short: bool = False) -> str:
    """The title that the file has for a score; short: of r2 its split only."""
    for split, words in SPLITS.items():
        name = score[len(split) + 1:]
        if score.startswith(split + "_") and name in sweep.score:
            if name == "r2":
                return words if short else f"decoder r², {words}"
            return f"{sweep.score[name].attrs.get('title', name)}, {words}"
    name, _, place = score.rpartition("_")
    for group in (sweep.result, sweep.measure):
        if score in group:
            return str(group[score].attrs.get("title", score.replace("_", " ")))
        if name in group and place.isdigit():
            return f"{group[name].attrs.get('title', name)} {place}"
    return score.replace("_", " ")


def look(field: str | None, value: Any, place: int, many: int) -> dict[str, Any]:
    """Colour and shape of a series; an architecture has its own everywhere, and ordered numbers a ramp."""
    if field == "arch":
        known = list(ARCHS)
        place = known.index(value) if value in known else len(known) + place
    elif field and not isinstance(value, str) and many > 2:
        return {"color": plt.get_cmap("viridis")(0.9 * place / (many - 1)), "marker": MARKERS[place % len(MARKERS)]}
    return {"color": COLORS[place % len(COLORS)], "marker": MARKERS[place % len(MARKERS)]}


def styled(draw: Callable[..., Any]) -> Callable[..., Any]:
    """A figure is drawn with these fonts and lines, whatever those of the caller are."""
    @functools.wraps(draw)
    def inside(*arguments: Any, **options: Any) -> Any:
        with plt.rc_context(RC):
            return draw(*arguments, **options)
    return inside


# ---- a page: panels, and room for title, legend and caption ----

class Page:
    """The panels of a figure: axes of the caller, or a figure of its own whose height follows from what it has to hold."""

    def __init__(self, axes: Any, panels: int, height: float = 1.75, columns: int | None = None,
                 build: Callable[[Figure], list[Axes]] | None = None, width: float | None = None, rows: int | None = None,
                 share: bool = True):
        self.given = axes is not None
        columns = columns or min(panels, 4)
        self.rows = rows or -(-panels // columns)
        self.height = height
        if self.given:
            self.axes = list(np.ravel(np.asarray(axes, dtype=object)))
            if len(self.axes) < panels:
                raise ValueError(f"this figure has {panels} panels, and there are {len(self.axes)} axes")
            self.axes = self.axes[:panels]
            self.figure = self.axes[0].figure
            return
        with plt.rc_context(RC):
            self.figure = plt.figure(figsize=(width or (SINGLE if panels == 1 else DOUBLE), 3), layout="constrained", dpi=100)
            if build:
                self.axes = build(self.figure)
            else:
                made = self.figure.subplots(self.rows, columns, squeeze=False, sharey=share)
                self.axes = list(made.flat)[:panels]
                for extra in list(made.flat)[panels:]:
                    extra.remove()

    def finish(self, title: str, caption: str, handles: dict[str, Any] | None = None) -> list[Axes]:
        """Title, legend and caption off the data; thins ticks that touch. Returns the axes."""
        if handles is None:
            handles = {}
            for axis in self.axes:
                for handle, label in zip(*axis.get_legend_handles_labels()):
                    handles.setdefault(label, handle)
        self.figure.mtsweep_caption = caption
        if self.given:
            if handles:
                self.axes[-1].legend(handles.values(), handles.keys(), frameon=False, loc="upper left", bbox_to_anchor=(1.02, 1))
            return self.axes
        with plt.rc_context(RC):
            self._arrange(title, caption, handles)
        return self.axes

    def _arrange(self, title: str, caption: str, handles: dict[str, Any]) -> None:
        figure, edge = self.figure, 0.08
        width = figure.get_figwidth()
        head = figure.text(0, 0, wrapped(figure, title, width - 2 * edge, 8.5, "bold"), fontsize=8.5, va="top", fontweight="bold")
        foot = figure.text(0, 0, wrapped(figure, caption, width - 2 * edge, 6), fontsize=6, va="bottom", color="0.25")
        legend_height = 0.0
        if handles:
            for columns in range(min(len(handles), 5), 0, -1):
                legend = figure.legend(handles.values(), handles.keys(), frameon=False, ncol=columns, loc="lower center",
                                       handlelength=2.2, columnspacing=1.2, borderaxespad=0, bbox_to_anchor=(0.5, 0.0))
                box = legend.get_window_extent(figure.canvas.get_renderer())
                if box.width / figure.dpi < width - 2 * edge or columns == 1:
                    break
                legend.remove()
            legend_height = box.height / figure.dpi + 0.04
        sizes = [text.get_window_extent(figure.canvas.get_renderer()).height / figure.dpi for text in (head, foot)]
        top, bottom = sizes[0] + 2 * edge, sizes[1] + 1.5 * edge
        height = top + bottom + legend_height + self.rows * self.height
        figure.set_size_inches(width, height)
        head.set_position((edge / width, 1 - edge / height))
        foot.set_position((edge / width, edge / height))
        if handles:
            legend.set_bbox_to_anchor((0.5, bottom / height), transform=figure.transFigure)
        bottom += legend_height
        figure.get_layout_engine().set(rect=(0.01, bottom / height, 0.98, (height - top - bottom) / height))
        figure.canvas.draw()
        for axis in self.axes:
            thin(axis)
        figure.canvas.draw()


def wrapped(figure: Figure, text: str, width: float, size: float, weight: str = "normal") -> str:
    """The text in lines of at most `width` inches."""
    sample = figure.text(0, 0, text, fontsize=size, fontweight=weight)
    inches = sample.get_window_extent(figure.canvas.get_renderer()).width / figure.dpi
    sample.remove()
    return "\n".join(textwrap.wrap(text, max(12, int(0.96 * width / (inches / max(len(text), 1))))))


def thin(axis: Axes) -> None:
    """Leaves out the labels of ticks that would touch others; words are turned instead."""
    if getattr(axis, "name", "") == "3d":
        return
    for line in (axis.xaxis, axis.yaxis):
        labels = [label for label in line.get_ticklabels() if label.get_text() and label.get_visible()]
        if not touching(labels):
            continue
        words = any(any(c.isalpha() for c in label.get_text()) for label in labels)
        if words and line is axis.xaxis:
            for label in labels:
                label.set(rotation=30, ha="right", rotation_mode="anchor")
            continue
        kept = [labels[0], labels[-1]] if not touching([labels[0], labels[-1]]) else [labels[-1]]
        for label in labels:
            if label not in kept and not touching([*kept, label]):
                kept.append(label)
        places, texts = line.get_ticklocs(), [label.get_text() if label in kept else "" for label in line.get_ticklabels()]
        line.set_ticks(places, texts)


def touching(labels: Sequence[Any]) -> bool:
    boxes = [label.get_window_extent().padded(1.5) for label in labels]
    return any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1:])


def limit_r2(axis: Axes, lows: Sequence[float], floor: float) -> float:
    """Sets the axis of an r2 and returns its lower end: 0 or below, not below the floor."""
    finite = [value for value in lows if np.isfinite(value)]
    low = max(floor, min([0.0, *finite]) - 0.04) if min([0.0, *finite]) < 0 else 0.0
    axis.set_ylim(low, 1.03)
    return low


def mark_clipped(axis: Axes, at: Any, values: Any, low: float, color: Any) -> int:
    """An arrow at the lower edge for each point below; returns how many."""
    at, values = np.asarray(at, dtype=float), np.asarray(values, dtype=float)
    below = values < low
    if below.any():
        marks = axis.plot(at[below], np.full(below.sum(), low), linestyle="", marker=11, color=color, markersize=6, clip_on=False,
                          zorder=5)
        marks[0].set_gid("clipped")
    return int(below.sum())


def clipped_note(count: int, low: float) -> str:
    return f" Arrows at the edge: {count} median{'s' * (count != 1)} below {low:.2g}." if count else ""
