/* internal.h: what the files of the grid share.
 *
 *     tree.c      text -> tree of nodes with places (libyaml)
 *     values.c    lists of values and ranges, conditions on them
 *     axes.c      the axes and their product
 *     sections.c  tree -> grid: the keys of the sweep file and what they may hold
 *     rules.c     what the parts of a sweep file must not contradict
 *     set.c       --set on top of it
 *     grid.c      the runs: exclusion, index -> config, hash
 *     select.c    --only, --where and --ids
 *     arena.c     memory that goes all at once
 */
#ifndef MTSWEEP_GRID_INTERNAL_H
#define MTSWEEP_GRID_INTERNAL_H

#include "mtsweep/grid.h"

/* ---- memory ---- */

/* Everything a grid is made of lives until the grid is destroyed, so it is freed in one go. */
typedef struct mts_grid_chunk mts_grid_chunk;
typedef struct mts_grid_arena {
    mts_grid_chunk *last;
} mts_grid_arena;

/* Zeroed memory; NULL with the message set on failure. */
void *mts_grid_alloc(mts_grid_arena *arena, size_t n, size_t size);
void mts_grid_free_all(mts_grid_arena *arena);

/* ---- tree ---- */

typedef struct mts_grid_place {
    size_t line, column; /* from 1 */
} mts_grid_place;

typedef enum { NODE_VALUE, NODE_LIST, NODE_MAPPING } mts_grid_node_kind;

typedef struct mts_grid_node {
    mts_grid_node_kind kind;
    mts_grid_place place;
    const char *text; /* of a value; "" where nothing is written */
    bool quoted;
    const struct mts_grid_node *key; /* if the parent is a mapping */
    size_t n;                        /* children of a list or mapping */
    struct mts_grid_node *first, *next;
} mts_grid_node;

/* Where a sweep file is read from and to. */
typedef struct mts_grid_source {
    const char *text;
    size_t length;
    const char *file; /* its name, for messages */
    mts_grid_arena *arena;
} mts_grid_source;

/* The tree of the file's only document. MTS_ERR_SWEEP, MTS_ERR_MEMORY. */
mts_status mts_grid_read_tree(const mts_grid_source *source, mts_grid_node **top);

/* Sets the message "file:line:column: ..." and returns MTS_ERR_SWEEP. */
mts_status mts_grid_fault(const mts_grid_source *source, mts_grid_place place, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

/* ---- values ---- */

/* One value (first = last), or all whole numbers from first to last. */
typedef struct mts_grid_span {
    double first, last;
} mts_grid_span;

typedef struct mts_grid_values {
    size_t n;
    mts_grid_span *span;   /* [n] as written */
    mts_grid_span *sorted; /* [n] ascending */
    uint64_t count;        /* of values */
    bool repeats;          /* some value is there twice: `repeated` */
    double repeated;
} mts_grid_values;

/* "24", "0..4" or "lstm" as a span. MTS_ERR_SWEEP with a message that has no place. */
mts_status mts_grid_parse_span(const mts_field *field, const char *text, mts_grid_span *span);

/* Allocates room for n spans; the caller writes span[0 .. n - 1], then mts_grid_sort_values fills
 * the rest. */
mts_status mts_grid_new_values(mts_grid_arena *arena, size_t n, mts_grid_values *values);
void mts_grid_sort_values(mts_grid_values *values);

/* "2,24" or "seed=0..4" after the "=": values with commas between. Messages have no place. */
mts_status mts_grid_parse_list(mts_grid_arena *arena, const mts_field *field, const char *text,
                               size_t length, mts_grid_values *values);

/* Whether `all` has every value of `some`; if not, *missing is the first that it lacks. */
bool mts_grid_have_values(const mts_grid_values *all, const mts_grid_values *some, double *missing);

/* A field must have one of some values. */
typedef struct mts_grid_condition {
    const mts_field *field;
    mts_grid_values values;
    mts_grid_place place;
} mts_grid_condition;

bool mts_grid_holds(const mts_grid_condition *condition, size_t n, const mts_config *config);

/* ---- grid ---- */

typedef struct mts_grid_assignment {
    const mts_field *field;
    double value;
    mts_grid_place place;
} mts_grid_assignment;

/* An entry of override, or of exclude (without assignments). */
typedef struct mts_grid_rule {
    size_t n_conditions, n_assignments;
    mts_grid_condition *condition;
    mts_grid_assignment *assignment;
} mts_grid_rule;

typedef struct mts_grid_axis_draft {
    const mts_field *field;
    mts_grid_values values; /* of the file */
    mts_grid_values given;  /* of --set, in their stead; n = 0: none */
    mts_grid_place place;
    size_t group;
    double *value; /* [n of the group], expanded at the end */
} mts_grid_axis_draft;

typedef struct mts_grid_group {
    size_t n, stride; /* values; runs between two of them */
    mts_grid_place place;
} mts_grid_group;

struct mts_grid {
    mts_grid_arena arena;
    const char *name, *question, *claim;
    const char **expect; /* [n_expects] */
    size_t n_expects;
    mts_config base; /* defaults, `set` and --set */
    mts_grid_assignment *assignment;
    size_t n_assignments; /* of `set` */
    mts_grid_axis_draft *axis;
    mts_grid_group *group;
    size_t n_axes, n_groups; /* in the order of the product, the last fastest */
    mts_grid_rule *override, *exclude;
    size_t n_overrides, n_excludes;
    mts_grid_place grid_place, exclude_place; /* of the keys, or of the top */
    size_t product, whole;                    /* runs before and after exclude */
    uint32_t *kept;                           /* [whole] runs of the product, or NULL for all */
    size_t size;                              /* of the part */
    uint32_t *part;                           /* [size] runs of the whole, or NULL for all */
};

/* The axis of this field, or NULL. */
mts_grid_axis_draft *mts_grid_find_axis(const mts_grid *grid, const mts_field *field);

/* Sizes, strides and values of the axes, from what was read. Faults have no place in their message;
 * *place is it. */
mts_status mts_grid_build_axes(mts_grid *grid, mts_grid_place *place);

/* Fills the grid from the file. */
mts_status mts_grid_read_sweep(const mts_grid_source *source, mts_grid *grid);

/* What the file's parts must not contradict. */
mts_status mts_grid_check_rules(const mts_grid_source *source, const mts_grid *grid);

/* Applies one "key=value" of --set. MTS_ERR_USAGE, MTS_ERR_MEMORY. */
mts_status mts_grid_apply_set(mts_grid *grid, const char *set);

/* "unknown key 'ntask'; did you mean 'tasks'? ..." for the name of no field. */
#define MTS_GRID_UNKNOWN_TEXT 200
void mts_grid_unknown_text(const char *name, char text[MTS_GRID_UNKNOWN_TEXT]);

#endif
