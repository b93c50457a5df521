"""Networks rebuilt from the file alone give the traces that the program stored."""
import numpy as np
import pytest

import mtsweep

ROUNDING = 2e-5  # of float32, over a trial's steps


@pytest.fixture(scope="module")
def every(networks_file):
    """Each run's network, inputs, and stored states and readout."""
    sweep, found = mtsweep.open(networks_file), []
    for run in sweep.config.run.values:
        net, stored = sweep.network(run), sweep.traces(run)
        found.append((run, net, net.trials().inputs.values, stored.hidden.values, stored.readout.values))
    return found


def faults(every, states):
    """Runs whose states(net, inputs) or their readout are further from the stored ones than rounding takes them."""
    found = []
    for run, net, inputs, *stored in every:
        for name, values, want in zip(("hidden", "readout"), states(net, inputs), stored):
            assert values.shape == want.shape and np.isfinite(want).all()
            apart = np.abs(values - want).max() / max(1, np.abs(want).max())
            if not apart <= ROUNDING:
                found.append((run, name, apart, net))
    return found


def test_numpy_gives_the_stored_traces_for_every_kind_of_network(networks, every):
    def states(net, inputs):
        hidden = net(inputs)
        return hidden, net.readout(hidden)

    assert not faults(every, states)
    kinds = networks.runs()[["arch", "family", "encoder"]].drop_duplicates()
    assert len(kinds) == 4 * 5 * 3


def test_torch_gives_the_stored_traces_for_every_kind_of_network(every):
    torch = pytest.importorskip("torch")

    def states(net, inputs):
        module = net.torch()
        with torch.no_grad():
            hidden, _ = module(torch.from_numpy(inputs))
            return hidden.numpy(), module.readout(hidden).numpy()

    assert not faults(every, states)


def test_traces_differ_between_runs_and_trials(networks):
    """So that the tests above can fail."""
    runs = networks.select(arch="rnn", family="linear", encoder="relu").config.run.values
    first, second = (networks.traces(run).hidden.values for run in runs[:2])
    assert np.abs(first - second).max() > 100 * ROUNDING
    assert np.abs(first[0] - first[1]).max() > 100 * ROUNDING


def test_torch_encoder_gives_the_features_of_numpy(networks):
    torch = pytest.importorskip("torch")
    for run in (networks.select(arch="rnn", family="linear", encoder=kind).config.run.values[0]
                for kind in ("relu", "quadratic", "none")):
        net = networks.network(run)
        observations = net.trials().observations.values
        assert np.allclose(net.torch().encoder(torch.from_numpy(observations)).numpy(), net.encode(observations), atol=1e-5)


def test_a_module_is_called_as_an_rnn_of_torch_with_states_that_go_on(networks):
    torch = pytest.importorskip("torch")
    for arch in ("rnn", "rnn_noleak", "lstm"):
        net = networks.network(networks.select(arch=arch, family="linear", encoder="relu").config.run.values[0])
        module, x = net.torch(), torch.from_numpy(net.trials().inputs.values)
        whole, last = module(x)
        state, pieces = None, []
        for t in range(x.shape[1]):
            piece, state = module(x[:, t:t + 1], state)
            pieces.append(piece)
        assert torch.allclose(torch.cat(pieces, dim=1), whole, atol=1e-5)
        h = last[0] if arch == "lstm" else last
        assert h.shape == (1, len(x), net.N) and torch.allclose(h[0], whole[:, -1], atol=1e-6)


def test_a_module_of_a_gpt_drops_out_while_training_only(networks):
    torch = pytest.importorskip("torch")
    net = networks.network(networks.select(arch="gpt", family="linear", encoder="relu").config.run.values[0])
    module, x = net.torch(), torch.from_numpy(net.trials().inputs.values)
    assert torch.equal(module(x)[0], module(x)[0])
    module.train()
    assert not torch.equal(module(x)[0], module(x)[0])


def test_steps_one_by_one_give_the_states_of_a_call(networks):
    for arch in ("rnn", "lstm"):
        net = networks.network(networks.select(arch=arch, family="linear", encoder="none").config.run.values[0])
        x = net.trials().inputs.values
        state = net.zero_state(len(x))
        for t in range(x.shape[1]):
            state = net.step(state, x[:, t])
        assert np.array_equal(state[:, :net.N], net(x)[:, -1])
        assert np.allclose(net.step(state[:2], x[0, 0]), np.stack([net.step(s[None], x[0, 0])[0] for s in state[:2]]), atol=1e-6)


def test_a_gpt_has_no_state_to_step(networks):
    net = networks.network(networks.select(arch="gpt").config.run.values[0])
    assert not net.recurrent
    with pytest.raises(TypeError, match="no state to step"):
        net.zero_state()


def test_inputs_are_channels_and_features_with_those_of_zero_outside_the_stimulus(networks):
    run = networks.select(arch="rnn", family="context", encoder="relu").config.run.values[0]
    net = networks.network(run)
    trials = net.trials()
    x, off = trials.inputs.values, net.encode(np.zeros((1, 2)))[0]
    assert list(trials.phase.values) == ["fixation"] + 6 * ["stimulus"] + 2 * ["delay"] + ["decision"]
    assert x.shape == (18, 10, 3 + 7) and net.I == 10
    assert np.array_equal(x[0, :, 0], [1] * 9 + [0])
    assert np.array_equal(x[:4, 3, 1:3], [[1, 0], [0, 1], [1, 0], [0, 1]])
    for t in (0, 7, 8, 9):
        assert np.array_equal(x[:, t, 3:], np.tile(off, (18, 1)))
    assert np.allclose(x[5, 1:7, 3:], net.encode(trials.observations.values[5]), atol=1e-6)
    asked = net.inputs(trials.observations.values, cue=np.ones(18, dtype=int))
    assert (asked[:, :, 1] == 0).all() and (asked[:, :, 2] == 1).all()


def test_trials_of_free_reaction_time_have_one_step_more_and_no_fixation(networks):
    net = networks.network(networks.select(arch="rnn", family="accumulate", encoder="none").config.run.values[0])
    trials = net.trials()
    assert trials.sizes["step"] == 7 and trials.sizes["input"] == 2
    assert np.array_equal(trials.inputs.values, trials.observations.values)


def test_longer_stimuli_than_in_training_can_be_given(networks):
    net = networks.network(networks.select(arch="rnn", family="linear", encoder="relu").config.run.values[0])
    short, long = (net(net.inputs(np.full((1, steps, 2), 0.1))) for steps in (6, 20))
    assert long.shape[1] == short.shape[1] + 14
    assert np.allclose(long[:, :7], short[:, :7], atol=1e-6)


def test_outputs_go_through_the_nonlinearity_of_the_loss(networks):
    h = np.linspace(-1, 1, 12, dtype=np.float32)[None]
    for conditions, of in (({"family": "linear", "encoder": "relu"}, lambda z: 1 / (1 + np.exp(-z))),
                           ({"family": "linear", "encoder": "quadratic"}, np.tanh),
                           ({"family": "accumulate", "encoder": "relu"}, lambda z: 5 * np.tanh(z))):
        net = networks.network(networks.select(arch="rnn", **conditions).config.run.values[0])
        assert np.allclose(net.outputs(h), of(net.readout(h)), atol=1e-6)


def test_double_precision_agrees_with_single(networks):
    run = networks.select(arch="lstm", family="linear", encoder="relu").config.run.values[0]
    single, double = networks.network(run).evaluate(), networks.network(run, np.float64).evaluate()
    assert double.hidden.dtype == np.float64
    assert 0 < np.abs(single.hidden - double.hidden).max() < ROUNDING


def test_evaluation_is_labelled_as_the_stored_traces(networks):
    run = int(networks.config.run.values[-1])
    mine, stored = networks.network(run).evaluate(), networks.traces(run)
    for name in ("hidden", "readout"):
        assert mine[name].dims == stored[name].dims
    for name in ("phase", "quadrant", "kind", "step"):
        assert np.array_equal(mine[name].values, stored[name].values)


def test_noise_that_the_file_does_not_hold_is_said_and_left_out(noise):
    # network noise: in every trial; noise on the encoder's outputs: in noisy trials only
    for run in noise.config.run.values:
        net, stored = noise.network(run), noise.traces(run)
        apart = np.abs(net.evaluate().hidden - stored.hidden).max(("step", "unit"))
        exact = {"noisy": not net.noisy, "grid": net.config["network_noise"] == 0}
        for kind, equal in exact.items():
            assert ((apart.where(stored.kind == kind, drop=True) < ROUNDING) == equal).all()
        assert ("noise that the file does not hold" in repr(net)) == net.noisy


def test_a_network_shows_its_tensors(networks):
    net = networks.network(int(networks.config.run.values[0]))
    assert "W_rec" in repr(net) and "12 x 12" in repr(net)
    assert "W_rec" in net._repr_html_()  # pylint: disable=protected-access


def test_a_run_without_result_has_no_network(partial):
    pending = partial.select(state="pending").config.run.values[0]
    with pytest.raises(ValueError, match="is pending: it has no trained network"):
        partial.network(pending)
    with pytest.raises(KeyError, match="no run 1000"):
        partial.network(1000)
