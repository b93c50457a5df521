#!/usr/bin/python3
"""Prints what ideal observers reach, by brute force: the numbers in tests/unit/test_ideal.c.

    python3 ideal_observer.py

Written from the definitions, not from the C code, which integrates in another way. Latents are uniform in the square and
the observer knows it. What is left of the S observations of a latent is one look m = x + n with n of a known density; on
a fine grid of m, the joint density of m and label 1 is the square's label image blurred with that density. From it come
the accuracy, integral of max(joint, rest), and the expected loss of the posterior p. Needs python3-numpy, python3-scipy.
"""
import numpy as np
from scipy.special import ndtr, xlogy
from scipy.stats import loggamma

CELLS = 1500
EDGE = np.linspace(-.5, .5, CELLS + 1)
CENTRE = (EDGE[1:] + EDGE[:-1]) / 2


def normal(s):
    """Distribution function of the noise, its standard deviation."""
    return (lambda n: ndtr(n / s)), s


def gumbel(sigma, S):
    """The look is -sigma ln(sum of exp(-X / sigma) / S), and that sum is gamma(S) times exp(-x / sigma)."""
    noise = loggamma(S)
    return (lambda n: noise.sf(np.log(S) - n / sigma)), noise.std() * sigma


def blur(law):
    """Probability density of m, on a grid of spacing h, to come from each cell of x: [m][cell]."""
    cdf, s = law
    h = s / 12
    m = np.arange(-.5 - 9 * s, .5 + 9 * s, h)
    return (cdf(m[:, None] - EDGE[None, :-1]) - cdf(m[:, None] - EDGE[None, 1:])), h


def observer(image, laws):
    """Accuracy, cross-entropy and squared error of tanh; image: part of each cell [x1][x2] with label 1."""
    (a, h1), (b, h2) = blur(laws[0]), blur(laws[1])
    joint = np.clip(a @ image @ b.T, 0, None) * h1 * h2
    rest = np.clip(a @ (1 - image) @ b.T, 0, None) * h1 * h2
    total = np.maximum(joint + rest, 1e-300)
    p, q = joint / total, rest / total
    nats = -xlogy(joint, np.maximum(p, 1e-300)) - xlogy(rest, np.maximum(q, 1e-300))
    return np.array([np.maximum(joint, rest).sum(), nats.sum(), (4 * (joint * q ** 2 + rest * p ** 2)).sum()])


def image(label):
    """Part of each cell that has label 1, from 3 x 3 points."""
    d = (CENTRE[1] - CENTRE[0]) / 3
    return sum(label((CENTRE + i * d)[:, None], (CENTRE + j * d)[None, :]).astype(float)
               for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9


def product(laws, K):
    """Mean over the tasks of one quadrant; the others are mirror images."""
    thresholds = {24: [.005, .02, .04, .07, .11, .15],
                  48: [.005, .01, .018, .027, .04, .052, .07, .085, .105, .125, .15, .18]}[K]
    return np.mean([observer(image(lambda x, y: (x > 0) & (y > 0) & (x * y > h)), laws) for h in thresholds], axis=0)


def lines(laws, K):
    phi = (np.arange(K) + .5) * np.pi / K
    sides = [lambda x, y, f=f: np.cos(f) * y - np.sin(f) * x > 0 for f in phi]
    return np.mean([observer(image(side), laws) for side in sides], axis=0)


def r2(sigma, S):
    """r2 of the posterior mean of one latent, by brute force on the same grids."""
    a, h = blur(normal(sigma / np.sqrt(S)))
    seen, first = a.sum(1), a @ CENTRE
    return 12 * (first ** 2 / np.maximum(seen, 1e-300)).sum() * h


def main():
    s = .2 / np.sqrt(20)
    for name, value in (
            ('multiplicative 24', product([normal(s)] * 2, 24)),
            ('multiplicative 48', product([normal(s)] * 2, 48)),
            ('multiplicative 24 sigma .6 steps 5', product([normal(.6 / np.sqrt(5))] * 2, 24)),
            ('multiplicative 24 anisotropic', product([normal(s), normal(2 * s)], 24)),
            ('lines 6', lines([normal(s)] * 2, 6)),
            ('lines 6 anisotropic', lines([normal(s), normal(2 * s)], 6)),
            ('lines 6 ar1 .7', lines([normal(.2 * np.sqrt(1.7 / (20 - 18 * .7)))] * 2, 6)),
            ('lines 6 gumbel', lines([gumbel(.2, 20)] * 2, 6)),
            ('lines 6 gumbel steps 5', lines([gumbel(.2, 5)] * 2, 6)),
            ('context', np.mean([observer(image(lambda x, y: y > x), [normal(s)] * 2),
                                 observer(image(lambda x, y: x + y > 0), [normal(s)] * 2)], axis=0))):
        print('%-36s %.5f %.5f %.5f' % ((name,) + tuple(value)))
    for sigma in .2, .6, 3:
        print('r2 sigma %-27g %.5f' % (sigma, r2(sigma, 20)))


if __name__ == '__main__':
    main()
