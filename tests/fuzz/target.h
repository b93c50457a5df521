/* target.h: what the targets of fuzzing share. A target is a function of any bytes that ends the
 * program where something does not hold that must, and else says whether they were accepted. */
#ifndef MTSWEEP_TESTS_TARGET_H
#define MTSWEEP_TESTS_TARGET_H

#include "mtsweep/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_REQUIRE(condition)                                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold; message: %s\n", __FILE__, __LINE__,          \
                    #condition, mts_message());                                                    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Text for people is one line of valid UTF-8 without controls. */
static inline void target_clean(const char *text)
{
    char copy[MTS_MESSAGE_MAX];
    snprintf(copy, sizeof copy, "%s", text);
    mts_clean(copy);
    TARGET_REQUIRE(strncmp(copy, text, sizeof copy - 1) == 0);
}

/* A refusal has the status and says, in one line, first what it is about. */
static inline void target_refused(mts_status status, mts_status expected, const char *start)
{
    TARGET_REQUIRE(status == expected);
    TARGET_REQUIRE(strncmp(mts_message(), start, strlen(start)) == 0);
    target_clean(mts_message());
}

#endif
