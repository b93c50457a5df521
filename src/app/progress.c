/* progress.c: what rank 0 does beside: one line that is drawn anew on a terminal, log lines elsewhere;
 * and the lock stays young. */
#include "verb_run.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

void mts_app_progress_start(mts_app_progress *progress, size_t total, size_t before, size_t bad)
{
    *progress = (mts_app_progress){.terminal = isatty(STDERR_FILENO) == 1,
                                   .total = total,
                                   .before = before,
                                   .bad = bad,
                                   .next_line = 10};
}

static void write_text(const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        const ssize_t n = write(STDERR_FILENO, text, left);
        if (n <= 0)
            return;
        text += n;
        left -= (size_t)n;
    }
}

void mts_app_progress_show(mts_app_progress *progress, const mts_farm_view *view)
{
    const size_t ended = view->done + view->diverged;
    char left[MTS_DURATION_TEXT], line[256], rate[32] = "?";
    int width = 1;
    if (!progress->terminal && view->seconds < progress->next_line)
        return;
    /* Every 10 s at first, and ever more rarely up to 5 minutes. */
    progress->next_line = view->seconds + fmin(fmax(view->seconds / 20, 10), 300);
    for (size_t n = progress->total; n >= 10; n /= 10)
        width++;
    mts_duration_text(view->left, left);
    if (ended > 0)
        snprintf(rate, sizeof rate, ended * 60 < 10 * view->seconds ? "%.1f" : "%.0f",
                 (double)ended * 60 / view->seconds);
    snprintf(line, sizeof line, "%*zu/%zu done   %zu failed   %zu running   %s runs/min   left %s",
             width, progress->before + ended, progress->total, progress->bad + view->failed,
             view->running, rate, left);
    if (view->lost > 0)
        snprintf(line + strlen(line), sizeof line - strlen(line), "   %zu ranks lost", view->lost);
    if (progress->terminal) {
        char drawn[300];
        snprintf(drawn, sizeof drawn, "\r%s\033[K", line);
        write_text(drawn);
        progress->drawn = true;
    } else {
        strcat(line, "\n");
        write_text(line);
    }
}

void mts_app_progress_note(mts_app_progress *progress, const char *format, ...)
{
    char line[MTS_MESSAGE_MAX + 64] = "";
    size_t used = 0;
    va_list list;
    if (progress->drawn)
        used = (size_t)snprintf(line, sizeof line, "\r\033[K");
    progress->drawn = false;
    va_start(list, format);
    vsnprintf(line + used, sizeof line - used - 1, format, list);
    va_end(list);
    strcat(line, "\n");
    write_text(line);
}

void mts_app_progress_end(mts_app_progress *progress)
{
    if (progress->drawn)
        write_text("\n");
    progress->drawn = false;
}

void mts_app_renew(mts_app_run *run, const mts_farm_view *view)
{
    const double now = mts_seconds();
    char *text = NULL;
    if (!run->lock || now - run->renewed < 2)
        return;
    run->renewed = now;
    if (view && mts_app_live_write(run->grid, view, &text) == MTS_OK)
        mts_lock_note(run->lock, text);
    else
        mts_lock_renew(run->lock);
    mts_free(text);
}
