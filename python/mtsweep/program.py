"""The program: medians, verdicts and progress are asked of it, so that there is one implementation of each."""
from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any


class Refused(Exception):
    """The program has ended with this status and this line."""

    def __init__(self, status: int, line: str):
        super().__init__(line)
        self.status = status


def find() -> str:
    """The environment variable MTSWEEP, build/mtsweep of the tree or bin/mtsweep of the installation that this package
    lies in, or mtsweep in the PATH. FileNotFoundError."""
    folder = Path(__file__).resolve().parents[2]  # above python/
    beside = [folder / "build" / "mtsweep", folder.parents[1] / "bin" / "mtsweep"] if len(folder.parents) > 1 else []
    near = next((str(path) for path in beside if os.access(path, os.X_OK) and path.is_file()), None)
    found = os.environ.get("MTSWEEP") or near or shutil.which("mtsweep")
    if not found:
        raise FileNotFoundError("no program mtsweep here, which the numbers come from; build it with make, put it into the "
                                "PATH, or name it in the variable MTSWEEP")
    return found


def ask(*words: str) -> str:
    """What the program prints. Refused, with its own line."""
    done = subprocess.run([find(), *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        line = done.stderr.decode(errors="replace").strip().splitlines() or [f"mtsweep {words[0]} failed"]
        raise Refused(done.returncode, line[-1].removeprefix("mtsweep: "))
    return done.stdout.decode(errors="replace")


def status(path: str) -> dict[str, Any]:
    """`status --json`."""
    return dict(json.loads(ask("status", "--json", "--", path), strict=False))


def tables(path: str, by: list[str] | None = None) -> tuple[list[str], list[dict[str, str]]]:
    """`show --csv`: the fields that tell cells apart, and a dict a cell and score: score, these fields, runs, missing,
    values, median, q25, q75, ideal, all as text."""
    lines = csv.DictReader(ask("show", "--csv", *(["--by", ",".join(by)] if by else []), "--", path).splitlines())
    names = list(lines.fieldnames or [])
    return names[1:names.index("runs")], list(lines)


def verdicts(path: str) -> list[list[str]]:
    """What the sweep expects, as `show` says it: lines of comparison, mean with interval, networks, verdict."""
    blocks = ask("show", "--", path).split("\n\n")
    head, *lines = next((block.splitlines() for block in blocks if re.match(r"expected +mean ", block)), [""])
    ends = [head.find(word) for word in ("mean [", "networks")]
    return [[line[:ends[0]].rstrip(), line[ends[0]:ends[1]].rstrip(), *re.split(r"\s{2,}", line[ends[1]:].rstrip(), maxsplit=1)]
            for line in lines]
