"""Trials: their periods, the evaluation trials that the file stores, and which of them is what.

    step      0 .. fixation-1 | stimulus | delay | decision       family accumulate: the stimulus only, and in
    phase     fixation          stimulus   delay   decision       evaluation one step more of it
    fixation  1                 1          1       0
    rule      family context: one-hot, at every step

The first `trace_trials` evaluation trials are noisy, a quadrant of the last two latents after the other; the
rest is a noise-free grid in the plane of the first two latents. The file says so of each step and trial: /trace/phase,
/trace/trial_kind, /trace/quadrant.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

import numpy as np

CONTEXTS = 2  # tasks of family context


@dataclass(frozen=True)
class Periods:
    """Lengths in steps."""

    fixation: int
    stimulus: int
    delay: int
    decision: int

    @property
    def steps(self) -> int:
        return self.fixation + self.stimulus + self.delay + self.decision

    @property
    def phases(self) -> np.ndarray:
        """The phase of each step."""
        lengths = (self.fixation, self.stimulus, self.delay, self.decision)
        return np.repeat(np.array(["fixation", "stimulus", "delay", "decision"], dtype=object), lengths)


def periods(config: Mapping[str, Any]) -> Periods:
    """Of the evaluation trials of a run."""
    if config["family"] == "accumulate":
        return Periods(0, int(config["stimulus"]) + 1, 0, 0)
    return Periods(*(int(config[name]) for name in ("fixation", "stimulus", "delay", "decision")))


def channels(config: Mapping[str, Any]) -> int:
    """Network inputs that bypass the encoder."""
    return {"accumulate": 0, "context": 1 + CONTEXTS}.get(str(config["family"]), 1)


def inputs(config: Mapping[str, Any], features: np.ndarray, off: np.ndarray, cue: np.ndarray | None) -> np.ndarray:
    """Network inputs (trial, step, input): the channels, then the encoder's features, which are those of the zero
    observation outside the stimulus. features: (trial, stimulus step, feature), off: (feature,), cue: (trial,)
    the cued task of family context, whose evaluation trials ask for its tasks in turn."""
    trials, steps, width = features.shape
    spans = periods(config)
    spans = Periods(spans.fixation, steps, spans.delay, spans.decision)
    n = channels(config)
    x = np.zeros((trials, spans.steps, n + width), dtype=features.dtype)
    x[:, :, n:] = off
    x[:, spans.fixation:spans.fixation + steps, n:] = features
    if n > 0:
        x[:, :spans.steps - spans.decision, 0] = 1
    if n > 1:
        asked = np.arange(trials) % CONTEXTS if cue is None else np.asarray(cue)
        x[:, :, 1:n] = (asked[:, None] == np.arange(CONTEXTS))[:, None, :]
    return x
