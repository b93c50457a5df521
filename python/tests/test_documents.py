"""What the documentation shows works, and the package installs."""
import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

README = (ROOT / "python" / "README.md").read_text(encoding="utf-8")


def test_the_lines_of_the_readme_run(networks_file, tmp_path, monkeypatch):
    (tmp_path / "sweep.h5").symlink_to(networks_file)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    ran = 0
    for block in re.findall(r"```python\n(.*?)```", README, re.S):
        needed = re.findall(r"^(?:import|from) (\w+)", block, re.M)
        if any(importlib.util.find_spec(name) is None for name in needed):
            continue
        exec(compile(block, "README.md", "exec"), names)  # pylint: disable=exec-used
        ran += 1
    assert ran >= 3
    if "cka" in names:
        assert 0 < names["cka"](*names["last"]) < 1
        assert names["cka"](names["last"][0], 3 * names["last"][0]) == pytest.approx(1)


def test_a_search_for_fixed_points_calls_the_module_as_the_readme_says(networks):
    torch = pytest.importorskip("torch")
    run = networks.select(arch="rnn", family="linear", encoder="relu", activation="tanh").config.run.values[0]
    net = networks.network(run)
    trials = net.evaluate()
    module, off = net.torch(), torch.from_numpy(net.inputs(trials.observations.values[:1])[:, :1])
    x = torch.from_numpy(trials.hidden.values[:, -2])[None].requires_grad_(True)
    inputs = off.expand(x.shape[1], -1, -1)
    _, moved = module(inputs, x)
    assert moved.shape == x.shape
    assert torch.allclose(moved[0], torch.from_numpy(net.step(x[0].detach().numpy(), inputs[:, 0].numpy())), atol=1e-6)
    before = ((moved - x) ** 2).sum()
    before.backward()
    with torch.no_grad():
        y = x - 0.1 * x.grad
        assert ((module(inputs, y)[1] - y) ** 2).sum() < before


def test_the_notebook_runs(grid_file, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("MTSWEEP_FILE", str(grid_file))
    monkeypatch.setenv("MPLBACKEND", "agg")
    folder = ROOT / "python" / "examples"
    for path in sorted(folder.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3",
                                resources={"metadata": {"path": str(folder)}}).execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        assert not [output for output in outputs if output.output_type == "error"]
        assert any("21 runs" in output.get("data", {}).get("text/html", "") for output in outputs)


def test_the_package_installs_without_a_network(tmp_path):
    if importlib.util.find_spec("pip") is None or importlib.util.find_spec("wheel") is None:
        pytest.skip("no pip and wheel here")
    shutil.copytree(ROOT / "python", tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    target = tmp_path / "target"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps",
                    "--target", str(target), str(tmp_path / "source")], check=True, capture_output=True)
    assert (target / "mtsweep" / "py.typed").exists()
    done = subprocess.run([sys.executable, "-c", "import mtsweep; print(mtsweep.__file__)"], cwd=tmp_path, check=True,
                          capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(target)})
    assert str(target) in done.stdout
