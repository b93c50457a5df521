"""The axes of a sweep, found from the config fields that vary over its runs.

The file keeps runs in the order of the grid. A field that follows from others, such as one that an override
sets or that a zip moves along, is no axis of its own: of fields that follow from each other, the one that the sweep
file names first is. Where the fields leave half of the combinations out or more, as in a list of variants, there is
one axis `variant` with a label for each.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

HOLES = 2  # cells for each combination that exists, from which on a sweep is no grid


@dataclass(frozen=True)
class Axis:
    name: str
    values: np.ndarray  # in the order of the sweep
    number: np.ndarray  # of the value of each run


def differs(values: np.ndarray) -> bool:
    return len(values) > 0 and bool((values != values[0]).any())


def axis(name: str, values: np.ndarray) -> Axis:
    number, known = pd.factorize(values)
    return Axis(name, np.asarray(known), number)


def combined(axes: list[Axis]) -> np.ndarray:
    """A number for each run, the same for runs that agree on all axes."""
    number = np.zeros(len(axes[0].number), dtype=np.int64)
    for each in axes:
        number = pd.factorize(number * len(each.values) + each.number)[0]
    return number


def combinations(axes: list[Axis]) -> int:
    return int(combined(axes).max()) + 1 if axes else 1


def in_order(names: list[str], text: str) -> list[str]:
    """Names of fields in the order in which the text of a sweep first sets them."""
    text = re.sub(r"#.*", "", text)
    places = {name: re.search(rf"\b{name}\s*[:=]", text) for name in names}
    return sorted(names, key=lambda name: place.start() if (place := places[name]) else len(text))


def found(fields: dict[str, np.ndarray]) -> list[Axis]:
    """The axes of runs with these varying fields, the slowest first. An earlier field is preferred to later ones."""
    axes = [axis(name, values) for name, values in fields.items()]
    repeated = [each for each in axes if each.name == "seed"]
    axes = [each for each in axes if each.name != "seed"]
    total = combinations(axes)
    for each in axes[::-1]:
        rest = [other for other in axes if other is not each]
        if rest and combinations(rest) == total:
            axes = rest
    if axes and np.prod([float(len(each.values)) for each in axes]) >= HOLES * total:
        axes = [variants(fields)]
    axes += repeated
    return sorted(axes, key=lambda each: -int(np.argmax(each.number != each.number[0])))


def variants(fields: dict[str, np.ndarray]) -> Axis:
    """One axis of all combinations, each named by its differences from the first."""
    fields = {name: values for name, values in fields.items() if name != "seed"}
    number = combined([axis(name, values) for name, values in fields.items()])
    first = [int(np.argmax(number == i)) for i in range(int(number.max()) + 1)]
    labels = [" ".join(f"{name}={plain(values[i])}" for name, values in fields.items() if values[i] != values[first[0]])
              for i in first]
    return Axis("variant", np.array([label or "default" for label in labels], dtype=object), number)


def plain(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"
