/* registry.c: the architectures and losses there are. To add one, write its file and name it here:
 * architectures in the order of the choices of config field arch, losses in that of field loss. */
#include "arch.h"
#include "loss.h"

#include <string.h>

static const mts_arch *const archs[] = {&mts_arch_rnn, &mts_arch_rnn_noleak, &mts_arch_lstm,
                                        &mts_arch_gpt};
const char *const mts_arch_names[] = {"rnn", "rnn_noleak", "lstm", "gpt", NULL};

static const mts_loss *const losses[] = {&mts_loss_cross_entropy, &mts_loss_mse,
                                         &mts_loss_accumulate};
const char *const mts_loss_names[] = {"cross_entropy", "mse", "accumulate", NULL};

#define COUNT(a) (sizeof(a) / sizeof *(a))
_Static_assert(COUNT(mts_arch_names) == COUNT(archs) + 1, "one name per architecture");
_Static_assert(COUNT(mts_loss_names) == COUNT(losses) + 1, "one name per loss");

const mts_arch *mts_arch_find(const char *name)
{
    for (size_t i = 0; i < COUNT(archs); i++)
        if (strcmp(archs[i]->name, name) == 0)
            return archs[i];
    mts_fail(MTS_ERR_USAGE, "unknown architecture '%s'; 'mtsweep fields' lists the choices of arch",
             name);
    return NULL;
}

const char *mts_arch_recurrent(const char *name)
{
    const mts_arch *arch = mts_arch_find(name);
    return arch ? arch->recurrent : NULL;
}

const mts_loss *mts_loss_find(const char *name)
{
    if (!name)
        return losses[0];
    for (size_t i = 0; i < COUNT(losses); i++)
        if (strcmp(losses[i]->name, name) == 0)
            return losses[i];
    mts_fail(MTS_ERR_USAGE, "unknown loss '%s'; 'mtsweep fields' lists the choices of loss", name);
    return NULL;
}
