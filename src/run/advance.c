/* advance.c: the hooks of a run. */
#include "advance.h"

#include <math.h>

/* Work between two calls of the hooks: some milliseconds on one core. */
static const double work_between_reports = 2e8;

static void report(const mts_progress *progress)
{
    const mts_run_hooks *hooks = progress->hooks;
    if (hooks && hooks->report)
        hooks->report(hooks->ctx, progress->done, progress->total, progress->loss);
}

mts_status mts_run_consult(mts_progress *progress)
{
    const mts_run_hooks *hooks = progress->hooks;
    report(progress);
    progress->unreported = 0;
    if (hooks && hooks->asked_to_save && hooks->asked_to_save(hooks->ctx))
        progress->save = true;
    if (hooks && hooks->asked_to_stop && hooks->asked_to_stop(hooks->ctx))
        return mts_fail(MTS_STOPPED, "stopped before the end of the run");
    return MTS_OK;
}

mts_status mts_run_advance(mts_progress *progress, double work)
{
    progress->done = fmin(progress->done + work, progress->total);
    progress->unreported += work;
    return progress->unreported < work_between_reports ? MTS_OK : mts_run_consult(progress);
}

void mts_run_finish(mts_progress *progress)
{
    progress->done = progress->total;
    report(progress);
}
