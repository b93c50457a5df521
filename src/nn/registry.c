/* registry.c: the architectures and losses there are. To add one, write its file, and name it in
 * MTS_ARCHS or MTS_LOSSES of record.h. */
#include "arch.h"
#include "loss.h"

#include <string.h>

#define ARCH(name_) &mts_arch_##name_,
static const mts_arch *const archs[] = {MTS_ARCHS(ARCH)};
const char *const mts_arch_names[] = {MTS_ARCHS(MTS_NAME) NULL};

#define LOSS(name_) &mts_loss_##name_,
static const mts_loss *const losses[] = {MTS_LOSSES(LOSS) LOSS(accumulate)};
const char *const mts_loss_names[] = {MTS_LOSSES(MTS_NAME) "accumulate", NULL};

#define COUNT(a) (sizeof(a) / sizeof *(a))

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
