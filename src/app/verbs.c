/* verbs.c: the list of the verbs. */
#include "app.h"

#include <string.h>

#define VERB(name) &mts_app_verb_##name,
#define NAME(name) #name,

const mts_app_verb *const mts_app_verbs[] = {MTS_APP_VERBS(VERB) NULL};

const mts_app_verb *mts_app_verb_find(const char *name)
{
    for (size_t i = 0; mts_app_verbs[i]; i++)
        if (strcmp(mts_app_verbs[i]->name, name) == 0)
            return mts_app_verbs[i];
    return NULL;
}

const char *mts_app_verb_nearest(const char *name)
{
    static const char *const names[] = {MTS_APP_VERBS(NAME) "help", NULL};
    return mts_nearest(name, names);
}
