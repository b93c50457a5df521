/* functions.c: the logarithm and the normal distribution function. */
#include "functions.h"

#include <math.h>

/* x = 2^e m with sqrt(1/2) <= m < sqrt(2); ln m = 2 artanh(r), r = (m - 1) / (m + 1), |r| < .172, as
 * its power series, of which the first term that is left out is below 1e-17. */
double mts_task_log(double x)
{
    const double half_root = 0.70710678118654752440, ln2 = 0.69314718055994530942;
    int e;
    double m = frexp(x, &e), r, square, sum = 0;
    if (m < half_root) {
        m *= 2;
        e--;
    }
    r = (m - 1) / (m + 1);
    square = r * r;
    for (int i = 19; i >= 1; i -= 2)
        sum = sum * square + 1.0 / i;
    return e * ln2 + 2 * r * sum;
}

/* exp(-y), 0 <= y <= 64: y = k ln 2 + r, |r| <= ln 2 / 2, and the power series of exp(-r). */
static double exp_of_minus(double y)
{
    const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
    const int k = (int)(y * 1.44269504088896340736 + 0.5);
    const double r = (y - k * ln2_high) - k * ln2_low;
    double sum = 1;
    for (int i = 15; i >= 1; i--)
        sum = 1 - sum * r / i;
    return ldexp(sum, -k);
}

/* 1/2 + exp(-z^2 / 2) / sqrt(2 pi) (z + z^3 / 3 + z^5 / (3 5) + ...): all terms of one sign. */
double mts_task_normal_cdf(double z)
{
    const double root = 0.39894228040143267794; /* 1 / sqrt(2 pi) */
    double term = z, sum = z;
    for (int i = 3; fabs(term) > 1e-17 * fabs(sum); i += 2) {
        term *= z * z / i;
        sum += term;
    }
    return 0.5 + root * exp_of_minus(z * z / 2) * sum;
}
