/* expect.h: what a sweep file expects of its results, held against its networks.
 *
 *     ood_r2[tasks=24] - ood_r2[tasks=2] > 0.1
 *     id_r2 - ood_r2 [arch=lstm,tasks=24] < 0.05
 *     accuracy > 0.94
 *
 * A score as tables have it (mts_table_scores), of the runs for which the conditions hold; or the
 * difference of two; > or < a number. Conditions are those of --only. A first score without any has
 * those of the second.
 *
 * The unit is the network: its scores over folds and fits, which are not independent, are pooled to
 * their median first, and rows of one network (that differ in how it is looked at) to their mean. The
 * estimate is the mean over networks, or the difference of two means; where both scores are of the
 * same networks, the mean of the differences network by network. The interval is the bootstrap's over
 * networks, of 20000 draws, with percentiles expanded for few networks (Hesterberg 2015); it needs
 * MTS_EXPECT_NETWORKS of each, and covers .95 for normally distributed values. Confirmed: all of the
 * interval is on the side that is expected; not confirmed: on the other; else undecided.
 */
#ifndef MTSWEEP_EXPECT_H
#define MTSWEEP_EXPECT_H

#include "mtsweep/grid.h"
#include "mtsweep/table.h"

#define MTS_EXPECT_NETWORKS 5

typedef struct mts_expect mts_expect;

typedef enum {
    MTS_EXPECT_CONFIRMED,
    MTS_EXPECT_NOT_CONFIRMED,
    MTS_EXPECT_UNDECIDED
} mts_expect_verdict;
extern const char *const mts_expect_verdict_name[]; /* "confirmed", "not confirmed", "undecided" */

typedef struct mts_expect_result {
    double estimate, low, high; /* NaN where there are no, or too few, networks */
    size_t networks[2]; /* of each score; the second is 0 where there is one, or they pair */
    bool paired;        /* both scores are of the same networks */
    mts_expect_verdict verdict;
} mts_expect_result;

/* MTS_ERR_USAGE with a message that says what is wrong with the text, not where the text is from;
 * MTS_ERR_MEMORY. *expect is NULL then. Destroy accepts NULL. */
mts_status mts_expect_parse(const char *text, mts_expect **expect);
void mts_expect_destroy(mts_expect *expect);

/* Of all runs of the cells' source that are done. A pure function of them: the draws come from a hash
 * of the text. MTS_ERR_MEMORY, or what a callback of the source returned. */
mts_status mts_expect_test(const mts_expect *expect, const mts_table_cells *cells,
                           mts_expect_result *result);

/* A table, a line for each of n texts: estimate, interval, networks, verdict. Nothing where n is 0. As
 * parse and test. The same as a list of JSON objects. */
mts_status mts_expect_print(const mts_table_cells *cells, size_t n, const char *const *text,
                            bool markdown, FILE *to);
mts_status mts_expect_print_json(const mts_table_cells *cells, size_t n, const char *const *text,
                                 FILE *to);

/* The t for which |t| of Student's distribution with this many degrees of freedom (at least 1) is
 * below it with probability `within`. */
double mts_expect_student(double within, size_t freedom);

#endif
