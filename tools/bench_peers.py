#!/usr/bin/env python3
"""The training step of mtsweep beside the same step in PyTorch, on one thread.

    tools/bench_peers.py [--mtsweep build/mtsweep] [--arch rnn] [--train 3000] [--seconds 4] [--json]

Both are timed in turns, and of each its best time counts: of mtsweep that of windows of 2 ms, of
PyTorch the processor time of 16 steps, so that other programs do not count against it. The step is the default one: 16 fresh
trials of 22 steps through the frozen encoder into 64 units with 24 tasks, cross-entropy over all
steps, gradients, Adam. The rnn is timed fresh and trained: mtsweep trains it for --train batches, and
PyTorch goes on from the same weights, with the same encoder and boundaries; an lstm is never 0 and
has no such row. PyTorch gets the best of several variants:

    autograd     nn.RNN or nn.LSTM, a readout, the fused loss, Adam of its own
    by hand      TorchScript: the input projection of all steps in one product, the recurrence in a
                 loop, the way back written out, weight gradients as one product each, and Adam in
                 place on one flat vector
    data         trials and encoder of 16 batches in one go, into memory that is allocated once

each with every set of BLAS kernels that this CPU runs. Memory is kept by the allocator, so that
page faults do not count against PyTorch. Before it is timed, the way back by hand is held to
autograd, and the loss from the trained weights to what mtsweep trained to. Needs PyTorch (Debian, Ubuntu: apt install python3-torch).
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

B, S, T, D, N, K = 16, 20, 22, 2, 64, 24
HIDDEN, FEATURES = 100, 40
I = 1 + FEATURES
SIGMA, RATE = 0.2, 1e-3
AHEAD = 16  # batches of data drawn in one go

# ---- the worker: PyTorch, in a process of its own for each set of BLAS kernels ----


def blas_core():
    """Which kernels OpenBLAS runs, if the process has OpenBLAS."""
    import ctypes

    with open("/proc/self/maps") as maps:
        for line in maps:
            if "openblas" in line:
                library = ctypes.CDLL(line.split(None, 5)[-1].strip())
                library.openblas_get_corename.restype = ctypes.c_char_p
                return "OpenBLAS, %s kernels" % library.openblas_get_corename().decode()
    return "not OpenBLAS"


def worker(weights):
    import math
    import time

    import numpy
    import torch
    from torch import Tensor, nn
    from typing import Dict, List, Tuple

    torch.set_num_threads(1)
    torch.manual_seed(0)

    class Data:
        """Inputs x[T][B][I] and decision labels of batch after batch."""

        def __init__(self, trained=None):
            self.encoder = nn.Sequential(nn.Linear(D, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
                                         nn.Linear(HIDDEN, FEATURES)).requires_grad_(False)
            phi = (torch.arange(K) + 0.5) * math.pi / K
            self.normal = torch.stack([-torch.sin(phi), torch.cos(phi)]) * torch.where(phi > math.pi / 2, -1.0, 1.0)
            if trained:
                self.normal = torch.from_numpy(trained["weights_normals"][0].T).float()
                flat = torch.from_numpy(trained["weights_encoder"][0])
                for layer in self.encoder[::2]:
                    w, b, flat = flat.split([layer.weight.numel(), layer.bias.numel(),
                                             len(flat) - layer.weight.numel() - layer.bias.numel()])
                    layer.weight.copy_(w.view(layer.in_features, layer.out_features).t())
                    layer.bias.copy_(b)
            self.x = torch.ones(AHEAD, T, B, I)
            self.x[:, -1, :, 0] = 0
            self.x[:, :, :, 1:] = self.encoder(torch.zeros(1, D))
            self.y = torch.full((AHEAD, T, B, K), 0.5)
            self.latent = torch.empty(AHEAD, 1, B, D)
            self.seen = torch.empty(AHEAD, S, B, D)
            self.left = 0

        @torch.no_grad()
        def next(self):
            if self.left == 0:
                self.latent.uniform_(-0.5, 0.5)
                self.seen.normal_(0, SIGMA).add_(self.latent)
                self.x[:, 1:1 + S, :, 1:] = self.encoder(self.seen)
                self.y[:, -1] = (self.latent[:, 0] @ self.normal > 0).float()
                self.left = AHEAD
            self.left -= 1
            return self.x[self.left], self.y[self.left]

    class Autograd(nn.Module):
        def __init__(self, arch, each):
            super().__init__()
            self.net = nn.LSTM(I, N) if arch == "lstm" else nn.RNN(I, N, nonlinearity="relu")
            self.readout = nn.Linear(N, K)
            self.loss = nn.BCEWithLogitsLoss()
            self.adam = torch.optim.Adam(self.parameters(), lr=RATE, foreach=not each)

        def weights(self):
            """In the order of ByHand's, each transposed."""
            return [self.net.weight_ih_l0, self.net.bias_ih_l0, self.net.weight_hh_l0, self.net.bias_hh_l0,
                    self.readout.weight, self.readout.bias]

        @torch.no_grad()
        def start_from(self, hand):
            for theirs, mine in zip(hand.w, self.weights()):
                mine.copy_(theirs.t())
            return self

        def step(self, x, y):
            self.adam.zero_grad(set_to_none=True)
            loss = self.loss(self.readout(self.net(x)[0]), y)
            loss.backward()
            self.adam.step()
            return loss

    # Weights are [in][out] views of one flat vector, gradients of another.

    @torch.jit.script
    def rnn_gradient(x: Tensor, y: Tensor, w: List[Tensor], g: List[Tensor]) -> Tensor:
        steps, rows, inputs = x.shape
        w_in, w_rec, w_out = w[0], w[2], w[4]
        units, tasks = w_out.shape[0], w_out.shape[1]
        x2 = x.reshape(steps * rows, inputs)
        h = torch.addmm(w[1] + w[3], x2, w_in).view(steps, rows, units)
        r = h[0].relu_()
        for t in range(1, steps):
            h[t].addmm_(r, w_rec)
            r = h[t].relu_()
        h2 = h.view(steps * rows, units)
        y2 = y.reshape(steps * rows, tasks)
        z = torch.addmm(w[5], h2, w_out)
        loss = torch.binary_cross_entropy_with_logits(z, y2, None, None, 1)
        dz = z.sigmoid_().sub_(y2).mul_(1.0 / float(z.numel()))
        torch.mm(h2.t(), dz, out=g[4])
        torch.sum(dz, [0], out=g[5])
        dh = torch.mm(dz, w_out.t()).view(steps, rows, units)
        dh.mul_(h > 0)
        back = w_rec.t().contiguous()
        for i in range(1, steps):
            t = steps - 1 - i
            dh[t].add_(torch.mm(dh[t + 1], back) * (h[t] > 0))
        ds = dh.view(steps * rows, units)
        torch.mm(x2.t(), ds, out=g[0])
        torch.mm(h2[:-rows].t(), ds[rows:], out=g[2])
        torch.sum(ds, [0], out=g[1])
        g[3].copy_(g[1])
        return loss

    @torch.jit.script
    def lstm_gradient(x: Tensor, y: Tensor, w: List[Tensor], g: List[Tensor]) -> Tensor:
        steps, rows, inputs = x.shape
        w_in, w_rec, w_out = w[0], w[2], w[4]
        units, tasks = w_out.shape[0], w_out.shape[1]
        x2 = x.reshape(steps * rows, inputs)
        gates = torch.addmm(w[1] + w[3], x2, w_in).view(steps, rows, 4 * units)
        h = torch.empty([steps, rows, units])
        c = torch.zeros([steps + 1, rows, units])
        tanh_c = torch.empty([steps, rows, units])
        for t in range(steps):
            s = gates[t]
            if t > 0:
                s.addmm_(h[t - 1], w_rec)
            s[:, :2 * units].sigmoid_()
            s[:, 2 * units:3 * units].tanh_()
            s[:, 3 * units:].sigmoid_()
            i, f, k, o = s.chunk(4, 1)
            torch.mul(f, c[t], out=c[t + 1])
            c[t + 1].addcmul_(i, k)
            torch.tanh(c[t + 1], out=tanh_c[t])
            torch.mul(o, tanh_c[t], out=h[t])
        h2 = h.view(steps * rows, units)
        y2 = y.reshape(steps * rows, tasks)
        z = torch.addmm(w[5], h2, w_out)
        loss = torch.binary_cross_entropy_with_logits(z, y2, None, None, 1)
        dz = z.sigmoid_().sub_(y2).mul_(1.0 / float(z.numel()))
        torch.mm(h2.t(), dz, out=g[4])
        torch.sum(dz, [0], out=g[5])
        dh = torch.mm(dz, w_out.t()).view(steps, rows, units)
        # What the way back needs of the gates, for all steps at once: derivatives of the activations
        # and the other factor of each product.
        i, f, k, o = gates.chunk(4, 2)
        factor = torch.empty([steps, rows, 4 * units])
        factor[:, :, :units] = k * i * (1 - i)
        factor[:, :, units:2 * units] = c[:-1] * f * (1 - f)
        factor[:, :, 2 * units:3 * units] = i * (1 - k * k)
        factor[:, :, 3 * units:] = tanh_c * o * (1 - o)
        to_c = o * (1 - tanh_c * tanh_c)
        back = w_rec.t().contiguous()
        dc = torch.zeros([rows, units])
        for j in range(steps):
            t = steps - 1 - j
            if j > 0:
                dh[t].addmm_(factor[t + 1], back)
            dc.addcmul_(dh[t], to_c[t])
            factor[t, :, :3 * units].view(rows, 3, units).mul_(dc.unsqueeze(1))
            factor[t, :, 3 * units:].mul_(dh[t])
            dc.mul_(f[t])
        ds = factor.view(steps * rows, 4 * units)
        torch.mm(x2.t(), ds, out=g[0])
        torch.mm(h2[:-rows].t(), ds[rows:], out=g[2])
        torch.sum(ds, [0], out=g[1])
        g[3].copy_(g[1])
        return loss

    class ByHand:
        def __init__(self, arch, trained=None):
            gates = 4 if arch == "lstm" else 1
            shapes = [(I, gates * N), (gates * N,), (N, gates * N), (gates * N,), (N, K), (K,)]
            size = sum(math.prod(s) for s in shapes)
            self.theta = (torch.rand(size) * 2 - 1) / math.sqrt(N)
            if trained:
                self.theta.copy_(torch.from_numpy(trained["weights_parameters"][0]))
            self.gradient, self.m, self.v, self.root = (torch.zeros(size) for _ in range(4))
            self.w, self.g = self.views(self.theta, shapes), self.views(self.gradient, shapes)
            self.compute = lstm_gradient if arch == "lstm" else rnn_gradient
            self.t = 0

        @staticmethod
        def views(flat, shapes):
            at, views = 0, []
            for shape in shapes:
                views.append(flat[at:at + math.prod(shape)].view(shape))
                at += math.prod(shape)
            return views

        @torch.no_grad()
        def step(self, x, y):
            loss = self.compute(x, y, self.w, self.g)
            self.t += 1
            self.m.lerp_(self.gradient, 0.1)
            self.v.mul_(0.999).addcmul_(self.gradient, self.gradient, value=0.001)
            torch.sqrt(self.v, out=self.root)
            self.root.mul_(1 / math.sqrt(1 - 0.999 ** self.t)).add_(1e-8)
            self.theta.addcdiv_(self.m, self.root, value=-RATE / (1 - 0.9 ** self.t))
            return loss

    def check(arch):
        """The way back by hand against autograd, from the same weights on the same batch."""
        x, y = Data().next()
        hand = ByHand(arch)
        auto = Autograd(arch, True).start_from(hand)
        loss = auto.loss(auto.readout(auto.net(x)[0]), y)
        loss.backward()
        by_hand = hand.compute(x, y, hand.w, hand.g)
        assert abs(by_hand.item() - loss.item()) < 1e-5, "loss by hand differs"
        for ours, theirs in zip(hand.g, auto.weights()):
            error = (ours - theirs.grad.t()).abs().max() / theirs.grad.abs().max()
            assert error < 1e-3, "gradient by hand differs from autograd's by %g" % error

    def variants_of(arch, trained=None):
        hand = ByHand(arch, trained)
        return {"autograd": Autograd(arch, True).start_from(hand),
                "autograd, foreach": Autograd(arch, False).start_from(hand), "by hand": hand}

    def check_trained(trained):
        """The loss of trained weights on trials of our own, against that of their last batches."""
        data, hand, losses = Data(trained), ByHand("rnn", trained), []
        with torch.no_grad():
            for _ in range(8 * AHEAD):
                losses.append(hand.compute(*data.next(), hand.w, hand.g).item())
        error = sum(losses) / len(losses) - trained["result_loss"][0]
        assert abs(error) < 0.01, "the loss of the trained network differs by %g" % error

    trained = dict(numpy.load(weights)) if weights else None
    networks, data = {}, {}  # by architecture and state
    for arch in ("rnn", "lstm"):
        check(arch)
        networks[arch, "fresh"] = variants_of(arch)
        data[arch, "fresh"] = Data()
    if trained:
        check_trained(trained)
        networks["rnn", "trained"] = variants_of("rnn", trained)
        data["rnn", "trained"] = Data(trained)
    for key, choice in networks.items():  # TorchScript compiles and optimises in the first calls
        for variant in choice.values():
            for _ in range(2 * AHEAD):
                variant.step(*data[key].next())
    print(json.dumps({"torch": torch.__version__, "blas": blas_core(),
                      "variants": [[*key, variant] for key, choice in networks.items() for variant in choice]}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        key = order["arch"], order["network"]
        variant, trials = networks[key][order["variant"]], data[key]
        trials.left = 0
        best, end = math.inf, time.perf_counter() + order["seconds"]
        while time.perf_counter() < end:
            start = time.thread_time()
            for _ in range(AHEAD):  # one draw of data each time
                variant.step(*trials.next())
            best = min(best, (time.thread_time() - start) / AHEAD)
        print(json.dumps(best * 1e6), flush=True)


# ---- the parent: mtsweep and the workers in turns ----


def train(mtsweep, batches, folder):
    """Trains the default rnn for so many batches; returns a file of its weights and loss."""
    sweep, out, weights = (os.path.join(folder, name) for name in ("peer.yaml", "peer.h5", "peer.npz"))
    with open(sweep, "w") as text:
        text.write("name: peer\nset: {arch: rnn, batches: %d, probe_fits: 0, trace: none}\n" % batches)
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([mtsweep, "run", sweep, "-o", out], **quiet)
    subprocess.run([mtsweep, "export", out, "--npz", "--what", "weights,result/loss", "-o", weights], **quiet)
    return weights


def start(core, weights):
    """A worker with these OpenBLAS kernels; None if they do not run here."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1",
                       MALLOC_MMAP_THRESHOLD_="1073741824", MALLOC_TRIM_THRESHOLD_="1073741824")
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        environment.pop(name, None)
    if core:
        environment["OPENBLAS_CORETYPE"] = core
    process = subprocess.Popen([sys.executable, __file__, "--worker", "--weights", weights], env=environment, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    line = process.stdout.readline()
    if not line:
        process.wait()
        return None
    return process, json.loads(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mtsweep", default="build/mtsweep", help="the program (default build/mtsweep)")
    parser.add_argument("--arch", action="append", choices=["rnn", "lstm"], help="only this architecture")
    parser.add_argument("--train", type=int, default=3000, metavar="BATCHES",
                        help="train the rnn so long for its second rows (default 3000; 0: none)")
    parser.add_argument("--seconds", type=float, default=4, help="time for each variant in all (default 4)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--weights", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker(options.weights)
    try:
        import torch  # noqa: F401
    except ImportError:
        sys.exit("bench_peers.py: no PyTorch for %s; on Debian and Ubuntu: apt install python3-torch" % sys.executable)
    archs = options.arch or ["rnn", "lstm"]

    with open("/proc/cpuinfo") as info:
        avx512 = "avx512f" in info.read()
    cores = [None, "Haswell"] + (["SkylakeX"] if avx512 else [])
    with tempfile.TemporaryDirectory() as folder:
        weights = train(options.mtsweep, options.train, folder) if options.train and "rnn" in archs else ""
        workers = [w for w in (start(core, weights) for core in cores) if w]
    if not workers:
        sys.exit("bench_peers.py: no worker started")

    rounds, ours, peers = 3, {}, {}
    # The same number of batches in the config, too: it is part of what random numbers follow from.
    command = [options.mtsweep, "bench", "--json", "--set", "probe_fits=0", "--kernels", "auto", "--kernels", "blas",
               "--train", str(options.train), "--seconds", str(options.seconds / rounds)]
    if options.train:
        command += ["--set", "batches=%d" % options.train]
    for arch in archs:
        command += ["--arch", arch]
    for _ in range(rounds):
        bench = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        for step in bench["steps"]:
            key = step["arch"], step["network"], step["kernels"]
            ours[key] = min(ours.get(key, float("inf")), step["us_per_step"])
        for process, about in workers:
            for arch, network, variant in about["variants"]:
                if arch not in archs:
                    continue
                process.stdin.write(json.dumps({"arch": arch, "network": network, "variant": variant,
                                                "seconds": options.seconds / rounds}) + "\n")
                process.stdin.flush()
                key = arch, network, variant, about["blas"]
                peers[key] = min(peers.get(key, float("inf")), json.loads(process.stdout.readline()))
    for process, _ in workers:
        process.stdin.close()
        process.wait()

    def least(arch, network, variant=""):
        return min(us for (a, n, v, _), us in peers.items() if (a, n) == (arch, network) and v.startswith(variant))

    pairs = list(dict.fromkeys(key[:2] for key in peers))
    best = {pair: least(*pair) for pair in pairs}
    autograd = {pair: least(*pair, "autograd") for pair in pairs}
    if options.json:
        print(json.dumps({"mtsweep": [{"arch": a, "network": n, "kernels": k, "us_per_step": us,
                                       "autograd_over_this": autograd[a, n] / us, "best_torch_over_this": best[a, n] / us}
                                      for (a, n, k), us in ours.items()],
                          "torch": [{"arch": a, "network": n, "variant": v, "blas": b, "us_per_step": us}
                                    for (a, n, v, b), us in peers.items()],
                          "torch_version": workers[0][1]["torch"]}))
        return None
    print("microseconds per training step, one thread; PyTorch %s; mtsweep's BLAS: %s\n" %
          (workers[0][1]["torch"], bench["blas"]))
    row = "%-5s %-8s %-26s %8s  %13s %12s  %s"
    print(row % ("arch", "network", "", "us/step", "best autograd", "best torch", "BLAS in use"))
    print(row % ("", "", "", "", "over it", "over it", ""))
    for pair in pairs:
        for (*of, variant, blas), us in peers.items():
            if tuple(of) == pair:
                marks = ["best" if us == fastest[pair] else "" for fastest in (autograd, best)]
                print(row % (*pair, "torch, " + variant, "%.0f" % us, *marks, blas))
        for (*of, kernels), us in ours.items():
            if tuple(of) == pair:
                print(row % (*pair, "mtsweep, " + kernels, "%.0f" % us, "%.1f" % (autograd[pair] / us),
                             "%.1f" % (best[pair] / us), bench["blas"] if kernels == "blas" else "none"))
    return None


if __name__ == "__main__":
    sys.exit(main())
