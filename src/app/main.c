/* main.c: finds the verb and calls it. */
#include "app.h"
#include "mtsweep/num.h"

#include <string.h>

static int unknown_verb(const char *name)
{
    const char *near = mts_app_verb_nearest(name);
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
            mts_app_overview(stdout);
            return MTS_EXIT_OK;
        }
        if (strcmp(argv[2], "--man") == 0)
            return mts_app_report(mts_app_man(argc > 3 ? argv[3] : NULL));
        verb = mts_app_verb_find(argv[2]);
        if (!verb)
            return unknown_verb(argv[2]);
        mts_app_help(verb, stdout);
        return MTS_EXIT_OK;
    }
    if (strcmp(name, "complete") == 0 && argc > 2 && strcmp(argv[2], "--") == 0) {
        mts_app_complete(argc - 3, argv + 3);
        return MTS_EXIT_OK;
    }
    verb = mts_app_verb_find(name);
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
