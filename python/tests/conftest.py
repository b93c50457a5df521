"""Files made by the real program. BUILD_DIR (default build) holds it."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "python"))

os.environ["MTSWEEP"] = str(ROOT / os.environ.get("BUILD_DIR", "build") / "mtsweep")

import mtsweep  # noqa: E402

SMALL = """
  units: 12
  heads: 3
  mlp: 20
  encoder_hidden: 11
  encoder_features: 7
  batch: 4
  probe_fits: 1
  probe_batches: 4
  probe_trials: 16
  trace_trials: 9
  trace_grid: 3
  history_points: 5
"""

# Every architecture, activation, leak, encoder and family that the program accepts together.
NETWORKS = f"""
name: networks
question: Are networks & files <read> right?
grid:
  arch: [rnn, rnn_noleak, lstm, gpt]
  family: [linear, multiplicative, interleaved, context, accumulate]
  encoder: [relu, quadratic, none]
  activation: [relu, tanh]
  tau: [100, 250]
set:{SMALL}
  batches: 60
  learning_rate: 0.003
  delay: 2
  stimulus: 6
override:
  - where: {{family: multiplicative}}
    set: {{tasks: 24}}
  - where: {{family: interleaved}}
    set: {{tasks: 48}}
  - where: {{family: context}}
    set: {{tasks: 2}}
  - where: {{arch: gpt, encoder: relu}}
    set: {{blocks: 2}}
  - where: {{arch: lstm, encoder: none}}
    set: {{units: 8, stimulus: 4}}
  - where: {{encoder: quadratic}}
    set: {{loss: mse}}
exclude:
  - {{arch: [lstm, gpt], activation: tanh}}
  - {{arch: [lstm, gpt], tau: 250}}
"""

# A grid with an override, a zip and a hole; measures; later more of it is run.
GRID = f"""
name: grid
question: Is a table a table?
grid:
  arch: [rnn, lstm]
  tasks: [2, 5]
  seed: 0..2
zip:
  - {{sigma: [0.1, 0.3], learning_rate: [0.001, 0.002]}}
set:{SMALL}
  batches: 5
  stimulus: 4
override:
  - where: {{arch: lstm}}
    set: {{batches: 7}}
exclude:
  - {{arch: lstm, tasks: 5, sigma: 0.3}}
measure: [sparsity]
"""

NOISE = f"""
name: noise
zip:
  - {{network_noise: [0, 1, 0, 0, 0], noise_at: [observation, observation, encoder, observation, observation],
     latents: [2, 2, 2, 4, 2], rho: [0, 0, 0, 0, 0.5]}}
grid:
  seed: 0..1
set:{SMALL}
  batches: 5
  stimulus: 4
"""


def program(*arguments):
    """Runs mtsweep; its exit status 75 (part of the sweep) is as good as 0."""
    path = ROOT / os.environ.get("BUILD_DIR", "build") / "mtsweep"
    done = subprocess.run([str(path), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 75), done.stdout + done.stderr
    return done.stdout


def make(folder, name, text, *options):
    sweep, file = folder / f"{name}.yaml", folder / f"{name}.h5"
    sweep.write_text(text, encoding="utf-8")
    program("run", sweep, "-o", file, *options)
    return file


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sweeps")


@pytest.fixture(scope="session")
def networks_file(folder):
    return make(folder, "networks", NETWORKS)


@pytest.fixture(scope="session")
def grid_file(folder):
    return make(folder, "grid", GRID)


@pytest.fixture(scope="session")
def noise_file(folder):
    return make(folder, "noise", NOISE)


@pytest.fixture
def partial_file(tmp_path):
    file = make(tmp_path, "partial", GRID)
    program("reset", file, "--where", "arch=lstm")
    return file


@pytest.fixture
def networks(networks_file):
    return mtsweep.open(networks_file)


@pytest.fixture
def grid(grid_file):
    return mtsweep.open(grid_file)


@pytest.fixture
def noise(noise_file):
    return mtsweep.open(noise_file)


@pytest.fixture
def partial(partial_file):
    return mtsweep.open(partial_file)
