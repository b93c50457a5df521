"""python3 -m mtsweep.plot OUT: what `mtsweep plot` does."""
from __future__ import annotations

import argparse
import os
import sys
from typing import Any, NoReturn

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402  pylint: disable=wrong-import-position

from . import FORMATS, draw, figures, save  # noqa: E402  pylint: disable=wrong-import-position
from .paper import FIGURES  # noqa: E402  pylint: disable=wrong-import-position
from ..sweep import Sweep  # noqa: E402  pylint: disable=wrong-import-position

USAGE, INPUT = 2, 74


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        fail(message, USAGE)


def fail(message: str, status: int) -> NoReturn:
    print(f"mtsweep: {message}", file=sys.stderr)
    sys.exit(status)


def arguments(words: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="mtsweep plot")
    parser.add_argument("file")
    parser.add_argument("-o", "--output")
    parser.add_argument("--figure")
    parser.add_argument("--format")
    for name in ("score", "x", "y", "line", "panel", "run"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--floor", type=float)
    return parser.parse_args(words)


def wanted(options: argparse.Namespace, name: str) -> dict[str, Any]:
    """The options of the command line that a figure takes."""
    takes = {"heat": ("score", "x", "y", "floor"), "scores": ("score", "x", "line", "panel", "floor"), "curves": ("line", "panel"),
             "spectra": ("line",), "3d": ("run",), "4": ("run",), "S4-attractor": ("run",)}.get(name, ("floor",))
    given = {key: getattr(options, key) for key in ("score", "x", "y", "line", "panel", "run", "floor") if getattr(options, key) is not None}
    if options.figure:
        wrong = [key for key in given if key not in takes]
        if wrong:
            fail(f"figure {name} takes no --{wrong[0]}", USAGE)
    given = {key: value for key, value in given.items() if key in takes}
    if "run" in given:
        runs = [int(run) for run in given["run"].split(",") if run.isdigit()]
        if not runs:
            fail(f"--run '{given['run']}' is no number of a run", USAGE)
        given["run"] = runs if name == "4" else runs[0]
    return given


def places(options: argparse.Namespace, names: list[str]) -> dict[str, list[str]]:
    """The files of each figure."""
    formats = options.format.split(",") if options.format else list(FORMATS)
    for name in formats:
        if name not in FORMATS:
            fail(f"--format '{name}': figures are {', '.join(FORMATS)}", USAGE)
    stem, dot, end = (options.output or "").rpartition(".")
    if dot and end in FORMATS:
        if len(names) != 1:
            fail(f"-o {options.output} is one file, for one figure: choose by --figure, of {', '.join(names)}; or name a folder", USAGE)
        return {names[0]: [f"{stem}.{name}" for name in (formats if options.format else [end])]}
    folder = options.output or os.path.splitext(options.file)[0] + "_figures"
    os.makedirs(folder, exist_ok=True)
    return {name: [os.path.join(folder, f"{name}.{form}") for form in formats] for name in names}


def main(words: list[str] | None = None) -> int:
    options = arguments(words)
    try:
        sweep = Sweep(options.file)
        names = options.figure.split(",") if options.figure else figures(sweep)
        for name in names:
            if name not in FIGURES:
                fail(f"no figure '{name}'; there are {', '.join(FIGURES)}", USAGE)
        if not names:
            fail(f"no figure of {options.file}: no run is done yet; mtsweep run continues it", USAGE)
        for name, paths in places(options, names).items():
            axes = draw(sweep, name, **wanted(options, name))
            save(axes, *paths)
            plt.close(axes[0].figure)
            print(f"figure {name}: {', '.join(paths)}", flush=True)
    except ValueError as error:
        fail(str(error), USAGE)
    except KeyError as error:
        fail(str(error.args[0]), USAGE)
    except OSError as error:
        fail(str(error), INPUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
