/* main.c: finds the verb and calls it. */
#include "app.h"
#include "mtsweep/num.h"

#include <stdlib.h>
#include <string.h>

#define VERB(name) &mts_app_verb_##name,
static const mts_app_verb *const verbs[] = {MTS_APP_VERBS(VERB)};

#define N_VERBS (sizeof verbs / sizeof verbs[0])

static const mts_app_verb *find(const char *name)
{
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static void overview(FILE *to)
{
    fprintf(to, "usage: mtsweep VERB ...\n\n"
                "Trains a sweep of small recurrent networks on many tasks each and measures "
                "whether they\ndisentangle the latents; all results go to one HDF5 file.\n\n");
    for (size_t i = 0; i < N_VERBS; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", verbs[i]->name, verbs[i]->arguments);
        fprintf(to, "  mtsweep %-16s %s\n", left, verbs[i]->summary);
    }
    fprintf(to, "  mtsweep %-16s %s\n", "help VERB", "the options of a verb (or VERB --help)");
    fprintf(to, "\nexit status: 0 all runs done; 1 some runs failed for good; 2 wrong command "
                "line; 65 the file\nbelongs to another sweep; 74 input or output; 75 stopped "
                "early, the same command continues;\n78 wrong sweep file\n");
}

static int unknown_verb(const char *name)
{
    const char *names[N_VERBS + 2], *near;
    for (size_t i = 0; i < N_VERBS; i++)
        names[i] = verbs[i]->name;
    names[N_VERBS] = "help";
    names[N_VERBS + 1] = NULL;
    near = mts_nearest(name, names);
    return mts_app_report(
        near ? mts_fail(MTS_ERR_USAGE,
                        "unknown verb '%s'; did you mean '%s'? ('mtsweep help' "
                        "lists all)",
                        name, near)
             : mts_fail(MTS_ERR_USAGE, "unknown verb '%s'; 'mtsweep help' lists all", name));
}

static int call(const mts_app_verb *verb, int argc, char **argv)
{
    mts_app_args args;
    const mts_status st = mts_app_parse(verb, argc, argv, 2, &args);
    if (st != MTS_OK)
        return mts_app_report(st);
    if (args.help) {
        mts_app_help(verb, stdout);
        return MTS_EXIT_OK;
    }
    return verb->main(&args);
}

static int dispatch(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    const mts_app_verb *verb;
    if (!name)
        return mts_app_report(
            mts_fail(MTS_ERR_USAGE, "what to do? 'mtsweep help' lists the verbs"));
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("mtsweep %s (%s)\n", MTS_VERSION, MTS_REVISION);
        return MTS_EXIT_OK;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        if (argc < 3) {
            overview(stdout);
            return MTS_EXIT_OK;
        }
        verb = find(argv[2]);
        if (!verb)
            return unknown_verb(argv[2]);
        mts_app_help(verb, stdout);
        return MTS_EXIT_OK;
    }
    verb = find(name);
    return verb ? call(verb, argc, argv) : unknown_verb(name);
}

int main(int argc, char **argv)
{
    int status;
    mts_app_prepare_process();
    mts_app_first_rank();
    mts_blas_single_thread();
    status = dispatch(argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == MTS_EXIT_OK)
        status = mts_app_report(mts_fail(MTS_ERR_IO, "cannot write to standard output"));
    return status;
}
