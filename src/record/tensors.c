/* Which tensors the parameters of a network are: layouts. */
#include "mtsweep/record.h"

#include <assert.h>
#include <string.h>

size_t mts_layout_add_init(mts_layout *layout, const char *name, size_t rows, size_t cols,
                           mts_init init, double scale)
{
    assert(layout->n < MTS_TENSORS_MAX && strlen(name) < sizeof layout->tensor->name);
    mts_tensor *tensor = &layout->tensor[layout->n++];
    *tensor = (mts_tensor){
        .rows = rows, .cols = cols, .offset = layout->total, .init = init, .scale = scale};
    strncpy(tensor->name, name, sizeof tensor->name - 1);
    layout->total += rows * cols;
    return tensor->offset;
}

size_t mts_layout_add(mts_layout *layout, const char *name, size_t rows, size_t cols, double bound)
{
    return mts_layout_add_init(layout, name, rows, cols, MTS_INIT_UNIFORM, bound);
}

bool mts_layout_equal(const mts_layout *a, const mts_layout *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const mts_tensor *s = &a->tensor[i], *t = &b->tensor[i];
        if (s->rows != t->rows || s->cols != t->cols || strcmp(s->name, t->name) != 0)
            return false;
    }
    return true;
}
