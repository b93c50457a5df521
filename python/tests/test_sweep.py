"""Groups, tables, selections and grids against the file read plainly."""
import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, program

import mtsweep


def words(file, path):
    names = np.array([*file[path].attrs["flag_meanings"].decode().split(), ""], dtype=object)
    return names[np.minimum(file[path][()], len(names) - 1)]


# ---- groups ----

def test_every_dataset_of_the_file_is_in_its_group_with_its_numbers(grid, grid_file):
    with h5py.File(grid_file) as file:
        for group in grid.groups:
            for name, data in file[group].items():
                if name in ("text32", "text64", "text256", "phase", "quadrant", "trial_kind"):
                    continue  # part of texts, and coordinates of other shapes, which have tests of their own
                found = grid.tree[group][name]
                assert found.shape == data.shape[:data.ndim - ("text" in data.attrs)] and found.attrs["long_name"] == data.attrs["long_name"].decode()
                if data.dtype.kind == "f" and found.dtype.kind == "f":
                    assert np.array_equal(found.values, data[()], equal_nan=True), name
                elif data.dtype.kind == "i" and name not in ("split", "fold"):
                    assert np.array_equal(np.nan_to_num(found.values, nan=-1), data[()]), name
        assert set(grid.tree) == set(file) - {"axis"} and len(grid.tree) == len(grid.groups)


def test_choices_are_words_text_is_text_and_times_are_times(grid, grid_file):
    with h5py.File(grid_file) as file:
        assert list(grid.config.arch.values) == list(words(file, "config/arch"))
        assert list(grid.state.state.values) == list(words(file, "state/state"))
        assert list(grid.score.split.values) == ["id", "ood", "ood_published"]
        assert list(grid.score.fold.values) == ["x1 + x2 +", "x1 - x2 +", "x1 - x2 -", "x1 + x2 -"]
        started = pd.Timestamp(grid.state.started.values[0]).timestamp()
        assert started == pytest.approx(file["state/started"][0], abs=1e-3)
    assert grid.attrs["question"] == "Is a table a table?"
    assert all(isinstance(host, str) and host for host in grid.state.host.values)


def test_config_fields_that_vary_are_coordinates_of_the_runs(grid):
    assert grid.varying == ["arch", "tasks", "seed", "sigma", "learning_rate", "batches"]
    r2 = grid.score.r2.sel(split="ood")
    assert r2.dims == ("run", "fold", "fit")
    for name in (*grid.varying, "state"):
        assert r2.coords[name].dims == ("run",)
    lstm = r2.where(r2.arch == "lstm", drop=True)
    assert lstm.sizes["run"] == 9 and lstm.groupby("tasks").mean(...).sizes["tasks"] == 2


def test_numbers_are_read_when_they_are_used(grid, monkeypatch):
    opened = []
    real = h5py.File
    monkeypatch.setattr(h5py, "File", lambda *arguments, **options: opened.append(1) or real(*arguments, **options))
    hidden = grid.trace.hidden
    opened.clear()
    part = hidden.sel(run=3).isel(step=slice(2, 4))
    assert not opened
    values = part.values
    assert opened and values.shape == (18, 2, 12)


@pytest.mark.parametrize("key", [
    {"run": [4, 0, 9, 10, 10]}, {"run": slice(None, None, -2)}, {"run": 5, "unit": [3, 1, 7]}, {"run": []},
    {"run": [1, 2, 8], "trial": [0, 4], "step": -1, "unit": slice(1, 9, 3)}, {"trial": [5]}, {"run": slice(3, 3)}])
def test_lazy_parts_equal_parts_of_the_whole(grid, key):
    lazy = grid.trace.hidden.isel(key).values
    with h5py.File(grid.path) as file:
        whole = grid.trace.hidden.copy(data=file["trace/hidden"][()])
    assert np.array_equal(lazy, whole.isel(key).values, equal_nan=True)


def test_a_tree_maps_names_to_groups_and_variables(grid):
    assert grid.tree["score/r2"].equals(grid.score.r2) and grid.tree["/score"] is grid.score
    assert "score" in grid.tree and "nothing" not in grid.tree
    with pytest.raises(KeyError):
        grid.tree["score/nothing"]


def test_a_group_that_the_file_does_not_have_is_empty(grid):
    assert not grid.group("nothing").variables


# ---- coordinates of traces ----

def test_steps_have_phases_and_trials_quadrants_and_kinds(grid):
    trace = grid.trace
    assert list(trace.phase.values) == ["fixation"] + 4 * ["stimulus"] + ["decision"]
    assert list(trace.kind.values) == 9 * ["noisy"] + 9 * ["grid"]
    assert list(trace.quadrant.values[:9]) == [1, 1, 1, 2, 2, 3, 3, 4, 4]
    assert list(trace.quadrant.values[9:]) == [3, 0, 2, 0, 0, 0, 4, 0, 1]


def test_phases_and_quadrants_go_with_the_run_where_runs_differ(networks, noise):
    phase = networks.trace.phase
    assert phase.dims == ("run", "step")
    free = networks.config.family.values == "accumulate"
    short = (networks.config.arch.values == "lstm") & (networks.config.encoder.values == "none")
    assert set(phase.values[free].ravel()) == {"stimulus", ""}
    assert list(phase.values[~free & short][0]) == ["fixation"] + 4 * ["stimulus"] + 2 * ["delay"] + ["decision", "", ""]
    assert noise.trace.quadrant.dims == ("run", "trial")  # the grid lies between the quadrants of the last two of four


def test_traces_of_a_run_have_its_own_sizes(networks):
    run = networks.select(arch="lstm", encoder="none", family="context").config.run.values[0]
    traces = networks.traces(run)
    assert dict(traces.sizes) == {"trial": 18, "step": 8, "unit": 8, "task": 2, "latent": 2, "stimulus_step": 4}
    assert all(np.isfinite(traces[name].values).all() for name in ("hidden", "readout", "observations"))
    assert np.array_equal(traces.hidden.values, networks.trace.hidden.sel(run=run).values[:, :8, :8])


def test_the_last_step_alone_and_no_trace_at_all(tmp_path):
    from conftest import GRID, make  # pylint: disable=import-outside-toplevel

    last = mtsweep.open(make(tmp_path, "last", GRID, "--set", "trace=last", "--set", "seed=0"))
    assert list(last.trace.phase.values) == ["decision"] and list(last.traces(0).step.values) == [5]
    stored = last.traces(0).hidden.values
    assert np.allclose(last.network(0).evaluate().hidden.values[:, -1:], stored, atol=2e-5)
    none = mtsweep.open(make(tmp_path, "none", GRID, "--set", "trace=none", "--set", "seed=0"))
    with pytest.raises(ValueError, match="stores no evaluation trials"):
        none.traces(0)
    assert len(none.table()) == 7 * 12


# ---- tables ----

def test_a_table_has_a_line_a_run_split_fold_and_fit(grid, grid_file):
    table = grid.table()
    with h5py.File(grid_file) as file:
        assert len(table) == file["score/r2"].size
        assert np.array_equal(table.r2.values, file["score/r2"][()].ravel(), equal_nan=True)
        run, split, fold = 5, 2, 3
        line = table[(table.run == run) & (table.split == "ood_published") & (table.fold == "x1 + x2 -")].iloc[0]
        assert line.ols_r2 == file["score/ols_r2"][run, split, fold, 0]
        assert line.arch == words(file, "config/arch")[run] and line.sigma == file["config/sigma"][run]
    assert set(grid.varying) | {"run", "split", "fold", "fit", "state", "angle", "ols_mse"} <= set(table.columns)


def test_runs_have_a_line_each(grid, grid_file):
    runs = grid.runs()
    with h5py.File(grid_file) as file:
        assert list(runs.index) == list(file["axis/run"][()])
        for name in ("ood_r2", "loss", "ideal_r2"):
            assert np.array_equal(runs[name].values, file[f"result/{name}"][()])
        assert np.array_equal(runs.sparsity.values, file["measure/sparsity"][()], equal_nan=True)
    assert (runs.state == "done").all() and "closed_form_r2" not in runs and "units" not in runs
    assert (grid.runs("all").units == 12).all()
    assert list(grid.runs(["units", "tau"]).columns[:2]) == ["units", "tau"]


def test_medians_of_a_table_are_those_of_the_program(grid):
    table = grid.table()
    mine = table[table.split == "ood"].groupby("run").r2.median()
    assert np.allclose(mine.values, grid.result.ood_r2.values)


# ---- selections ----

def test_a_selection_is_a_sweep_of_its_rows(grid):
    part = grid.select(arch="lstm", tasks=2)
    want = np.flatnonzero((grid.config.arch.values == "lstm") & (grid.config.tasks.values == 2))
    assert len(part) == len(want) and list(part.config.run.values) == list(want)
    assert np.array_equal(part.trace.hidden.values, grid.trace.hidden.values[want], equal_nan=True)
    assert np.array_equal(part.score.r2.values, grid.score.r2.values[want], equal_nan=True)
    assert set(part.table().arch) == {"lstm"} and len(part.runs()) == len(want)
    assert len(part.select(seed=[0, 2])) == 2 * len(want) // 3
    assert part.traces(want[1]).equals(grid.traces(want[1]))
    assert len(part.session.number) == len(grid.session.number)


def test_conditions_are_values_lists_or_functions(grid):
    assert len(grid.select(sigma=0.3)) == 9 and len(grid.select(sigma=[0.1, 0.3])) == 21
    assert len(grid.select(sigma=lambda sigma: sigma > 0.2)) == 9
    assert len(grid.select(run=range(4))) == 4 and len(grid.select(state="done")) == 21
    assert len(grid.select(arch="gpt")) == 0 and len(grid.select()) == 21
    with pytest.raises(KeyError, match="no config field task; did you mean tasks"):
        grid.select(task=3)


def test_an_empty_selection_still_has_tables(grid):
    none = grid.select(arch="gpt")
    assert len(none.runs()) == 0 and len(none.table()) == 0 and "0 runs" in repr(none)


# ---- grids ----

def test_a_grid_has_the_axes_of_the_sweep_the_slowest_first(grid):
    cells = grid.grid("ood_r2")
    assert cells.dims == ("sigma", "arch", "tasks", "seed") and cells.shape == (2, 2, 2, 3)
    assert list(cells.arch.values) == ["rnn", "lstm"]
    assert cells.learning_rate.dims == ("sigma",) and cells.batches.dims == ("arch",)
    hole = cells.sel(sigma=0.3, arch="lstm", tasks=5)
    assert np.isnan(hole).all() and (hole.run == -1).all()
    for run, value in enumerate(grid.result.ood_r2.values):
        assert cells.values[cells.run.values == run] == value
    assert {name: list(values) for name, values in grid.axes.items()} == {
        "sigma": [0.1, 0.3], "arch": ["rnn", "lstm"], "tasks": [2, 5], "seed": [0, 1, 2]}


def test_a_grid_keeps_the_other_axes_of_a_quantity(grid):
    r2 = grid.grid("score/r2")
    assert r2.dims == ("sigma", "arch", "tasks", "seed", "split", "fold", "fit")
    run = int(r2.run.sel(sigma=0.1, arch="lstm", tasks=2, seed=1))
    assert np.array_equal(r2.sel(sigma=0.1, arch="lstm", tasks=2, seed=1).values, grid.score.r2.sel(run=run).values)
    assert np.array_equal(grid.grid(grid.score.r2.sel(split="ood")).values, r2.sel(split="ood").values, equal_nan=True)
    assert grid.grid("state").values[1, 1, 1, 0] == ""
    with pytest.raises(KeyError, match="no quantity r3"):
        grid.grid("r3")


def test_a_grid_of_a_selection_has_the_axes_that_are_left(grid):
    assert grid.select(sigma=0.1, arch="rnn").grid("loss").dims == ("tasks", "seed")
    one = grid.select(run=4).grid("loss")
    assert one.dims == () and float(one) == grid.result.loss.values[4] and int(one.run) == 4


def test_a_sweep_of_variants_has_one_axis_with_a_label_each(noise):
    cells = noise.grid("loss")
    assert cells.dims == ("variant", "seed")
    assert list(cells.variant.values) == ["default", "network_noise=1", "noise_at=encoder", "latents=4", "rho=0.5"]


# ---- a file in progress ----

def test_rows_that_are_not_done_are_missing_until_they_are(partial, partial_file, tmp_path):
    waits = (partial.state.state == "pending").values
    assert 0 < waits.sum() < len(partial)
    for name in ("result/ood_r2", "score/r2", "trace/hidden", "weights/parameters", "history/batch", "measure/sparsity"):
        values = partial.tree[name].values.reshape(len(partial), -1)
        assert np.isnan(values[waits]).all() and np.isfinite(values[~waits]).any(axis=1).all(), name
    assert (partial.result.kernels.values[waits] == "").all()
    assert np.isfinite(partial.weights.run_layout.values).all() and np.isfinite(partial.trace.latents.values).all()
    assert np.isnat(partial.state.started.values[waits]).all()
    assert partial.runs().ood_r2.isna().sum() == waits.sum()
    assert np.isnan(partial.grid("ood_r2").sel(arch="lstm")).all()
    assert "pending" in repr(partial) and "pending" in partial._repr_html_()  # pylint: disable=protected-access

    selected = partial.select(arch="lstm")
    program("run", tmp_path / "partial.yaml", "-o", partial_file)
    assert np.isnan(partial.score.r2.values[waits]).all()
    assert (partial.refresh().state.state == "done").all() and np.isfinite(partial.result.ood_r2.values).all()
    assert np.isfinite(selected.refresh().result.ood_r2.values).all() and set(selected.config.arch.values) == {"lstm"}


def test_a_row_that_was_reset_is_missing_though_its_numbers_are_there(partial, partial_file):
    program("reset", partial_file, "--ids", "0")
    with h5py.File(partial_file) as file:
        assert file["trace/hidden"][0].any()
    partial.refresh()
    assert np.isnan(partial.trace.hidden.sel(run=0).values).all()
    assert np.isnan(partial.trace.hidden.values[0]).all() and np.isfinite(partial.trace.hidden.values[1]).any()


# ---- what it shows and refuses ----

def test_a_sweep_shows_itself(grid):
    assert "21 runs: 21 done" in repr(grid) and "sigma            0.1 0.3" in repr(grid)
    assert "pair_angle" in repr(grid.tree)
    page = grid._repr_html_()  # pylint: disable=protected-access
    assert "Is a table a table?" in page and "pair_angle" in page and page.count("<details>") == len(grid.groups)


def test_text_of_a_page_is_escaped(networks):
    page = networks._repr_html_()  # pylint: disable=protected-access
    assert "&amp; files &lt;read&gt;" in page and "<read>" not in page


def test_what_is_no_file_of_mtsweep_is_refused(tmp_path, grid_file):
    (tmp_path / "text").write_text("name: x")
    with pytest.raises(OSError, match="text: cannot be read"):
        mtsweep.open(tmp_path / "text")
    with pytest.raises(OSError, match="nothing: cannot be read"):
        mtsweep.open(tmp_path / "nothing")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(ValueError, match="is not a file of mtsweep"):
        mtsweep.open(tmp_path / "other.h5")
    (tmp_path / "newer.h5").write_bytes(grid_file.read_bytes())
    with h5py.File(tmp_path / "newer.h5", "r+") as file:
        file.attrs["format_version"] = 99
    with pytest.raises(ValueError, match="has format version 99, and this reader knows"):
        mtsweep.open(tmp_path / "newer.h5")


def test_the_module_prints_an_overview(grid_file, tmp_path):
    def module(*arguments):
        return subprocess.run([sys.executable, "-m", "mtsweep", *map(str, arguments)], cwd=ROOT / "python",
                              capture_output=True, text=True, check=False)

    done = module(grid_file)
    assert done.returncode == 0 and "21 runs: 21 done" in done.stdout and "pair_angle" in done.stdout
    (tmp_path / "text").write_text("name: x")
    refused = module(tmp_path / "text")
    assert refused.returncode == 74 and "text: cannot be read" in refused.stderr and "Traceback" not in refused.stderr
    assert module().returncode == 2 and "usage: python3 -m mtsweep FILE" in module().stderr
