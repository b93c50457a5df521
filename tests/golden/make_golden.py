#!/usr/bin/python3
"""Makes reference numbers of the networks, in float64, with PyTorch: mtsweep_golden.h5, and
mtsweep_gpt_golden.h5 with GPT-2 blocks and the losses that are not cross-entropy.

    python3 make_golden.py [FOLDER]

Written from the definitions (README.md in this folder says which), not from the C code. Gradients
are PyTorch's automatic ones; the LSTM is torch.nn.LSTM, the optimiser torch.optim.Adam.
"""
import os
import sys

import h5py
import torch
from torch import nn

B, T, N, I, K = 3, 7, 10, 6, 5
D, HIDDEN = 2, 12
LR, LR_READOUT = 1e-3, 3e-3
SEED = 20260923
BOUND = 1.5

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def uniform(generator, bound, *shape):
    return (2 * torch.rand(*shape, generator=generator) - 1) * bound


class Rnn:
    """h = W_in x + b_in + W_rec r + b_rec;  r <- keep r + alpha act(h);  r_0 = 0."""

    def __init__(self, keep, alpha, act):
        self.keep, self.alpha, self.act = keep, alpha, act

    def parameters(self, generator):
        i, n = I ** -0.5, N ** -0.5
        return {
            "W_in": uniform(generator, i, N, I),
            "b_in": uniform(generator, i, N),
            "W_rec": uniform(generator, n, N, N),
            "b_rec": uniform(generator, n, N),
        }

    def forward(self, p, x):
        r = torch.zeros(B, N)
        states = []
        for t in range(T):
            h = x[:, t] @ p["W_in"].T + p["b_in"] + r @ p["W_rec"].T + p["b_rec"]
            r = self.keep * r + self.alpha * self.act(h)
            states.append(r)
        return torch.stack(states, dim=1), {}


class Lstm:
    """torch.nn.LSTM computes the states; cells and gates are worked out beside it."""

    def parameters(self, generator):
        n = N ** -0.5
        return {
            "W_ih": uniform(generator, n, 4 * N, I),
            "W_hh": uniform(generator, n, 4 * N, N),
            "b_ih": uniform(generator, n, 4 * N),
            "b_hh": uniform(generator, n, 4 * N),
        }

    def forward(self, p, x):
        lstm = nn.LSTM(I, N, batch_first=True)
        weights = {"weight_ih_l0": "W_ih", "weight_hh_l0": "W_hh", "bias_ih_l0": "b_ih", "bias_hh_l0": "b_hh"}
        for theirs, ours in weights.items():
            delattr(lstm, theirs)
            setattr(lstm, theirs, p[ours])
        lstm._flat_weights = [p[w] for w in weights.values()]
        hidden, _ = lstm(x)

        cells, gates = [], []
        c = torch.zeros(B, N)
        with torch.no_grad():
            for t in range(T):
                h = hidden[:, t - 1] if t else torch.zeros(B, N)
                s = x[:, t] @ p["W_ih"].T + p["b_ih"] + h @ p["W_hh"].T + p["b_hh"]
                i, f, g, o = s.chunk(4, dim=1)
                i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
                c = f * c + i * g
                assert torch.allclose(o * torch.tanh(c), hidden[:, t], rtol=0, atol=1e-14)
                cells.append(c)
                gates.append(torch.cat([i, f, g, o], dim=1))
        return hidden, {"cell": torch.stack(cells, 1), "gates": torch.stack(gates, 1)}


class Gpt:
    """GPT-2 blocks: linear embedding, no positions, no dropout, gelu in its tanh form."""

    def __init__(self, blocks, heads, mlp):
        self.blocks, self.heads, self.mlp = blocks, heads, mlp

    def name(self, block, tensor):
        return tensor if self.blocks == 1 else f"{block}.{tensor}"

    def parameters(self, generator):
        def linear(name, n_out, n_in):
            return {f"{name}_w": uniform(generator, 1.5 * n_in ** -0.5, n_out, n_in), f"{name}_b": uniform(generator, 0.5, n_out)}

        def norm(name):
            return {f"{name}_w": 1 + uniform(generator, 0.5, N), f"{name}_b": uniform(generator, 0.5, N)}

        p = linear("proj", N, I)
        for block in range(self.blocks):
            each = {**norm("ln1"), **linear("attn", 3 * N, N), **linear("attnproj", N, N),
                    **norm("ln2"), **linear("fc", self.mlp, N), **linear("mlpproj", N, self.mlp)}
            p.update({self.name(block, key): value for key, value in each.items()})
        p.update(norm("lnf"))
        return p

    def forward(self, p, x):
        def norm(r, name):
            return nn.functional.layer_norm(r, (N,), p[f"{name}_w"], p[f"{name}_b"], eps=1e-5)

        def linear(r, name):
            return r @ p[f"{name}_w"].T + p[f"{name}_b"]

        later = torch.ones(T, T).triu(1).bool()
        r = linear(x, "proj")
        inner = {"embed": r}
        for block in range(self.blocks):
            q, k, v = linear(norm(r, self.name(block, "ln1")), self.name(block, "attn")).chunk(3, dim=2)
            q, k, v = (u.reshape(B, T, self.heads, N // self.heads).transpose(1, 2) for u in (q, k, v))
            scores = (q @ k.transpose(2, 3) / (N // self.heads) ** 0.5).masked_fill(later, float("-inf"))
            weights = torch.softmax(scores, dim=3)
            context = (weights @ v).transpose(1, 2).reshape(B, T, N)
            mid = r + linear(context, self.name(block, "attnproj"))
            wide = linear(norm(mid, self.name(block, "ln2")), self.name(block, "fc"))
            r = mid + linear(nn.functional.gelu(wide, approximate="tanh"), self.name(block, "mlpproj"))
            inner.update({self.name(block, key): value for key, value in {"attn": weights, "resid_mid": mid, "resid_post": r}.items()})
        return norm(r, "lnf"), inner


def cross_entropy(z, y):
    """Mean over B, T, K of the binary cross-entropy of sigmoid(z)."""
    return nn.functional.binary_cross_entropy_with_logits(z, y, reduction="mean")


def mse(z, y):
    """Mean squared error of tanh(z) against -1, 0, 1, which are 0, 1/2, 1 in `targets`."""
    return nn.functional.mse_loss(torch.tanh(z), 2 * y - 1)


def accumulate(z, y):
    """Mean squared error of BOUND tanh(z)."""
    return nn.functional.mse_loss(BOUND * torch.tanh(z), y)


NETS = {
    "rnn_leaky": Rnn(0.0, 1.0, torch.relu),
    "rnn_leaky_half": Rnn(0.5, 0.5, torch.relu),
    "rnn_leaky_tanh": Rnn(0.5, 0.5, torch.tanh),
    "rnn_nonleaky": Rnn(1.0, 1.0, torch.relu),
    "lstm": Lstm(),
}


def write_all(group, tensors):
    for name, tensor in tensors.items():
        group.create_dataset(name, data=tensor.detach().numpy())


def make_net(group, net, inputs, targets, generator, loss_of=cross_entropy):
    start = net.parameters(generator)
    start["dec_w"] = uniform(generator, N ** -0.5, K, N)
    start["dec_b"] = uniform(generator, N ** -0.5, K)

    # Forward and gradients.
    p = {name: value.clone().requires_grad_() for name, value in start.items()}
    x = inputs.clone().requires_grad_()
    hidden, more = net.forward(p, x)
    logits = hidden @ p["dec_w"].T + p["dec_b"]
    loss = loss_of(logits, targets)
    loss.backward()

    # The gradient of the states through the readout alone: cut the graph at the states.
    cut = hidden.detach().clone().requires_grad_()
    loss_of(cut @ start["dec_w"].T + start["dec_b"], targets).backward()

    write_all(group, {"hidden": hidden, "logits": logits, "loss": loss, "grad_inputs": x.grad,
                      "grad_hidden": cut.grad, **more})
    write_all(group.create_group("param"), start)
    write_all(group.create_group("grad"), {name: value.grad for name, value in p.items()})

    # Three steps of Adam on the same batch.
    p = {name: nn.Parameter(value.clone()) for name, value in start.items()}
    adam = torch.optim.Adam(p.values(), lr=LR)
    losses = []
    for step in range(4):
        hidden, _ = net.forward(p, inputs)
        loss = loss_of(hidden @ p["dec_w"].T + p["dec_b"], targets)
        losses.append(loss.item())
        if step < 3:
            adam.zero_grad()
            loss.backward()
            adam.step()
    write_all(group.create_group("adam3"), p)
    group["adam_losses"] = losses


def make_encoder(group, generator):
    """[fixation, latents] -> [fixation, f(latents)], f = D-12-12-(I-1) with relu after layers 1, 2."""
    sizes = [D, HIDDEN, HIDDEN, I - 1]
    p = {}
    for layer in range(3):
        bound = sizes[layer] ** -0.5
        p[f"W{layer}"] = uniform(generator, bound, sizes[layer + 1], sizes[layer])
        p[f"b{layer}"] = uniform(generator, bound, sizes[layer + 1])
    raw = torch.cat([torch.ones(B, T, 1), uniform(generator, 1.0, B, T, D)], dim=2)
    raw[:, -1, 0] = 0
    raw[:, 0, 1:] = 0  # stimulus off: the encoder sees zeros
    y = raw[:, :, 1:]
    y = torch.relu(y @ p["W0"].T + p["b0"])
    y = torch.relu(y @ p["W1"].T + p["b1"])
    y = y @ p["W2"].T + p["b2"]
    write_all(group, {"raw": raw, "out": torch.cat([raw[:, :, :1], y], dim=2)})
    write_all(group.create_group("param"), p)


def make_readout(group, generator):
    """Linear decoder of D latents, mean squared error over trials and latents."""
    hidden = torch.relu(uniform(generator, 1.0, 16, N))
    target = uniform(generator, 0.5, 16, D)
    linear = nn.Linear(N, D)
    with torch.no_grad():
        linear.weight.copy_(uniform(generator, N ** -0.5, D, N))
        linear.bias.copy_(uniform(generator, N ** -0.5, D))
    write_all(group, {"hidden": hidden, "target": target})
    write_all(group.create_group("param"), {"W": linear.weight.clone(), "b": linear.bias.clone()})
    adam = torch.optim.Adam(linear.parameters(), lr=LR_READOUT)
    for step in range(3):
        adam.zero_grad()
        loss = nn.functional.mse_loss(linear(hidden), target)
        loss.backward()
        if step == 0:
            group["loss"] = loss.item()
            write_all(group.create_group("grad"), {"W": linear.weight.grad.clone(), "b": linear.bias.grad.clone()})
        adam.step()
    w = linear.weight.detach()
    cosine = (w[0] @ w[1]) / (w[0].norm() * w[1].norm())
    write_all(group.create_group("adam3"), {"W": linear.weight, "b": linear.bias})
    group["adam3_angle_deg"] = torch.rad2deg(torch.acos(cosine)).item()


def make_first(out):
    generator = torch.Generator().manual_seed(SEED)
    inputs, targets = trials(generator)
    with h5py.File(out, "w", libver="earliest") as file:
        describe(file, inputs, targets)
        for name, net in NETS.items():
            make_net(file.create_group(name), net, inputs, targets, generator)
        make_encoder(file.create_group("encoder"), generator)
        make_readout(file.create_group("readout"), generator)


def make_second(out):
    """Other sizes: N is a multiple of 3 heads."""
    global B, T, N, I, K
    B, T, N, I, K = 4, 6, 12, 4, 3
    generator = torch.Generator().manual_seed(SEED + 1)
    inputs, targets = trials(generator)
    sums = uniform(generator, BOUND, B, T, K)
    with h5py.File(out, "w", libver="earliest") as file:
        describe(file, inputs, targets)
        make_net(file.create_group("gpt"), Gpt(1, 3, 20), inputs, targets, generator)
        make_net(file.create_group("gpt_deep"), Gpt(2, 3, 20), inputs, targets, generator)
        make_net(file.create_group("rnn_mse"), Rnn(0.0, 1.0, torch.relu), inputs, targets, generator, mse)
        group = file.create_group("rnn_accumulate")
        write_all(group, {"targets": sums})
        make_net(group, Rnn(0.0, 1.0, torch.relu), inputs, sums, generator, accumulate)


def trials(generator):
    inputs = uniform(generator, 1.0, B, T, I)
    inputs[:, :, 0] = 1
    inputs[:, -1, 0] = 0
    targets = torch.full((B, T, K), 0.5)
    targets[:, -1] = (torch.rand(B, K, generator=generator) > 0.5).to(torch.float64)
    return inputs, targets


def describe(file, inputs, targets):
    file.attrs["dims"] = f"B={B} T={T} N={N} I={I} K={K}"
    file.attrs["seed"] = SEED
    write_all(file, {"inputs": inputs, "targets": targets})


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    make_first(os.path.join(folder, "mtsweep_golden.h5"))
    make_second(os.path.join(folder, "mtsweep_gpt_golden.h5"))


if __name__ == "__main__":
    main()
