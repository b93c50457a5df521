#!/usr/bin/env python3
"""The training step of mtsweep beside the same step in PyTorch, on one thread.

    tools/bench_peers.py [--mtsweep build/mtsweep] [--arch rnn] [--seconds 4] [--json]

Both are timed in turns, and of each its best time counts. The step is the default one: 16 fresh
trials of 22 steps through the frozen encoder into 64 units with 24 tasks, cross-entropy over all
steps, gradients, Adam. PyTorch gets the best of several variants:

    autograd     nn.RNN or nn.LSTM, a readout, the fused loss, Adam of its own
    by hand      TorchScript: the input projection of all steps in one product, the recurrence in a
                 loop, the way back written out, weight gradients as one product each, and Adam in
                 place on one flat vector
    data         trials and encoder of 16 batches in one go, into memory that is allocated once

each with every set of BLAS kernels that this CPU runs. Memory is kept by the allocator, so that
page faults do not count against PyTorch. Before it is timed, the way back by hand is held to
autograd. Needs PyTorch (Debian, Ubuntu: apt install python3-torch).
"""
import argparse
import json
import os
import subprocess
import sys

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


def worker():
    import math
    import time

    import torch
    from torch import Tensor, nn
    from typing import Dict, List, Tuple

    torch.set_num_threads(1)
    torch.manual_seed(0)

    class Data:
        """Inputs x[T][B][I] and decision labels of batch after batch."""

        def __init__(self):
            self.encoder = nn.Sequential(nn.Linear(D, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
                                         nn.Linear(HIDDEN, FEATURES)).requires_grad_(False)
            phi = (torch.arange(K) + 0.5) * math.pi / K
            self.normal = torch.stack([-torch.sin(phi), torch.cos(phi)]) * torch.where(phi > math.pi / 2, -1.0, 1.0)
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
        def __init__(self, arch):
            gates = 4 if arch == "lstm" else 1
            shapes = [(I, gates * N), (gates * N,), (N, gates * N), (gates * N,), (N, K), (K,)]
            size = sum(math.prod(s) for s in shapes)
            self.theta = (torch.rand(size) * 2 - 1) / math.sqrt(N)
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
        hand, auto = ByHand(arch), Autograd(arch, True)
        with torch.no_grad():
            net = [auto.net.weight_ih_l0, auto.net.bias_ih_l0, auto.net.weight_hh_l0, auto.net.bias_hh_l0,
                   auto.readout.weight, auto.readout.bias]
            for ours, theirs in zip(hand.w, net):
                theirs.copy_(ours.t())
        loss = auto.loss(auto.readout(auto.net(x)[0]), y)
        loss.backward()
        by_hand = hand.compute(x, y, hand.w, hand.g)
        assert abs(by_hand.item() - loss.item()) < 1e-5, "loss by hand differs"
        for ours, theirs in zip(hand.g, net):
            error = (ours - theirs.grad.t()).abs().max() / theirs.grad.abs().max()
            assert error < 1e-3, "gradient by hand differs from autograd's by %g" % error

    variants = {}
    for arch in ("rnn", "lstm"):
        check(arch)
        variants[arch] = {"autograd": Autograd(arch, True), "autograd, foreach": Autograd(arch, False),
                          "by hand": ByHand(arch)}
    data = Data()
    for choice in variants.values():  # TorchScript compiles and optimises in the first calls
        for variant in choice.values():
            for _ in range(2 * AHEAD):
                variant.step(*data.next())
    print(json.dumps({"torch": torch.__version__, "blas": blas_core(),
                      "variants": {arch: list(choice) for arch, choice in variants.items()}}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        variant = variants[order["arch"]][order["variant"]]
        data.left = 0
        best, end = math.inf, time.perf_counter() + order["seconds"]
        while time.perf_counter() < end:
            start = time.perf_counter()
            for _ in range(AHEAD):  # one draw of data each time
                variant.step(*data.next())
            best = min(best, (time.perf_counter() - start) / AHEAD)
        print(json.dumps(best * 1e6), flush=True)


# ---- the parent: mtsweep and the workers in turns ----


def start(core):
    """A worker with these OpenBLAS kernels; None if they do not run here."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1",
                       MALLOC_MMAP_THRESHOLD_="1073741824", MALLOC_TRIM_THRESHOLD_="1073741824")
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        environment.pop(name, None)
    if core:
        environment["OPENBLAS_CORETYPE"] = core
    process = subprocess.Popen([sys.executable, __file__, "--worker"], env=environment, text=True,
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
    parser.add_argument("--seconds", type=float, default=4, help="time for each variant in all (default 4)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker()
    try:
        import torch  # noqa: F401
    except ImportError:
        sys.exit("bench_peers.py: no PyTorch for %s; on Debian and Ubuntu: apt install python3-torch" % sys.executable)
    archs = options.arch or ["rnn", "lstm"]

    with open("/proc/cpuinfo") as info:
        avx512 = "avx512f" in info.read()
    cores = [None, "Haswell"] + (["SkylakeX"] if avx512 else [])
    workers = [w for w in map(start, cores) if w]
    if not workers:
        sys.exit("bench_peers.py: no worker started")

    rounds, ours, torch_us = 3, {}, {}
    command = [options.mtsweep, "bench", "--json", "--set", "probe_fits=0", "--kernels", "auto", "--kernels", "blas",
               "--seconds", str(options.seconds / rounds)]
    for arch in archs:
        command += ["--arch", arch]
    for _ in range(rounds):
        bench = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        for step in bench["steps"]:
            key = step["arch"], "%s, %s" % (step["kernels"], step["network"])
            ours[key] = min(ours.get(key, float("inf")), step["us_per_step"])
        for process, about in workers:
            for arch in archs:
                for variant in about["variants"][arch]:
                    process.stdin.write(json.dumps({"arch": arch, "variant": variant,
                                                    "seconds": options.seconds / rounds}) + "\n")
                    process.stdin.flush()
                    key = arch, variant, about["blas"]
                    torch_us[key] = min(torch_us.get(key, float("inf")), json.loads(process.stdout.readline()))
    for process, _ in workers:
        process.stdin.close()
        process.wait()

    best = {a: min(us for (b, _, _), us in torch_us.items() if b == a) for a in archs}
    autograd = {a: min(us for (b, v, _), us in torch_us.items() if b == a and v.startswith("autograd")) for a in archs}
    if options.json:
        print(json.dumps({"mtsweep": [{"arch": a, "kernels": k, "us_per_step": us, "autograd_over_this": autograd[a] / us,
                                      "best_torch_over_this": best[a] / us} for (a, k), us in ours.items()],
                          "torch": [{"arch": a, "variant": v, "blas": b, "us_per_step": us}
                                    for (a, v, b), us in torch_us.items()],
                          "torch_version": workers[0][1]["torch"]}))
        return None
    print("microseconds per training step, one thread; PyTorch %s; mtsweep's BLAS: %s\n" %
          (workers[0][1]["torch"], bench["blas"]))
    row = "%-5s %-26s %8s  %13s %12s  %s"
    print(row % ("arch", "", "us/step", "best autograd", "best torch", "BLAS in use"))
    print(row % ("", "", "", "over it", "over it", ""))
    for arch in archs:
        for (a, variant, blas), us in torch_us.items():
            if a == arch:
                marks = ["best" if us == least[arch] else "" for least in (autograd, best)]
                print(row % (arch, "torch, " + variant, "%.0f" % us, *marks, blas))
        for (a, kernels), us in ours.items():
            if a == arch:
                print(row % (arch, "mtsweep, " + kernels, "%.0f" % us, "%.1f" % (autograd[a] / us),
                             "%.1f" % (best[a] / us), bench["blas"] if kernels.startswith("blas") else "none"))
    return None


if __name__ == "__main__":
    sys.exit(main())
