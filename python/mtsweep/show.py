"""How a sweep and a network show themselves, as text and in a notebook."""
from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from .network import Network
    from .sweep import Sweep, Tree

STYLE = ("<style>.mtsweep td, .mtsweep th { text-align: left; padding: 0 1em 0 0; vertical-align: top } "
         ".mtsweep summary { cursor: pointer }</style>")


def shorten(values: Any, most: int = 8) -> str:
    words = [value if isinstance(value, str) else f"{value:g}" for value in values]
    return " ".join(words if len(words) <= most else words[:most - 1] + ["...", words[-1]])


def counts(sweep: Sweep) -> str:
    states = pd.Series(sweep.state.state.values).value_counts(sort=False)
    return ", ".join(f"{count} {state}" for state, count in states.items())


def head(sweep: Sweep) -> tuple[str, str]:
    return str(sweep.attrs.get("name", sweep.path)), str(sweep.attrs.get("question", ""))


def fields(sweep: Sweep) -> list[tuple[str, str]]:
    """The fields that vary, the axes first, with their values."""
    axes = sweep.axes
    rest = [name for name in sweep.varying if name not in axes]
    return [(name, shorten(values)) for name, values in axes.items()] + \
           [(name, shorten(pd.unique(sweep.config[name].values))) for name in rest]


def sessions(sweep: Sweep) -> str:
    number = sweep.session.number.values
    last = f", the last on {sweep.session.host.values[number.argmax()]}" if len(number) and number.max() > 0 else ""
    return f"{int(number.max()) if len(number) else 0} sessions{last}"


def columns(dataset: Any) -> list[tuple[str, str, str]]:
    """Name, axes and meaning of each variable."""
    found = []
    for name, variable in dataset.data_vars.items():
        unit = variable.attrs.get("units", "")
        meaning = str(variable.attrs.get("long_name", "")) + (f" [{unit}]" if unit not in ("", "1") else "")
        found.append((str(name), ", ".join(f"{axis} {variable.sizes[axis]}" for axis in variable.dims), meaning))
    return found


# ---- text ----

def sweep_text(sweep: Sweep) -> str:
    name, question = head(sweep)
    lines = [f"<mtsweep.Sweep {name}> {question}".rstrip(), f"{len(sweep)} runs: {counts(sweep)}"]
    lines += [f"  {field:<16} {values}" for field, values in fields(sweep)]
    return "\n".join([*lines, "groups: " + ", ".join(sweep.groups)])


def tree_text(tree: Tree) -> str:
    lines = ["<mtsweep.Tree>"]
    for group, dataset in tree.items():
        lines.append(group)
        lines += [f"  {name:<18} ({axes})  {meaning}" for name, axes, meaning in columns(dataset)]
    return "\n".join(lines)


def overview(sweep: Sweep) -> str:
    """What is in the file."""
    name, question = head(sweep)
    lines = [f"{name}  {question}".rstrip(), f"{len(sweep)} runs: {counts(sweep)}"]
    lines += [f"  {field:<16} {values}" for field, values in fields(sweep)]
    return "\n".join([*lines, sessions(sweep), *tree_text(sweep.tree).split("\n")[1:]])


def network_text(net: Network) -> str:
    lines = [f"<mtsweep.Network {net.config['arch']}, run {net.run}> {net.I} inputs, {net.N} units, {net.K} tasks, "
             f"family {net.config['family']}, encoder {net.config['encoder']}"]
    for block, tensors in (("parameters", net.tensors), ("encoder", net.encoder)):
        lines += [f"  {block:<10} {name:<14} {values.shape[0]} x {values.shape[1]}" for name, values in tensors.items()]
    if net.noisy:
        lines.append("  trained with noise that the file does not hold: stored traces of noisy trials differ")
    return "\n".join(lines)


# ---- pages ----

def rows(cells: list[tuple[str, ...]]) -> str:
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in line) for line in cells)
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def groups_html(tree: Tree) -> str:
    return "".join(f"<details><summary>{escape(group)}</summary>{rows(list(columns(dataset)))}</details>"
                   for group, dataset in tree.items())


def tree_html(tree: Tree) -> str:
    return f'{STYLE}<div class="mtsweep">{groups_html(tree)}</div>'


def sweep_html(sweep: Sweep) -> str:
    name, question = head(sweep)
    body = f"<b>{escape(name)}</b> {escape(question)}<br>{len(sweep)} runs: {escape(counts(sweep))}"
    return f'{STYLE}<div class="mtsweep">{body}{rows(list(fields(sweep)))}{groups_html(sweep.tree)}</div>'


def network_html(net: Network) -> str:
    title, *lines = network_text(net).split("\n")
    cells = [tuple(line.split(None, 2)) for line in lines if not line.strip().startswith("trained")]
    note = "<br>".join(escape(line.strip()) for line in lines if line.strip().startswith("trained"))
    return f'{STYLE}<div class="mtsweep">{escape(title.strip("<"))}{rows(cells)}{note}</div>'
