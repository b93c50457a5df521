/* expect.c: what a sweep claims, held against its networks. */
#include "mtsweep/expect.h"

#include "mtsweep/num.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 20000 };

/* ---- reading ---- */

struct mts_expect_term {
    mts_table_score score;
    mts_filter *where; /* NULL: all runs */
};

struct mts_expect {
    size_t n_terms; /* 1, or 2 whose difference counts */
    struct mts_expect_term term[2];
    bool greater;
    double threshold;
    uint64_t hash; /* of the text: key of the draws */
};

static const char *skip_blanks(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

static mts_status fault(const char *text, const char *what)
{
    char excerpt[MTS_EXCERPT_TEXT];
    return mts_fail(MTS_ERR_USAGE,
                    "'%s': %s; write such as ood_r2[tasks=24] - ood_r2[tasks=2] > 0.1",
                    mts_excerpt(text, excerpt), what);
}

/* A pattern of its own, as the parser of filters names an option in its messages. */
static mts_status read_conditions(const char *text, const char **s, mts_filter **where)
{
    char list[256];
    const char *end = strchr(*s, ']');
    if (!end)
        return fault(text, "a '[' without its ']'");
    const size_t length = (size_t)(end - *s - 1);
    if (length == 0 || length >= sizeof list)
        return fault(text, "conditions between '[' and ']' are missing or too long");
    snprintf(list, sizeof list, "%.*s", (int)length, *s + 1);
    *s = skip_blanks(end + 1);
    return mts_filter_parse(list, where);
}

static mts_status read_term(const char *text, const char **s, struct mts_expect_term *term)
{
    mts_table_score score[MTS_TABLE_SCORES_MAX]; /* of one name there is one */
    char name[64], excerpt[MTS_EXCERPT_TEXT], where[MTS_EXCERPT_TEXT + 2];
    size_t n;
    const size_t length =
        strspn(*s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    if (length == 0 || length >= sizeof name)
        return fault(text, "the name of a score is missing");
    snprintf(name, sizeof name, "%.*s", (int)length, *s);
    *s = skip_blanks(*s + length);
    snprintf(where, sizeof where, "'%s'", mts_excerpt(text, excerpt));
    const mts_status st = mts_table_scores(name, where, score, &n);
    if (st == MTS_OK)
        term->score = score[0];
    return st == MTS_OK && **s == '[' ? read_conditions(text, s, &term->where) : st;
}

/* The second term's conditions hold for a first one that has none. */
static mts_status share_conditions(const char *text, mts_expect *e)
{
    const char *at = strchr(text, '[');
    if (e->n_terms < 2 || e->term[0].where || !e->term[1].where)
        return MTS_OK;
    return read_conditions(text, &at, &e->term[0].where);
}

static mts_status read(const char *text, mts_expect *e)
{
    const char *s = skip_blanks(text);
    char *end;
    mts_status st = read_term(text, &s, &e->term[0]);
    e->n_terms = 1;
    if (st == MTS_OK && *s == '-') {
        s = skip_blanks(s + 1);
        e->n_terms = 2;
        st = read_term(text, &s, &e->term[1]);
    }
    if (st == MTS_OK)
        st = share_conditions(text, e);
    if (st != MTS_OK)
        return st;
    if (*s != '>' && *s != '<')
        return fault(text, "a '>' or '<' is missing");
    e->greater = *s == '>';
    s = skip_blanks(s + 1);
    e->threshold = strtod(s, &end);
    if (end == s || *skip_blanks(end) || !isfinite(e->threshold))
        return fault(text, "a number is missing after the '>' or '<'");
    e->hash = mts_hash(0, text, strlen(text));
    return MTS_OK;
}

mts_status mts_expect_parse(const char *text, mts_expect **expect)
{
    *expect = mts_alloc(1, sizeof **expect);
    const mts_status st = *expect ? read(text, *expect) : MTS_ERR_MEMORY;
    if (st != MTS_OK) {
        mts_expect_destroy(*expect);
        *expect = NULL;
    }
    return st;
}

void mts_expect_destroy(mts_expect *expect)
{
    if (!expect)
        return;
    for (size_t t = 0; t < 2; t++)
        mts_filter_destroy(expect->term[t].where);
    mts_free(expect);
}

/* ---- networks ---- */

/* What a network has of a term: the mean over the rows of one identity. */
typedef struct network {
    uint64_t identity;
    double value;
} network;

typedef struct sample {
    size_t n;
    network *network; /* [n] by identity */
} sample;

static int by_identity(const void *a, const void *b)
{
    const network *x = a, *y = b;
    return (x->identity > y->identity) - (x->identity < y->identity);
}

/* Rows of one network become one. */
static void join(sample *s)
{
    size_t n = 0;
    qsort(s->network, s->n, sizeof *s->network, by_identity);
    for (size_t i = 0; i < s->n;) {
        const network first = s->network[i];
        double sum = 0;
        size_t rows = 0;
        for (; i < s->n && s->network[i].identity == first.identity; i++, rows++)
            sum += s->network[i].value;
        s->network[n++] = (network){first.identity, sum / (double)rows};
    }
    s->n = n;
}

static mts_status collect(const mts_table_cells *cells, const struct mts_expect_term *term,
                          sample *s)
{
    const mts_table_runs *runs = &cells->source->runs;
    double *value = mts_alloc(runs->n, sizeof *value);
    s->network = mts_alloc(runs->n, sizeof *s->network);
    mts_status st =
        value && s->network ? mts_table_run_values(cells, &term->score, value) : MTS_ERR_MEMORY;
    for (size_t run = 0; run < runs->n && st == MTS_OK; run++) {
        mts_config config;
        if (isnan(value[run]))
            continue;
        st = runs->config(runs->ctx, run, &config);
        if (st == MTS_OK && mts_filter_match(term->where, &config))
            s->network[s->n++] = (network){mts_config_identity(&config), value[run]};
    }
    mts_free(value);
    if (st == MTS_OK)
        join(s);
    return st;
}

/* Where two terms have networks in common, these pair: what is left in `a` is the difference. */
static bool pair(sample *a, sample *b)
{
    size_t n = 0;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        const int order = by_identity(&a->network[i], &b->network[j]);
        if (order == 0)
            a->network[n++] =
                (network){a->network[i].identity, a->network[i].value - b->network[j].value};
        i += order <= 0;
        j += order >= 0;
    }
    if (n == 0)
        return false;
    a->n = n;
    return true;
}

/* ---- statistics ---- */

static double mean(const sample *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += s->network[i].value;
    return sum / (double)s->n;
}

/* Probability that |t| stays below `t` with a whole number of degrees of freedom (Abramowitz and
 * Stegun 26.7.3, 26.7.4). */
static double student_within(double t, size_t freedom)
{
    const double angle = atan(t / sqrt((double)freedom)), c = cos(angle), s = sin(angle);
    const bool odd = freedom % 2 == 1;
    double term = odd ? c : 1, sum = freedom > 1 || !odd ? term : 0;
    for (size_t k = odd ? 3 : 2; k < freedom; k += 2) {
        term *= c * c * (double)(k - 1) / (double)k;
        sum += term;
    }
    return odd ? 2 / M_PI * (angle + s * sum) : s * sum;
}

double mts_expect_student(double within, size_t freedom)
{
    double low = 0, high = 1e6;
    for (int i = 0; i < 200; i++) {
        const double middle = (low + high) / 2;
        if (student_within(middle, freedom) < within)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* What a percentile interval must leave out on each side so that it covers .95 with few networks: the
 * expanded percentiles of Hesterberg (2015, The American Statistician 69, 371). */
static double tail(size_t smaller, size_t freedom)
{
    const double n = (double)smaller;
    return erfc(sqrt(n / (n - 1)) * mts_expect_student(0.95, freedom) / sqrt(2)) / 2;
}

static double resampled(const sample *s, mts_stream stream, uint64_t draw)
{
    uint32_t word[4] = {0};
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (i % 4 == 0)
            mts_bits(stream, draw, (uint32_t)(i / 4), word);
        sum += s->network[(uint64_t)word[i % 4] * s->n >> 32].value;
    }
    return sum / (double)s->n;
}

static mts_status interval(const mts_expect *e, const sample *a, const sample *b,
                           mts_expect_result *r)
{
    const size_t smaller = b && b->n < a->n ? b->n : a->n;
    const double out = tail(smaller, b ? a->n + b->n - 2 : a->n - 1);
    double *drawn = mts_alloc(DRAWS, sizeof *drawn);
    if (!drawn)
        return MTS_ERR_MEMORY;
    for (uint64_t d = 0; d < DRAWS; d++)
        drawn[d] = resampled(a, (mts_stream){e->hash, 0}, d) -
                   (b ? resampled(b, (mts_stream){e->hash, 1}, d) : 0);
    r->low = mts_quantile(DRAWS, drawn, out);
    r->high = mts_quantile(DRAWS, drawn, 1 - out);
    mts_free(drawn);
    return MTS_OK;
}

static mts_expect_verdict verdict_of(const mts_expect *e, const mts_expect_result *r)
{
    if (!(r->low <= r->high))
        return MTS_EXPECT_UNDECIDED;
    if (e->greater ? r->low > e->threshold : r->high < e->threshold)
        return MTS_EXPECT_CONFIRMED;
    if (e->greater ? r->high < e->threshold : r->low > e->threshold)
        return MTS_EXPECT_NOT_CONFIRMED;
    return MTS_EXPECT_UNDECIDED;
}

static mts_status judge(const mts_expect *e, sample s[2], mts_expect_result *r)
{
    const bool two = e->n_terms == 2 && !(r->paired = pair(&s[0], &s[1]));
    mts_status st = MTS_OK;
    r->networks[0] = s[0].n;
    r->networks[1] = two ? s[1].n : 0;
    if (s[0].n == 0 || (two && s[1].n == 0))
        return MTS_OK;
    r->estimate = mean(&s[0]) - (two ? mean(&s[1]) : 0);
    if (s[0].n >= MTS_EXPECT_NETWORKS && (!two || s[1].n >= MTS_EXPECT_NETWORKS))
        st = interval(e, &s[0], two ? &s[1] : NULL, r);
    r->verdict = verdict_of(e, r);
    return st;
}

mts_status mts_expect_test(const mts_expect *e, const mts_table_cells *cells, mts_expect_result *r)
{
    sample s[2] = {{0}};
    mts_status st = MTS_OK;
    *r = (mts_expect_result){
        .estimate = NAN, .low = NAN, .high = NAN, .verdict = MTS_EXPECT_UNDECIDED};
    for (size_t t = 0; t < e->n_terms && st == MTS_OK; t++)
        st = collect(cells, &e->term[t], &s[t]);
    if (st == MTS_OK)
        st = judge(e, s, r);
    mts_free(s[0].network);
    mts_free(s[1].network);
    return st;
}

/* ---- printing ---- */

const char *const mts_expect_verdict_name[] = {"confirmed", "not confirmed", "undecided"};

static void add_numbers(mts_table *table, const mts_expect *e, const mts_expect_result *r)
{
    char a[32], b[32], c[32];
    const int digits = e->term[0].score.digits;
    mts_table_number_text(r->estimate, digits, a);
    mts_table_number_text(r->low, digits, b);
    mts_table_number_text(r->high, digits, c);
    if (isnan(r->low))
        mts_table_add(table, "%s", a);
    else
        mts_table_add(table, "%s [%s, %s]", a, b, c);
    if (r->networks[1] > 0)
        mts_table_add(table, "%zu, %zu", r->networks[0], r->networks[1]);
    else
        mts_table_add(table, "%zu%s", r->networks[0], r->paired ? " paired" : "");
    mts_table_add(table, "%s", mts_expect_verdict_name[r->verdict]);
}

static mts_status test_text(const mts_table_cells *cells, const char *text, mts_expect **expect,
                            mts_expect_result *result)
{
    const mts_status st = mts_expect_parse(text, expect);
    return st == MTS_OK ? mts_expect_test(*expect, cells, result) : st;
}

mts_status mts_expect_print(const mts_table_cells *cells, size_t n, const char *const *text,
                            bool markdown, FILE *to)
{
    mts_table *table = n > 0 ? mts_table_create(4) : NULL;
    mts_status st = MTS_OK;
    if (n == 0)
        return MTS_OK;
    mts_table_add(table, "expected");
    mts_table_add(table, "mean [95 %%]");
    mts_table_add(table, "networks");
    mts_table_add(table, "%s", "");
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        mts_expect_result result;
        mts_expect *expect = NULL;
        st = test_text(cells, text[i], &expect, &result);
        mts_table_add(table, "%s", text[i]);
        if (st == MTS_OK)
            add_numbers(table, expect, &result);
        mts_expect_destroy(expect);
    }
    if (st != MTS_OK) {
        mts_table_destroy(table);
        return st;
    }
    fprintf(to, "\n");
    return markdown ? mts_table_end_markdown(table, to) : mts_table_end(table, NULL, to);
}

mts_status mts_expect_print_json(const mts_table_cells *cells, size_t n, const char *const *text,
                                 FILE *to)
{
    mts_status st = MTS_OK;
    fputc('[', to);
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        mts_expect_result r;
        mts_expect *expect = NULL;
        st = test_text(cells, text[i], &expect, &r);
        mts_expect_destroy(expect);
        if (st != MTS_OK)
            break;
        fprintf(to, "%s\n  {\"expected\": ", i ? "," : "");
        mts_table_json_text(text[i], to);
        const double number[] = {r.estimate, r.low, r.high};
        static const char *const name[] = {"mean", "low", "high"};
        for (size_t k = 0; k < sizeof number / sizeof *number; k++) {
            fprintf(to, ", \"%s\": ", name[k]);
            mts_table_json_number(number[k], to);
        }
        fprintf(to, ", \"networks\": [%zu, %zu], \"paired\": %s, \"verdict\": \"%s\"}",
                r.networks[0], r.networks[1], r.paired ? "true" : "false",
                mts_expect_verdict_name[r.verdict]);
    }
    fputs("\n]", to);
    return st;
}
