#!/usr/bin/python3
"""Makes measures.h5: reference numbers of the measures, in float64, with numpy, scikit-learn, mpmath and PyTorch.

    python3 make_measures.py [OUT]

Written from the definitions (README.md in this folder says which), not from the C code. Inputs are
rounded to float32, so that the float build reads the same numbers.
"""
import itertools
import os
import sys

import h5py
import mpmath
import numpy as np
import torch
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA

rng = np.random.default_rng(20260923)


def rounded(a):
    return np.asarray(a, np.float32).astype(np.float64)


def sparsity():
    """Rates of 50 stimuli: relu units, a silent one, an even one, one that knows one stimulus, and a
    unit with negative states, which has no sparsity but that of its absolute values."""
    m = 50
    h = np.maximum(rng.normal(size=(m, 7)) * 2 - 0.5, 0)
    h[:, 1] = 0
    h[:, 2] = 3.5
    h[:, 3] = 0
    h[17, 3] = 0.125
    h[:, 4] = np.tanh(rng.normal(size=m))
    h = rounded(h)
    unit = np.empty(7)
    for j in range(7):
        r = h[:, j]
        unit[j] = np.nan if (r < 0).any() else 100 if not r.any() else 100 * (1 - r.mean() ** 2 / (r ** 2).mean()) / (1 - 1 / m)
    absolute = [100 if not r.any() else 100 * (1 - abs(r).mean() ** 2 / (r ** 2).mean()) / (1 - 1 / m) for r in h.T]
    return {"h": h, "unit": unit, "absolute": absolute}


def pca():
    """60 states of 9 units with a spectrum; one unit is silent. Signs: the largest entry is positive."""
    h = rng.normal(size=(60, 5)) @ (rng.normal(size=(5, 9)) * np.array([5, 3, 1, 0.5, 0.1])[:, None])
    h += 0.01 * rng.normal(size=h.shape) + 7
    h[:, 6] = 0
    h = rounded(h)
    fit = PCA(n_components=6, svd_solver="full").fit(h)
    direction = fit.components_
    largest = np.abs(direction).argmax(axis=1)
    direction = direction * np.sign(direction[np.arange(6), largest])[:, None]
    return {"h": h, "variance": fit.explained_variance_, "ratio": fit.explained_variance_ratio_,
            "direction": direction}


def selectivity():
    x = np.repeat(np.linspace(-0.5, 0.5, 8), 8)
    h = rounded(np.maximum(x[:, None] * rng.normal(size=6) + 0.3 * rng.normal(size=(64, 6)), 0))
    h[:, 3] = 0.7  # as constant as a silent unit
    h = rounded(h)
    r = np.full(6, np.nan)
    for j in (0, 1, 2, 4, 5):
        r[j] = np.corrcoef(x, h[:, j])[0, 1]
    return {"h": h, "x": x, "r": r}


def angle():
    a, b = rng.normal(size=(2, 5, 64))
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    n = np.array([2, 3, 8, 13, 64, 200, 1001])
    deviation = []
    for N in n:  # by numerical integration of the density
        density = lambda t: mpmath.sin(t) ** (int(N) - 2)
        pieces = mpmath.linspace(0, mpmath.pi, 65)
        total = mpmath.quad(density, pieces)
        square = mpmath.quad(lambda t: (t - mpmath.pi / 2) ** 2 * density(t), pieces)
        deviation.append(float(mpmath.sqrt(square / total) * 180 / mpmath.pi))
    return {"a": a, "b": b, "degrees": np.degrees(np.arccos(cosine)), "n": n, "deviation": deviation}


def probit():
    """u with Phi(u) = 1 / (1 + exp(-z)), to 30 digits."""
    mpmath.mp.dps = 40
    z = np.array([-590, -300, -100.5, -40, -13.8, -5, -1, -0.1, -1e-6, 0, 1e-6, 0.3, 2, 9, 25, 77, 450])
    u = []
    for v in z:
        tail = 1 / (1 + mpmath.exp(abs(mpmath.mpf(float(v)))))
        start = -mpmath.sqrt(-2 * mpmath.log(tail)) * mpmath.mpf("0.9")
        log_tail = lambda t: mpmath.log(mpmath.erfc(-t / mpmath.sqrt(2)) / 2) - mpmath.log(tail)
        root = mpmath.findroot(log_tail, start)
        u.append(float(root if v < 0 else -root))
    mpmath.mp.dps = 15
    return {"z": z, "u": u}


def inverse():
    tall, wide, flat = rng.normal(size=(7, 3)), rng.normal(size=(2, 4)), rng.normal(size=(5, 3))
    flat[:, 2] = flat[:, 0] - 2 * flat[:, 1]  # of rank 2
    normals = {"tall": tall, "wide": wide, "flat": flat}
    return {f"{kind}{what}": f(c) for kind, c in normals.items()
            for what, f in (("", lambda c: c), ("_inverse", lambda c: np.linalg.pinv(c, rcond=1e-5)))}


def eigen():
    general = rng.normal(size=(9, 9))
    values = np.linalg.eigvals(general)
    values = values[np.lexsort((-values.imag, -values.real))]
    symmetric = general @ general.T - 3 * np.eye(9)
    return {"general": general, "real": values.real, "imaginary": values.imag, "symmetric": symmetric,
            "value": np.linalg.eigvalsh(symmetric)}


def merge():
    """Points in clumps, on a line, and alone; labels of DBSCAN with one sample making a core."""
    clumps = np.concatenate([c + 0.1 * rng.normal(size=(12, 3)) for c in 2 * rng.normal(size=(4, 3))])
    line = np.array([[8 + 0.3 * i, 0.1 * i, 1] for i in range(20)])
    points = rng.permutation(np.concatenate([clumps, line, 5 * rng.normal(size=(12, 3))]))
    eps = np.array([0, 0.05, 0.2, 0.5, 1.3, 5])
    labels = [DBSCAN(eps=max(e, 1e-300), min_samples=1).fit_predict(points) for e in eps]
    return {"points": points, "eps": eps, "labels": np.array(labels)}


def fixed_points():
    """All fixed points of h = relu(W h + b), W[to][from]: those of each of the 2^N sets of active units,
    which one linear system gives; the leading eigenvalues of the derivative of relu(W h + b) - h there.
    And where PyTorch's Adam, learning rate .01, brings starts in 1000 steps on the mean over units and
    starts of (relu(W h + b) - h)^2, with the labels of DBSCAN, eps .5."""
    n, generator = 9, np.random.default_rng(6)
    w, b = generator.normal(size=(n, n)) * 0.6 / np.sqrt(n), generator.normal(size=n)
    w[range(3), range(3)] += 1.5  # three units that switch: 2^3 fixed points
    b[:3] = -0.5 - generator.random(3)
    w, b = rounded(w), rounded(b)
    points, leading = [], []
    for active in itertools.product([False, True], repeat=n):
        on = np.flatnonzero(active)
        h = np.zeros(n)
        h[on] = np.linalg.solve(np.eye(len(on)) - w[np.ix_(on, on)], b[on])
        if (h[on] > 0).all() and (np.delete(w @ h + b, on) <= 0).all():
            points.append(h)
            values = np.linalg.eigvals(np.where(np.array(active)[:, None], w, 0) - np.eye(n))
            leading.append(np.sort(values.real)[::-1][:3])
    starts = rounded(6 * generator.random((24, n)))
    h = torch.tensor(starts, requires_grad=True)
    adam = torch.optim.Adam([h], lr=0.01)
    for _ in range(1000):
        adam.zero_grad()
        ((torch.relu(h @ torch.tensor(w).T + torch.tensor(b)) - h) ** 2).mean().backward()
        adam.step()
    ends = h.detach().numpy()
    return {"w": w, "b": b, "points": points, "leading": leading, "starts": starts, "ends": ends,
            "labels": DBSCAN(eps=0.5, min_samples=1).fit_predict(ends)}


def main():
    default = os.path.join(os.path.dirname(os.path.abspath(__file__)), "measures.h5")
    with h5py.File(sys.argv[1] if len(sys.argv) > 1 else default, "w") as f:
        for make in (sparsity, pca, selectivity, angle, probit, inverse, eigen, merge, fixed_points):
            for name, value in make().items():
                f[f"{make.__name__}/{name}"] = np.asarray(value, np.float64)


if __name__ == "__main__":
    main()
