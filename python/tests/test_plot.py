"""Figures: their data against medians of the raw scores, their files, and that no text touches another."""
import functools
import itertools
import re
import struct

import numpy as np
import pytest
from conftest import ROOT, program

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  pylint: disable=wrong-import-position

import mtsweep  # noqa: E402  pylint: disable=wrong-import-position
from mtsweep import plot  # noqa: E402  pylint: disable=wrong-import-position
from mtsweep.plot import style  # noqa: E402  pylint: disable=wrong-import-position

SMALL = {"batches": "8", "probe_batches": "5", "probe_fits": "2", "probe_trials": "16", "trace_trials": "8", "trace_grid": "3",
         "fixed_point_starts": "4", "fixed_point_steps": "20", "seed": "0"}
MORE = {"fig3": {"seed": "0..1", "measure_fixed_points": "yes"}, "fig5c": {"tasks": "2,6,24"}}
RAW = {"ood_r2": ("ood", "r2"), "id_r2": ("id", "r2"), "ood_angle": ("ood", "angle")}
# Sweep, figure, scores, x, line, panel.
LINES = [("fig3", "3b", ["ood_r2"], "tasks", "arch", None), ("fig3", "3c", ["ood_angle"], "tasks", "arch", None),
         ("fig3", "S6a", ["absolute_sparsity"], "tasks", "arch", None), ("fig5a", "5a", ["ood_r2", "id_r2"], "stimulus", None, None),
         ("fig5b", "5b", ["ood_r2"], "tasks", "latents", "arch"), ("fig5b", "S12", ["ood_angle"], "tasks", "latents", "arch"),
         ("fig5b", "S6b", ["absolute_sparsity"], "tasks", "latents", "arch"), ("fig5c", "5c", ["ood_r2"], "sigma", "tasks", "probe_sigma"),
         ("figS1", "S1", ["ood_r2"], "tasks", "encoder", None), ("figS3b", "S3b", ["ood_r2", "id_r2"], "rho", None, None),
         ("figS5c", "S5c", ["ood_r2"], "tasks", "family", None), ("fig3", "scores", ["ood_r2", "id_r2"], "tasks", None, "arch")]
EVERY = sorted({(sweep, figure) for sweep, figure, *_ in LINES} |
               {("fig3", name) for name in ("3a", "3d", "heat", "spectra", "curves")} |
               {("fig3d", "3d"), ("fig4", "4"), ("fig4", "scores"), ("figS4", "S4"), ("figS4", "S4-attractor"), ("robustness", "variants"),
                ("robustness", "curves"), ("fig5b", "heat"), ("fig5c", "heat")})


@pytest.fixture(scope="session")
def sweep_of(tmp_path_factory):
    """A sweep that ships, run in small."""
    folder, made = tmp_path_factory.mktemp("figures"), {}

    def make(name):
        if name not in made:
            settings = {**SMALL, **MORE.get(name, {})}
            program("run", ROOT / "sweeps" / f"{name}.yaml", "-o", folder / f"{name}.h5",
                    *itertools.chain.from_iterable(("--set", f"{key}={value}") for key, value in settings.items()))
            made[name] = mtsweep.open(folder / f"{name}.h5")
        return made[name]
    return make


@pytest.fixture(scope="session")
def drawn_as(sweep_of):
    """The axes of a figure, drawn once."""
    made = {}

    def make(name, figure):
        if (name, figure) not in made:
            made[name, figure] = plot.draw(sweep_of(name), figure)
        return made[name, figure]
    return make


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


@functools.lru_cache(maxsize=None)
def lines_of(sweep, runs):
    """The table of a sweep, made once."""
    return sweep.runs("all") if runs else sweep.table()


def raw(sweep, score, **where):
    """Median and quartiles, from the scores as the file has them."""
    table = lines_of(sweep, score == "absolute_sparsity")
    if score != "absolute_sparsity":
        split, column = RAW[score]
        table = table[table.split == split]
    else:
        column = score
    for name, value in where.items():
        table = table[table[name] == value]
    return np.quantile(table[column].dropna().astype(float), [0.25, 0.5, 0.75])


@pytest.mark.parametrize("name,figure,scores,x,line,panel", LINES, ids=lambda value: value if isinstance(value, str) else None)
def test_lines_are_medians_of_the_raw_scores(sweep_of, drawn_as, name, figure, scores, x, line, panel):
    sweep = sweep_of(name)
    axes = drawn_as(name, figure)
    panels = list(sweep.axes[panel]) if panel else [None]
    assert len(axes) == len(panels)
    lines = list(sweep.axes[line]) if line else [None]
    for axis, here in zip(axes, panels):
        drawn = [one for one in axis.lines if one.get_marker() not in ("None", "", None, 11)]
        bands = axis.collections
        assert len(drawn) == len(bands) == len(lines) * len(scores)
        for (score, value), one, band in zip(itertools.product(scores, lines), drawn, bands):
            where = {key: what for key, what in ((panel, here), (line, value)) if key}
            assert list(one.get_xdata()) == sorted(sweep.axes[x])
            corners = band.get_paths()[0].vertices
            for at, median in one.get_xydata():
                low, middle, high = raw(sweep, score, **where, **{x: at})
                assert median == pytest.approx(middle, rel=1e-6, abs=1e-6)
                edges = corners[np.isclose(corners[:, 0], at), 1]
                assert (edges.min(), edges.max()) == (pytest.approx(low, rel=1e-6, abs=1e-6), pytest.approx(high, rel=1e-6, abs=1e-6))
            if line == "arch":
                assert one.get_label() == {"rnn": "leaky RNN", "rnn_noleak": "non-leaky RNN", "lstm": "LSTM", "gpt": "GPT"}[value]


def test_rows_and_cells_are_medians_of_the_raw_scores(sweep_of):
    sweep = sweep_of("figS4")
    [axis] = plot.draw(sweep, "S4")
    drawn = [container.lines[0] for container in axis.containers]
    rows = [("multiplicative", 24), ("multiplicative", 48), ("interleaved", 96)]
    assert len(axis.get_yticklabels()) == len(rows)
    for one, score in zip(drawn, ("ood_r2", "id_r2")):
        for value, (family, tasks) in zip(one.get_xdata(), rows):
            assert value == pytest.approx(raw(sweep, score, family=family, tasks=tasks)[1], rel=1e-6)
    n = len(np.unique(sweep.config.seed)) * 4 * sweep.score.sizes["fit"]  # rows that only look at a network in another way count once
    assert f"n = {n} (" in axis.figure.mtsweep_caption
    sweep = sweep_of("fig5b")
    [axis] = plot.heat(sweep, x="tasks", y="latents", score="id_r2")
    cells = axis.images[0].get_array()
    for (r, latents), (c, tasks) in itertools.product(enumerate(sweep.axes["latents"]), enumerate(sweep.axes["tasks"])):
        assert cells[r, c] == pytest.approx(raw(sweep, "id_r2", latents=latents, tasks=tasks)[1], rel=1e-6)
    assert "Pooled over architecture (leaky RNN, GPT)" in axis.figure.mtsweep_caption
    assert f"n = {2 * 4 * 2} (2 networks × 4 folds × 2 fits)" in axis.figure.mtsweep_caption
    sweep = sweep_of("robustness")
    [axis] = plot.draw(sweep, "variants")
    for value, label in zip(axis.containers[0].lines[0].get_xdata(), axis.get_yticklabels()):
        if label.get_text() in ("tanh units", "AR(1) noise"):
            where = {"activation": "tanh"} if "tanh" in label.get_text() else {"noise": "ar1"}
            assert value == pytest.approx(raw(sweep, "ood_r2", **where)[1], rel=1e-6)
    assert {"default", "tanh units", "AR(1) noise", "no encoder"} <= {label.get_text() for label in axis.get_yticklabels()}


def ends(sweep, run):
    """States at the end of the stimulus of noise-free trials, in the plane of two components, from the trace."""
    trace = sweep.traces(run)
    hidden = trace.hidden.values[trace.kind.values == "grid"]
    units = hidden.shape[2]
    states = hidden - hidden[:, :-1].reshape(-1, units).mean(axis=0)
    return states[:, -2] @ sweep.select(run=run).measure.pca_direction.values[0, :2, :units].T


def test_the_attractor_of_nonlinear_boundaries_shows_the_states_of_the_file(sweep_of, drawn_as):
    sweep = sweep_of("figS4")
    axes = drawn_as("figS4", "S4-attractor")
    run = int(re.match(r"Run (\d+): ", axes[0].figure.mtsweep_caption).group(1))
    assert str(sweep.configuration(run)["family"]) in ("multiplicative", "interleaved")
    assert np.asarray(axes[0].collections[0].get_offsets()) == pytest.approx(ends(sweep, run), abs=1e-5)
    eigenvalues = sweep.select(run=run).measure.eigenvalue_real.values
    shown = np.concatenate([one.get_xdata() for one in axes[3].lines[1:3]])
    assert sorted(shown[np.isfinite(shown)]) == pytest.approx(sorted(eigenvalues[np.isfinite(eigenvalues)]))


def test_spectra_curves_and_states_are_those_of_the_file(sweep_of):
    sweep = sweep_of("fig3")
    left, right = plot.spectra(sweep)
    lstm = next(one for one in left.lines if one.get_label() == "LSTM")
    ratio = sweep.select(arch="lstm").measure.pca_ratio.values
    assert lstm.get_ydata() == pytest.approx(np.median(ratio, axis=0), rel=1e-6)
    last = sweep.select(tasks=24).measure.eigenvalue_real.values
    shown = np.concatenate([one.get_xdata() for one in right.lines[1:3]])
    assert sorted(shown[np.isfinite(shown)]) == pytest.approx(sorted(last[np.isfinite(last)]))
    axes = plot.curves(sweep)
    shown = {tuple(np.nan_to_num(one.get_ydata())) for one in itertools.chain(*(axis.lines for axis in axes))}
    for name in ("loss", "accuracy"):
        assert {tuple(np.nan_to_num(row)) for row in sweep.history[name].values} <= shown
    run = int(sweep.select(arch="rnn", tasks=24).config.run.values[0])
    axes = plot.figure_3d(sweep, run=run)
    assert np.asarray(axes[0].collections[0].get_offsets()) == pytest.approx(ends(sweep, run), abs=1e-5)
    assert f"Run {run}: leaky RNN, 24 tasks" in axes[0].figure.mtsweep_caption
    sweep = sweep_of("fig4")
    axes = plot.figure_4(sweep, run=0)
    measure = sweep.select(run=0).measure.isel(run=0)
    assert axes[12].lines[0].get_xdata() == pytest.approx(measure.selectivity.values[0], nan_ok=True)
    assert len(axes[12].images) == 0 and all(len(axis.images) == 1 for axis in axes[:12])


def test_points_below_the_axis_are_marked_at_its_edge(sweep_of):
    sweep = sweep_of("fig3")
    for floor in (-0.2, 0.05):
        [axis] = plot.figure_3b(sweep, floor=floor)
        low = axis.get_ylim()[0]
        cells = plot.numbers(sweep, "ood_r2", ["arch", "tasks"])
        below = int((cells["median"] < low).sum())
        marks = [one for one in axis.lines if one.get_gid() == "clipped"]
        assert below > 0 and sum(len(one.get_xdata()) for one in marks) == below
        assert all((one.get_ydata() == low).all() and not one.get_clip_on() for one in marks)
        assert f"Arrows at the edge: {below} median" in axis.figure.mtsweep_caption


def texts(figure):
    """All texts that can be seen, with their boxes."""
    found = [*figure.texts]
    for legend in figure.legends:
        found += legend.get_texts()
    for axis in figure.axes:
        found += [axis.title, axis.xaxis.label, axis.yaxis.label, *axis.texts]
        for line in (axis.xaxis, axis.yaxis):
            low, high = sorted(line.get_view_interval())
            slack = 1e-6 * (high - low)
            found += [tick.label1 if tick.label1.get_visible() else tick.label2 for tick in line.get_major_ticks()
                      if low - slack <= tick.get_loc() <= high + slack]
    return [(one.get_text(), one, one.get_window_extent()) for one in found if one.get_text().strip() and one.get_visible()]


@pytest.mark.parametrize("name,figure", EVERY, ids=lambda value: value)
def test_no_text_touches_another_or_leaves_the_page(drawn_as, name, figure):
    axes = drawn_as(name, figure)
    page = axes[0].figure
    assert page.get_figwidth() in (style.SINGLE, style.DOUBLE)
    seen = texts(page)
    for text, _, box in seen:
        assert box.x0 > -1 and box.y0 > -1 and box.x1 < page.bbox.x1 + 1 and box.y1 < page.bbox.y1 + 1, text
    for (text, one, a), (other, two, b) in itertools.combinations(seen, 2):
        turned = 0 < one.get_rotation() < 90 and 0 < two.get_rotation() < 90
        assert turned or not a.overlaps(b) or a.width == 0 or b.width == 0, (text, other)
    for legend in page.legends:
        assert not any(legend.get_window_extent().overlaps(axis.get_window_extent()) for axis in axes)


def test_a_figure_of_one_architecture_has_its_numbers_and_names_it(sweep_of, drawn_as):
    [axis] = drawn_as("fig3", "3a")
    drawn = [one for one in axis.lines if one.get_marker() not in ("None", "", None, 11)]
    for score, one in zip(("ood_r2", "id_r2"), drawn, strict=True):
        for at, median in one.get_xydata():
            assert median == pytest.approx(raw(sweep_of("fig3"), score, arch="rnn", tasks=at)[1], rel=1e-6)
    assert ", leaky RNN" in " ".join(" ".join(text for text, *_ in texts(axis.figure)).split())


def test_a_figure_goes_into_axes_of_the_caller(sweep_of):
    figure, mine = plt.subplots(1, 2)
    assert plot.figure_3b(sweep_of("fig3"), axes=mine[1]) == [mine[1]]
    assert len(figure.axes) == 2 and mine[1].get_legend() is not None
    with pytest.raises(ValueError, match="4 panels"):
        plot.figure_3d(sweep_of("fig3"), axes=mine)


def test_a_selection_has_its_own_numbers(sweep_of):
    sweep = sweep_of("fig3")
    part = sweep.select(arch="lstm", seed=1)
    cells = plot.numbers(part, "ood_r2", ["tasks"])
    assert list(cells.tasks) == [2, 3, 6, 12, 24]
    for tasks, median in zip(cells.tasks, cells["median"]):
        assert median == pytest.approx(raw(part, "ood_r2", tasks=tasks)[1], rel=1e-6)
    with pytest.raises(ValueError, match="tasks"):
        plot.numbers(sweep.select(tasks=[2, 3]), "ood_r2", ["arch"])


def test_what_a_file_cannot_give_is_said(sweep_of):
    with pytest.raises(ValueError, match="figure 5a needs the axis stimulus.*3a, 3b, 3c, 3d"):
        plot.draw(sweep_of("fig3"), "5a")
    with pytest.raises(ValueError, match="did you mean|ood_r3"):
        plot.numbers(sweep_of("fig3"), "ood_r3", ["tasks"])


def test_the_verb_writes_vector_and_raster_files_of_a_journal_s_size(sweep_of, tmp_path):
    out = program("plot", sweep_of("fig3").path, "-o", tmp_path, "--figure", "3b,3d")
    assert out.splitlines() == [f"figure {name}: " + ", ".join(f"{tmp_path}/{name}.{form}" for form in ("pdf", "svg", "png"))
                                for name in ("3b", "3d")]
    for name, inches in (("3b", 3.5), ("3d", 7.2)):
        png = (tmp_path / f"{name}.png").read_bytes()
        assert png[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">I", png[16:20])[0] == pytest.approx(300 * inches, abs=1)
        at = png.index(b"pHYs") + 4
        assert struct.unpack(">I", png[at:at + 4])[0] * 0.0254 == pytest.approx(300, abs=0.1)
        pdf = (tmp_path / f"{name}.pdf").read_bytes()
        box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ", pdf)
        assert pdf.startswith(b"%PDF") and float(box.group(1)) == pytest.approx(72 * inches, abs=0.1)
        svg = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert f'width="{72 * inches:g}pt"' in svg and "leaky RNN" in svg
