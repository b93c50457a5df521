/* search_newton.c: damped Gauss-Newton on phi = |g(h)|^2 with g = F(h) - h and A = F' - 1:
 *
 *     (A'A + mu) d = -A'g,    h <- h + d where that lowers phi
 *
 * mu shrinks while phi falls as the linear model says and grows when a step fails (Nielsen's rule:
 * Madsen, Nielsen and Tingleff, Methods for non-linear least squares problems, 2004). The damping
 * keeps directions in which A is next to nothing, as along a continuous attractor, from being
 * followed far, and makes the equations solvable where A is singular. */
#include "search.h"

#include <math.h>
#include <string.h>

/* Of the largest diagonal element of A'A. With less, searches in trained networks are led astray by
 * their first steps, and fewer of them converge. */
static const double first_damping = 1;
static const double most_damping = 1e12;

/* A place with all that a step from it needs. */
typedef struct place {
    const mts_measure_map *map;
    size_t start, N;
    double *h, *next;    /* [N] */
    double *A;           /* [N][N] */
    double *normal, *v;  /* A'A (lower triangle), A'g */
    double *factor, *d;  /* Cholesky factor of the damped matrix; the step */
    double *trial, *end; /* h + d, F of it */
    double phi;
} place;

/* Columns of A that are multiplied at a time; sums stay in registers. */
enum { TILE = 4 };

/* normal = A'A, lower triangle, rows of A ascending; v = A'g. */
static void multiply(place *p)
{
    const size_t N = p->N;
    for (size_t i = 0; i < N; i += TILE)
        for (size_t j = 0; j <= i; j += TILE) {
            const size_t rows = N - i < TILE ? N - i : TILE, columns = N - j < TILE ? N - j : TILE;
            double sum[TILE][TILE] = {{0}};
            for (size_t r = 0; r < N; r++) {
                const double *a = p->A + r * N;
                if (rows == TILE && columns == TILE) {
                    for (size_t x = 0; x < TILE; x++)
                        for (size_t y = 0; y < TILE; y++)
                            sum[x][y] += a[i + x] * a[j + y];
                    continue;
                }
                for (size_t x = 0; x < rows; x++)
                    for (size_t y = 0; y < columns; y++)
                        sum[x][y] += a[i + x] * a[j + y];
            }
            for (size_t x = 0; x < rows; x++)
                memcpy(p->normal + (i + x) * N + j, sum[x], columns * sizeof *sum[x]);
        }
    memset(p->v, 0, N * sizeof *p->v);
    for (size_t r = 0; r < N; r++)
        for (size_t i = 0; i < N; i++)
            p->v[i] += p->A[r * N + i] * (p->next[r] - p->h[r]);
}

/* Solves (normal + mu) d = -v by Cholesky; false if rounding has left the matrix indefinite. */
static bool solve(place *p, double mu)
{
    const size_t N = p->N;
    double *L = p->factor, *d = p->d;
    for (size_t i = 0; i < N; i++) {
        double *row = L + i * N;
        for (size_t j = 0; j <= i; j++) {
            const double *other = L + j * N;
            double sum = p->normal[i * N + j] + (i == j ? mu : 0);
            for (size_t k = 0; k < j; k++)
                sum -= row[k] * other[k];
            if (i == j && !(sum > 0))
                return false;
            row[j] = i == j ? sqrt(sum) : sum / other[j];
        }
    }
    for (size_t i = 0; i < N; i++) {
        double sum = -p->v[i];
        for (size_t k = 0; k < i; k++)
            sum -= L[i * N + k] * d[k];
        d[i] = sum / L[i * N + i];
    }
    for (size_t i = N; i-- > 0;) {
        d[i] /= L[i * N + i];
        for (size_t k = 0; k < i; k++)
            d[k] -= L[i * N + k] * d[i];
    }
    return true;
}

static double distance2(size_t N, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

static void look(place *p)
{
    const size_t N = p->N;
    p->map->linearise(p->map->ctx, p->start, p->h, p->next, p->A);
    for (size_t i = 0; i < N; i++)
        p->A[i * N + i] -= 1;
    p->phi = distance2(N, p->next, p->h);
}

/* FLOP of one solution at full speed that take as long: a damped step runs at a small part of the
 * speed of the products. */
static double step_cost(size_t N)
{
    double n = (double)N;
    return 40 * n * n * n + 500 * n * n;
}

/* Steps that a start of a trained network takes. */
static size_t usual_of(size_t steps)
{
    return steps < 80 ? steps : 80;
}

/* What the linear model promises: |g|^2 - |g + A d|^2 = d'(mu d - A'g). */
static double promise(const place *p, double mu)
{
    double sum = 0;
    for (size_t i = 0; i < p->N; i++)
        sum += p->d[i] * (mu * p->d[i] - p->v[i]);
    return sum;
}

static mts_status descend(place *p, size_t steps, double speed, size_t *taken)
{
    const size_t N = p->N;
    const double wanted = speed * speed * (double)N;
    double mu = 0, growth = 2;
    bool moved = true;
    look(p);
    *taken = 0;
    for (size_t step = 0; step < steps && p->phi > wanted && isfinite(p->phi); step++) {
        if (moved)
            multiply(p);
        for (size_t i = 0; step == 0 && i < N; i++)
            mu = fmax(mu, first_damping * p->normal[i * N + i]);
        moved = false;
        if (solve(p, mu)) {
            for (size_t i = 0; i < N; i++)
                p->trial[i] = p->h[i] + p->d[i];
            p->map->linearise(p->map->ctx, p->start, p->trial, p->end, NULL);
            double phi = distance2(N, p->end, p->trial), gain = (p->phi - phi) / promise(p, mu);
            if (phi < p->phi) {
                memcpy(p->h, p->trial, N * sizeof *p->h);
                look(p);
                mu *= fmax(1.0 / 3, 1 - pow(2 * gain - 1, 3));
                growth = 2;
                moved = true;
            }
        }
        if (!moved) {
            mu *= growth;
            growth *= 2;
            if (!(mu > 0 && mu < most_damping))
                break;
        }
        ++*taken;
        mts_status st = mts_measure_advance(p->map, step_cost(N));
        if (st != MTS_OK)
            return st;
    }
    return MTS_OK;
}

static void take_all(place *p, mts_arena *arena)
{
    double **const squares[] = {&p->A, &p->normal, &p->factor};
    double **const vectors[] = {&p->next, &p->v, &p->d, &p->trial, &p->end};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++)
        *squares[i] = mts_take(arena, p->N * p->N, sizeof(double));
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = mts_take(arena, p->N, sizeof(double));
}

static size_t memory(size_t n, size_t N)
{
    mts_arena arena = {0};
    (void)n;
    take_all(&(place){.N = N}, &arena);
    return arena.used;
}

static mts_status search(const mts_measure_map *map, const mts_kernels *kernels, size_t steps,
                         double speed, size_t n, double *h)
{
    const size_t N = map->N;
    place p = {.map = map, .N = N};
    mts_arena arena = {.used = memory(n, N)};
    mts_status st = mts_arena_open(&arena);
    (void)kernels;
    if (st != MTS_OK)
        return st;
    take_all(&p, &arena);
    for (p.start = 0; st == MTS_OK && p.start < n; p.start++) {
        p.h = h + p.start * N;
        size_t taken;
        st = descend(&p, steps, speed, &taken);
        if (st == MTS_OK && taken < usual_of(steps)) /* what the cost has counted */
            st = mts_measure_advance(map, (double)(usual_of(steps) - taken) * step_cost(N));
    }
    mts_arena_close(&arena);
    return st;
}

static double cost(size_t steps, size_t n, size_t N)
{
    return (double)(n * usual_of(steps)) * step_cost(N);
}

const mts_measure_method mts_measure_newton = {200, search, cost, memory};
