#!/usr/bin/env python3
"""Draws decoder scores against the number of tasks, one panel an architecture.

    tools/plot.py OUT.h5 FIGURE.png [--splits id,ood,ood_published] [--title TEXT]

A line is the median over seeds, folds and fits, its band the quartiles; only finished runs count. The dotted line is the
ideal observer.
"""

import argparse

import matplotlib
import numpy as np

import mtsweep

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

SPLITS = {
    "id": ("in distribution", "#0072b2"),
    "ood": ("out of distribution", "#d55e00"),
    "ood_published": ("published test sets", "#009e73"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file")
    parser.add_argument("figure")
    parser.add_argument("--splits", default="id,ood", help="which of " + ", ".join(SPLITS))
    parser.add_argument("--title", help="default: the sweep's question")
    options = parser.parse_args()

    sweep = mtsweep.open(options.file)
    done = (sweep.state.state == "done").values
    arch, tasks = sweep.config.arch.values, sweep.config.tasks.values
    r2, ideal = sweep.score.r2, sweep.result.ideal_r2.values
    if not done.any():
        raise SystemExit(f"plot.py: no run of {options.file} is done; mtsweep run continues it")

    names = list(dict.fromkeys(arch[done]))
    figure, panels = plt.subplots(
        1, len(names), figsize=(2.6 * len(names) + 0.6, 2.9), sharey=True, squeeze=False, layout="constrained"
    )
    for panel, name in zip(panels[0], names):
        rows = done & (arch == name)
        counts = np.unique(tasks[rows])
        for split in options.splits.split(","):
            label, color = SPLITS[split]
            scores = [r2.sel(split=split).values[rows & (tasks == count)] for count in counts]
            low, middle, high = np.array([np.nanpercentile(score, [25, 50, 75]) for score in scores]).T
            panel.fill_between(counts, low, high, color=color, alpha=0.2, linewidth=0)
            panel.plot(counts, middle, color=color, marker="o", markersize=4, label=label)
        ceiling = [np.nanmedian(ideal[rows & (tasks == count)]) for count in counts]
        panel.plot(counts, ceiling, color="0.4", linestyle=":", label="ideal observer")
        panel.set(title=name, xlabel="tasks K", xscale="log")
        panel.set_xticks(counts, [str(count) for count in counts])
        panel.minorticks_off()
        panel.spines[["top", "right"]].set_visible(False)
    panels[0, 0].set(ylabel="decoder r2", ylim=(min(0, panels[0, 0].get_ylim()[0]), 1.02))
    panels[0, -1].legend(frameon=False, fontsize="small", loc="lower right")
    figure.suptitle(options.title or sweep.attrs["question"], fontsize="medium")
    figure.savefig(options.figure, dpi=110)


if __name__ == "__main__":
    main()
