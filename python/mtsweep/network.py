"""The trained networks, from the file alone: numpy, and by Network.torch PyTorch.

    net = sweep.network(3)
    trials = net.trials()                  # the evaluation trials, with the network's inputs
    h = net(trials.inputs.values)          # states (trial, step, unit)
    z = net.readout(h)                     # (trial, step, task), before the loss's nonlinearity
    net.outputs(h)                         # after it: probabilities for cross_entropy

States and readout equal the stored traces to float rounding, except where the program adds noise after the
observations (network_noise, and noise_at encoder on noisy trials): that noise is not in the file, and a
Network leaves it out. Dropout of a gpt is for training only.

Arrays are (trial, step, ...); weights are [in][out].
"""
from __future__ import annotations

from typing import Any, Callable, Mapping

import numpy as np
import xarray as xr

from . import trials as trial
from .show import network_html, network_text

Tensors = dict[str, np.ndarray]


def sigmoid(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # exp(-x) may become infinite, and 1 / (1 + inf) is the 0 that is meant
        return 1 / (1 + np.exp(-x))


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def gelu(x: np.ndarray) -> np.ndarray:
    """The approximation by tanh (gelu_new)."""
    return x * sigmoid(2 * np.sqrt(2 / np.pi).astype(x.dtype) * x * (1 + x.dtype.type(0.044715) * x * x))


def identity(x: np.ndarray) -> np.ndarray:
    return x


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": relu, "tanh": np.tanh, "quadratic": np.square, "none": identity}


class Network:
    """A trained network of a run. Made by Sweep.network; the class depends on the architecture.

    config: all fields of the run; tensors, encoder: its parameters by name; I inputs, N units, K tasks."""

    recurrent = False  # has a state to step

    def __init__(self, run: int, config: Mapping[str, Any], tensors: Tensors, encoder: Tensors,
                 traces: Callable[[], xr.Dataset]):
        self.run, self.config, self.tensors, self.encoder = run, dict(config), tensors, encoder
        self._traces = traces
        self.dtype = tensors["W_out"].dtype
        self.N, self.K = tensors["W_out"].shape
        features = int(config["latents"]) if config["encoder"] == "none" else int(config["encoder_features"])
        self.I = trial.channels(config) + features  # noqa: E741

    # ---- what goes in ----

    def encode(self, observations: np.ndarray) -> np.ndarray:
        """The frozen encoder's features of observations (..., latent)."""
        x = np.asarray(observations, dtype=self.dtype)
        if not self.encoder:
            return x
        act = ACTIVATIONS[self.config["encoder"]]
        for layer in range(2):
            x = act(x @ self.encoder[f"W{layer}"] + self.encoder[f"b{layer}"][0])
        return x @ self.encoder["W2"] + self.encoder["b2"][0]

    def inputs(self, observations: np.ndarray, cue: np.ndarray | None = None) -> np.ndarray:
        """Inputs (trial, step, input) of trials with these observations (trial, stimulus step, latent); there may be
        more stimulus steps than in training. The other periods are those of the run. cue: the asked task of each
        trial, 0 or 1, family context only; by default in turn."""
        off = self.encode(np.zeros((1, int(self.config["latents"])), dtype=self.dtype))[0]
        return trial.inputs(self.config, self.encode(observations), off, cue)

    def trials(self) -> xr.Dataset:
        """The evaluation trials: latents, observations and inputs, with phase, quadrant and kind."""
        stored = self._traces()
        stored = stored.drop_vars([name for name in ("hidden", "readout") if name in stored])
        steps = trial.periods(self.config)
        stored = stored.drop_vars([name for name in ("step", "phase") if name in stored.variables])
        return stored.assign(inputs=(("trial", "step", "input"), self.inputs(stored.observations.values),
                                     {"long_name": "network input"})).assign_coords(
            step=np.arange(steps.steps), phase=("step", steps.phases))

    @property
    def noisy(self) -> bool:
        """Whether the program adds noise after the observations, so that stored traces of noisy trials (with network
        noise, of all) differ from what this network gives."""
        return self.config["noise_at"] == "encoder" or self.noise_in_network

    @property
    def noise_in_network(self) -> bool:
        return False

    # ---- what comes out ----

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """States (trial, step, unit) on inputs (trial, step, input), from the zero state."""
        raise NotImplementedError

    def readout(self, hidden: np.ndarray) -> np.ndarray:
        """(..., task) of states (..., unit), before the loss's nonlinearity."""
        return np.asarray(hidden, dtype=self.dtype) @ self.tensors["W_out"] + self.tensors["b_out"][0]

    def outputs(self, hidden: np.ndarray) -> np.ndarray:
        """The same after it: probabilities (cross_entropy), -1 .. 1 (mse), the readout (mse_linear), or the bounded sum (accumulate)."""
        z = self.readout(hidden)
        if self.config["family"] == "accumulate":
            return self.dtype.type(self.config["bound"]) * np.tanh(z)
        if self.config["loss"] == "mse_linear":
            return z
        return sigmoid(z) if self.config["loss"] == "cross_entropy" else np.tanh(z)

    def evaluate(self) -> xr.Dataset:
        """hidden and readout on the evaluation trials, labelled as the stored traces are."""
        trials = self.trials()
        hidden = self(trials.inputs.values)
        return trials.assign(hidden=(("trial", "step", "unit"), hidden),
                             readout=(("trial", "step", "task"), self.readout(hidden)))

    def zero_state(self, trials: int = 1) -> np.ndarray:
        """The state before the first step, (trial, state): units; lstm: h, then c."""
        raise TypeError(f"architecture {self.config['arch']} has no state to step: it looks at all steps at once")

    def step(self, state: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """The state after one step from states (trial, state), with inputs (trial, input) or (input,)."""
        raise TypeError(f"architecture {self.config['arch']} has no state to step: it looks at all steps at once")

    def torch(self) -> Any:
        """The network as a torch module in evaluation mode, see torch_network.TorchNetwork."""
        from .torch_network import TorchNetwork  # pylint: disable=import-outside-toplevel

        return TorchNetwork(self)

    def __repr__(self) -> str:
        return network_text(self)

    def _repr_html_(self) -> str:
        return network_html(self)


class Recurrent(Network):
    recurrent = True

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        x = np.asarray(inputs, dtype=self.dtype)
        state = self.zero_state(len(x))
        hidden = np.empty((*x.shape[:2], self.N), dtype=self.dtype)
        for t in range(x.shape[1]):
            state = self.step(state, x[:, t])
            hidden[:, t] = state[:, :self.N]
        return hidden


class Rnn(Recurrent):
    """r <- keep r + gain act(x W_in + b_in + r W_rec + b_rec), gain = dt / tau; keep = 1 - gain, or 1 without leak."""

    @property
    def gain(self) -> float:
        return float(self.config["dt"]) / float(self.config["tau"])

    @property
    def keep(self) -> float:
        return 1.0 if self.config["arch"] == "rnn_noleak" else 1 - self.gain

    @property
    def noise_in_network(self) -> bool:
        return float(self.config["network_noise"]) > 0

    def zero_state(self, trials: int = 1) -> np.ndarray:
        return np.zeros((trials, self.N), dtype=self.dtype)

    def step(self, state: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        w, kind = self.tensors, self.dtype.type
        total = inputs @ w["W_in"] + state @ w["W_rec"] + (w["b_in"] + w["b_rec"])[0]
        return kind(self.keep) * state + kind(self.gain) * ACTIVATIONS[self.config["activation"]](total)


class Lstm(Recurrent):
    """PyTorch's nn.LSTM of one layer, gates in the order i f g o."""

    def zero_state(self, trials: int = 1) -> np.ndarray:
        return np.zeros((trials, 2 * self.N), dtype=self.dtype)

    def step(self, state: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        w, h, c = self.tensors, state[..., :self.N], state[..., self.N:]
        total = inputs @ w["W_ih"] + h @ w["W_hh"] + (w["b_ih"] + w["b_hh"])[0]
        i, f, g, o = (total[..., k * self.N:(k + 1) * self.N] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return np.concatenate([sigmoid(o) * np.tanh(c), c], axis=-1)


class Gpt(Network):
    """GPT-2 blocks over a linear embedding of the inputs, without positions; the states are what the last layer
    normalisation gives."""

    @property
    def heads(self) -> int:
        return int(self.config["heads"])

    def block(self, number: int) -> Tensors:
        """The tensors of a block under their plain names."""
        head = f"{number}." if int(self.config["blocks"]) > 1 else ""
        names = ("ln1_w", "ln1_b", "W_attn", "b_attn", "W_attnproj", "b_attnproj",
                 "ln2_w", "ln2_b", "W_fc", "b_fc", "W_mlpproj", "b_mlpproj")
        return {name: self.tensors[head + name] for name in names}

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        x = np.asarray(inputs, dtype=self.dtype)
        r = x @ self.tensors["W_proj"] + self.tensors["b_proj"][0]
        for number in range(int(self.config["blocks"])):
            w = self.block(number)
            r = r + self.attention(self.normalise(r, w["ln1_w"], w["ln1_b"]), w)
            fc = gelu(self.normalise(r, w["ln2_w"], w["ln2_b"]) @ w["W_fc"] + w["b_fc"][0])
            r = r + fc @ w["W_mlpproj"] + w["b_mlpproj"][0]
        return self.normalise(r, self.tensors["lnf_w"], self.tensors["lnf_b"])

    @staticmethod
    def normalise(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return centred / np.sqrt(variance + x.dtype.type(1e-5)) * w[0] + b[0]

    def attention(self, x: np.ndarray, w: Tensors) -> np.ndarray:
        trials, steps, width = x.shape[0], x.shape[1], self.N // self.heads
        qkv = (x @ w["W_attn"] + w["b_attn"][0]).reshape(trials, steps, 3, self.heads, width)
        q, k, v = (qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3))  # (trial, head, step, width)
        score = q @ k.transpose(0, 1, 3, 2) / np.sqrt(width).astype(self.dtype)
        score = np.where(np.tril(np.ones((steps, steps), dtype=bool)), score, -np.inf).astype(self.dtype)
        p = np.exp(score - score.max(axis=-1, keepdims=True))
        context = (p / p.sum(axis=-1, keepdims=True)) @ v
        return context.transpose(0, 2, 1, 3).reshape(trials, steps, self.N) @ w["W_attnproj"] + w["b_attnproj"][0]


ARCHITECTURES: dict[str, type[Network]] = {"rnn": Rnn, "rnn_noleak": Rnn, "lstm": Lstm, "gpt": Gpt}
