/* args.h: a verb's command line. Each verb declares its arguments and options in tables; parsing,
 * refusing and --help loop over them. Options and arguments may come in any order; "--" ends the
 * options. Every refusal is MTS_ERR_USAGE with one line that says what to type instead.
 *
 *     static const mts_app_option options[] = {
 *         {"output", 'o', "OUT", "the file of results", 0}, {"set", 's', "KEY=VALUE", "...",
 *          MTS_APP_MANY}, {NULL}};
 *     const mts_app_verb mts_app_verb_run = {"run", "SWEEP", "start a sweep or ...", options, NULL,
 *         run_main, {{"mtsweep run ...", "starts"}, {"mtsweep run ...", "..."}}};
 */
#ifndef MTSWEEP_APP_ARGS_H
#define MTSWEEP_APP_ARGS_H

#include <stdio.h>

#include "mtsweep/base.h"

#define MTS_APP_MANY     1u /* may be given several times */
#define MTS_APP_OPTIONAL 2u /* its value may be missing: taken only if it begins with a digit */
#define MTS_APP_REQUIRED 4u /* must be given */

typedef struct mts_app_option {
    const char *name;
    char letter;       /* short form, or 0 */
    const char *value; /* what follows it, in the help; NULL: a flag */
    const char *doc;
    unsigned flags;
} mts_app_option;

extern const mts_app_option mts_app_help_option; /* --help, which every verb has */

typedef struct mts_app_args mts_app_args;

/* A command line, and what it does. */
typedef struct mts_app_example {
    const char *command, *doc;
} mts_app_example;

typedef struct mts_app_verb {
    const char *name;
    const char *arguments;         /* blank-separated, in the help; "" if none; those in brackets
                                      may be missing; the last may end in "...": one or more */
    const char *summary;           /* one line */
    const mts_app_option *options; /* up to one with name NULL */
    const char *more;              /* help after the options, or NULL */
    int (*main)(const mts_app_args *args); /* returns the exit status */
    mts_app_example example[2];            /* end the help */
} mts_app_verb;

#define MTS_APP_HAVE_MAX      256
#define MTS_APP_ARGUMENTS_MAX 1024

struct mts_app_args {
    const mts_app_verb *verb;
    bool help; /* --help was given; then nothing else is checked */
    int argc;  /* of the whole command line, for the record */
    char **argv;
    size_t n_arguments;
    const char *argument[MTS_APP_ARGUMENTS_MAX];
    size_t n_have;
    struct {
        const mts_app_option *option;
        const char *value; /* "" for a flag or a missing optional value */
    } have[MTS_APP_HAVE_MAX];
};

/* argv[first ..] is what follows the verb. Strings of argv are kept, not copied. */
mts_status mts_app_parse(const mts_app_verb *verb, int argc, char **argv, int first,
                         mts_app_args *args);

/* The value of an option, "" if a flag; NULL if it was not given. */
const char *mts_app_text(const mts_app_args *args, const char *name);

/* All values of an option that may be given several times; value[] holds MTS_APP_HAVE_MAX. */
size_t mts_app_texts(const mts_app_args *args, const char *name, const char **value);

/* The value as a number; *number unchanged if the option was not given or has no value. */
mts_status mts_app_whole(const mts_app_args *args, const char *name, int64_t least, int64_t most,
                         int64_t *number);
mts_status mts_app_number(const mts_app_args *args, const char *name, double least, double most,
                          double *number);

/* The value as seconds: "90", "15:00" (minutes), "2:15:00" (hours), "1-02:15:00" (days). */
mts_status mts_app_duration(const mts_app_args *args, const char *name, double *seconds);

/* The command line on one line, words quoted where the shell needs it; at most `bytes` with the
 * final zero, longer ones end in "...". */
void mts_app_command(int argc, char **argv, char *text, size_t bytes);

#endif
