/* registry.c: the architectures there are. To add one, write its file and name it here, in the
 * order of the choices of config field arch. */
#include <string.h>

#include "arch.h"

static const mts_arch *const archs[] = {&mts_arch_rnn, &mts_arch_rnn_noleak, &mts_arch_lstm};

const char *const mts_arch_names[] = {"rnn", "rnn_noleak", "lstm", NULL};

_Static_assert(sizeof mts_arch_names / sizeof *mts_arch_names == sizeof archs / sizeof *archs + 1,
               "one name per architecture");

const mts_arch *mts_arch_find(const char *name)
{
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (strcmp(archs[i]->name, name) == 0)
            return archs[i];
    mts_fail(MTS_ERR_USAGE, "unknown architecture '%s'; 'mtsweep fields' lists the choices of arch",
             name);
    return NULL;
}
