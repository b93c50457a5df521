"""A trained network as a torch module, called as nn.RNN is: `output, state = module(inputs, state)`.

    module = net.torch()
    hidden, _ = module(torch.from_numpy(net.trials().inputs.values))       # (trial, step, unit)
    z = module.readout(hidden)

The trial comes first in inputs and hidden (batch_first). The state is (1, trial, unit), for lstm the pair (h, c) of
such, as torch has it; gpt has none. It is in evaluation mode: module.train() turns the dropout of a gpt on.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from .network import Gpt, Lstm, Network, Rnn


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(values))  # a copy that can be written


def linear(w: np.ndarray, b: np.ndarray) -> nn.Linear:
    layer = nn.Linear(w.shape[0], w.shape[1], dtype=tensor(w).dtype)
    layer.weight = nn.Parameter(tensor(w.T))
    layer.bias = nn.Parameter(tensor(b[0]))
    return layer


def norm(w: np.ndarray, b: np.ndarray) -> nn.LayerNorm:
    layer = nn.LayerNorm(w.shape[1], dtype=tensor(w).dtype)
    layer.weight, layer.bias = nn.Parameter(tensor(w[0])), nn.Parameter(tensor(b[0]))
    return layer


class Square(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * x


def encoder(net: Network) -> nn.Module:
    """The frozen encoder, observations to features."""
    if not net.encoder:
        return nn.Identity()
    act = {"relu": nn.ReLU, "quadratic": Square}[net.config["encoder"]]
    layers = [linear(net.encoder[f"W{i}"], net.encoder[f"b{i}"]) for i in range(3)]
    return nn.Sequential(layers[0], act(), layers[1], act(), layers[2]).requires_grad_(False)


class TorchRnn(nn.Module):
    def __init__(self, net: Rnn):
        super().__init__()
        w = net.tensors
        self.keep, self.gain = net.keep, net.gain
        self.act: nn.Module = {"relu": nn.ReLU, "tanh": nn.Tanh}[net.config["activation"]]()
        self.into = linear(w["W_in"], w["b_in"])
        self.recurrent = linear(w["W_rec"], w["b_rec"])

    def forward(self, inputs: torch.Tensor, state: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        r = inputs.new_zeros(inputs.shape[0], self.recurrent.in_features) if state is None else state[0]
        drive = self.into(inputs)
        hidden = []
        for t in range(inputs.shape[1]):
            r = self.keep * r + self.gain * self.act(drive[:, t] + self.recurrent(r))
            hidden.append(r)
        return torch.stack(hidden, dim=1), r[None]


def lstm(net: Lstm) -> nn.LSTM:
    w = net.tensors
    module = nn.LSTM(net.I, net.N, batch_first=True, dtype=tensor(w["W_ih"]).dtype)
    module.weight_ih_l0 = nn.Parameter(tensor(w["W_ih"].T))
    module.weight_hh_l0 = nn.Parameter(tensor(w["W_hh"].T))
    module.bias_ih_l0, module.bias_hh_l0 = nn.Parameter(tensor(w["b_ih"][0])), nn.Parameter(tensor(w["b_hh"][0]))
    return module


class Block(nn.Module):
    def __init__(self, net: Gpt, number: int):
        super().__init__()
        w = net.block(number)
        self.heads = net.heads
        self.ln1, self.ln2 = norm(w["ln1_w"], w["ln1_b"]), norm(w["ln2_w"], w["ln2_b"])
        self.attn, self.attnproj = linear(w["W_attn"], w["b_attn"]), linear(w["W_attnproj"], w["b_attnproj"])
        self.fc, self.mlpproj = linear(w["W_fc"], w["b_fc"]), linear(w["W_mlpproj"], w["b_mlpproj"])
        self.dropout = nn.Dropout(float(net.config["dropout"]))

    def attention(self, x: torch.Tensor) -> torch.Tensor:
        trials, steps, width = x.shape
        qkv = self.attn(x).view(trials, steps, 3, self.heads, width // self.heads)
        q, k, v = (qkv[:, :, i].transpose(1, 2) for i in range(3))
        score = q @ k.transpose(2, 3) / (width // self.heads) ** 0.5
        later = torch.ones(steps, steps, dtype=torch.bool, device=x.device).triu(1)
        p = self.dropout(score.masked_fill(later, float("-inf")).softmax(-1))
        return self.attnproj((p @ v).transpose(1, 2).reshape(trials, steps, width))

    def forward(self, r: torch.Tensor) -> torch.Tensor:
        r = r + self.dropout(self.attention(self.ln1(r)))
        return r + self.dropout(self.mlpproj(nn.functional.gelu(self.fc(self.ln2(r)), approximate="tanh")))


class TorchGpt(nn.Module):
    def __init__(self, net: Gpt):
        super().__init__()
        w = net.tensors
        self.proj = linear(w["W_proj"], w["b_proj"])
        self.blocks = nn.ModuleList(Block(net, i) for i in range(int(net.config["blocks"])))
        self.lnf = norm(w["lnf_w"], w["lnf_b"])
        self.dropout = nn.Dropout(float(net.config["dropout"]))

    def forward(self, inputs: torch.Tensor, state: None = None) -> tuple[torch.Tensor, None]:
        r = self.dropout(self.proj(inputs))
        for block in self.blocks:
            r = block(r)
        return self.lnf(r), None


class TorchNetwork(nn.Module):
    """encoder, core and readout; calling it calls the core, on inputs as Network.inputs gives them."""

    batch_first = True

    def __init__(self, net: Network):
        super().__init__()
        self.encoder = encoder(net)
        if isinstance(net, Rnn):
            self.core: nn.Module = TorchRnn(net)
        elif isinstance(net, Lstm):
            self.core = lstm(net)
        elif isinstance(net, Gpt):
            self.core = TorchGpt(net)
        else:
            raise TypeError(f"no torch module for architecture {net.config['arch']}")
        self.readout = linear(net.tensors["W_out"], net.tensors["b_out"])
        self.eval()

    def forward(self, inputs: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        return self.core(inputs, state)
