/* status_watch.c: `mtsweep status --watch`: the same again and again, as long as the sweep runs. On a
 * terminal it fills the window: what sums up stands above, the rest can be leafed through. Elsewhere it
 * is a line each time. */
#include "screen.h"
#include "status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BAR_MOST = 100,
    ROOMY = 16 /* rows from which on there is space for space */
};

/* Text that was printed, and its lines. */
typedef struct {
    char *text;
    size_t bytes, n;
    char **line;
} page;

typedef struct {
    mts_status_report *report;
    const bool *list; /* states of the runs to list; NULL: no list */
    mts_app_screen *screen;
    double seconds;
    bool seen;     /* the file was there */
    mts_status st; /* of the last look */
    char said[MTS_MESSAGE_MAX];
    page body; /* of the last look, for `columns`; without text it is to be made */
    size_t columns;
    size_t top; /* first line of the body that is shown */
} watcher;

static void free_page(page *p)
{
    free(p->text);
    mts_free(p->line);
    *p = (page){0};
}

/* ---- looking ---- */

/* Whether a look says something, be it only that the file is not there. False: what cannot be watched. */
static bool look(watcher *w)
{
    mts_status_report *r = w->report;
    free_page(&w->body);
    if (access(r->path, F_OK) != 0) {
        mts_status_forget(r);
        mts_lock_holder(r->path, r->holder);
        w->st = mts_fail(MTS_ERR_IO,
                         w->seen ? "%s is gone: it was removed or renamed" : "%s is not there yet",
                         r->path);
        snprintf(w->said, sizeof w->said, "%s", mts_message());
        return !w->seen || r->holder[0];
    }
    w->seen = true;
    w->st = mts_status_look(r);
    snprintf(w->said, sizeof w->said, "%s", w->st == MTS_OK ? "" : mts_message());
    /* Before people it may become whole again, in the place of a copy that is under way. */
    return w->st == MTS_OK || (w->screen && w->st == MTS_ERR_IO) ||
           (w->screen && w->st == MTS_ERR_FOREIGN);
}

static bool is_over(const watcher *w)
{
    return w->st == MTS_OK && !w->report->holder[0];
}

/* ---- a page ---- */

static mts_status split(page *p)
{
    char *rest = p->text;
    size_t n = 1;
    for (const char *c = p->text; *c; c++)
        n += *c == '\n';
    p->line = mts_alloc(n, sizeof *p->line);
    if (!p->line)
        return MTS_ERR_MEMORY;
    for (char *end; (end = strchr(rest, '\n')) != NULL; rest = end + 1) {
        *end = '\0';
        p->line[p->n++] = rest;
    }
    return MTS_OK;
}

static mts_status print_body(const watcher *w, size_t width, FILE *to)
{
    return w->list ? mts_status_print_runs(w->report, w->list, width, to)
                   : mts_status_print_rest(w->report, width, to);
}

static mts_status print_head(const watcher *w, size_t width, FILE *to)
{
    return mts_status_print_counts(w->report, width, to);
}

static mts_status make_page(const watcher *w, size_t width,
                            mts_status (*print)(const watcher *w, size_t width, FILE *to), page *p)
{
    mts_status st;
    FILE *to;
    *p = (page){0};
    to = open_memstream(&p->text, &p->bytes);
    if (!to)
        return mts_fail(MTS_ERR_MEMORY, "no memory for a page");
    st = print(w, width, to);
    if (fclose(to) != 0 && st == MTS_OK)
        st = mts_fail(MTS_ERR_MEMORY, "no memory for a page");
    return st == MTS_OK ? split(p) : st;
}

/* ---- a frame ---- */

/* "52 % of the work, 12 runs/min, left 0:01:12", in fewer words where the window is narrow. */
static void pace_text(const mts_status_report *r, size_t columns, char text[MTS_STATUS_PACE_TEXT])
{
    char left[MTS_DURATION_TEXT], rate[32] = "";
    if (columns >= MTS_STATUS_NARROW) {
        mts_status_pace_text(r, text);
        return;
    }
    mts_duration_text(r->left, left);
    if (isfinite(r->per_minute))
        snprintf(rate, sizeof rate, "  %.3g/min", r->per_minute);
    snprintf(text, MTS_STATUS_PACE_TEXT, "%.0f %%%s  left %s", floor(100 * r->work), rate, left);
}

/* "[#####...]  52 % of the work ..."; returns how far the bar is filled, in columns. */
static size_t bar_text(const mts_status_report *r, size_t columns, char text[512])
{
    char pace[MTS_STATUS_PACE_TEXT];
    size_t length = 0, filled;
    pace_text(r, columns, pace);
    if (columns > strlen(pace) + 4)
        length = columns - strlen(pace) - 4;
    if (length > BAR_MOST)
        length = BAR_MOST;
    filled = (size_t)((double)length * fmin(fmax(r->work, 0), 1));
    text[0] = '[';
    memset(text + 1, '#', filled);
    memset(text + 1 + filled, '.', length - filled);
    snprintf(text + 1 + length, 512 - length - 1, "]  %s", pace);
    return 1 + filled;
}

static mts_status draw_head(const watcher *w, size_t rows, size_t columns, size_t *used)
{
    const mts_status_report *r = w->report;
    const bool roomy = rows >= ROOMY, bad = r->count[MTS_STATE_FAILED] > 0;
    char text[512], *title = NULL;
    page head;
    mts_status st = make_page(w, columns, print_head, &head);
    if (st == MTS_OK)
        st = mts_store_line(r->store, roomy ? "question" : "name", &title);
    *used = 0;
    if (st == MTS_OK && rows >= 12) {
        mts_app_screen_line(w->screen, title, MTS_APP_BOLD, SIZE_MAX);
        ++*used;
    }
    for (size_t i = 0; st == MTS_OK && i < head.n && *used + 3 < rows; i++, ++*used)
        mts_app_screen_line(w->screen, head.line[i], bad ? MTS_APP_BAD : MTS_APP_PLAIN, SIZE_MAX);
    if (st == MTS_OK) {
        const size_t filled = bar_text(r, columns, text);
        mts_app_screen_line(w->screen, text, MTS_APP_GOOD, filled);
        ++*used;
    }
    if (st == MTS_OK && roomy) {
        snprintf(text, sizeof text, "a sweep runs: %.400s", r->holder);
        mts_app_screen_line(w->screen, text, MTS_APP_PLAIN, 0);
        ++*used;
    }
    mts_free(title);
    free_page(&head);
    return st;
}

/* What the keys do, and where one is. */
static void draw_foot(const watcher *w, size_t columns, size_t shown, size_t n)
{
    char text[512], where[64] = "", keys[128] = "^C ends";
    size_t length;
    if (mts_app_screen_has_keys(w->screen))
        snprintf(keys, sizeof keys, "%s",
                 columns >= MTS_STATUS_NARROW ? "q quits   space b page   j k line"
                                              : "q space b j k");
    if (n > shown)
        snprintf(where, sizeof where, "%zu-%zu of %zu", w->top + 1, w->top + shown, n);
    length = columns < 500 ? columns : 500;
    snprintf(text, sizeof text, " %-*s%s ", (int)(length - strlen(where) - 2), keys, where);
    mts_app_screen_line(w->screen, text, MTS_APP_REVERSE, SIZE_MAX);
}

static mts_status print_reason(const watcher *w, size_t width, FILE *to)
{
    char text[MTS_MESSAGE_MAX + 64];
    snprintf(text, sizeof text, "%s; looking again every %g s%s", w->said, w->seconds,
             mts_app_screen_has_keys(w->screen) ? ", q quits" : "");
    mts_table_wrap(text, 0, width, to);
    return MTS_OK;
}

/* Nothing to show but why. */
static mts_status draw_reason(const watcher *w, bool *going)
{
    size_t rows, columns;
    page text;
    mts_app_screen_size(&rows, &columns);
    const mts_status st = make_page(w, columns, print_reason, &text);
    mts_app_screen_begin(w->screen);
    for (size_t i = 0; i < text.n; i++)
        mts_app_screen_line(w->screen, text.line[i], MTS_APP_PLAIN, 0);
    *going = mts_app_screen_show(w->screen);
    free_page(&text);
    return st;
}

/* Where the page stands after a key. last: the last place that fills the window. */
static void leaf(watcher *w, mts_app_press press, size_t room, size_t last)
{
    switch (press) {
    case MTS_APP_PRESS_PAGE_DOWN:
        w->top += room;
        break;
    case MTS_APP_PRESS_PAGE_UP:
        w->top -= w->top < room ? w->top : room;
        break;
    case MTS_APP_PRESS_DOWN:
        w->top++;
        break;
    case MTS_APP_PRESS_UP:
        w->top -= w->top > 0;
        break;
    case MTS_APP_PRESS_TOP:
        w->top = 0;
        break;
    case MTS_APP_PRESS_BOTTOM:
        w->top = last;
        break;
    default:
        break;
    }
    w->top = w->top < last ? w->top : last;
}

/* The body is made once for a look and a width: a list of runs reads the file. */
static mts_status make_body(watcher *w, size_t columns)
{
    if (w->body.text && w->columns == columns)
        return MTS_OK;
    free_page(&w->body);
    w->columns = columns;
    return make_page(w, columns, print_body, &w->body);
}

/* press: what to do to the page first. *going: whether the terminal is still there. */
static mts_status draw(watcher *w, mts_app_press press, bool *going)
{
    size_t rows, columns, used;
    const page *body = &w->body;
    mts_status st;
    if (w->st != MTS_OK)
        return draw_reason(w, going);
    mts_app_screen_size(&rows, &columns);
    mts_app_screen_begin(w->screen);
    st = draw_head(w, rows, columns, &used);
    if (st == MTS_OK)
        st = make_body(w, columns);
    if (st != MTS_OK)
        return st;
    const size_t room = rows > used + 1 ? rows - used - 1 : 0;
    const size_t skip =
        rows < ROOMY && body->n > 0 && !*body->line[0]; /* the empty line above all */
    const size_t n = body->n - skip;
    leaf(w, press, room, n > room ? n - room : 0);
    for (size_t i = 0; i < room; i++)
        mts_app_screen_line(w->screen, w->top + i < n ? body->line[skip + w->top + i] : "",
                            MTS_APP_PLAIN, 0);
    draw_foot(w, columns, n - w->top < room ? n - w->top : room, n);
    *going = mts_app_screen_show(w->screen);
    return MTS_OK;
}

/* Until the next look is due: keys, and the window as it changes. False: to end. */
static bool attend(watcher *w, mts_status *st)
{
    const double next = mts_seconds() + w->seconds;
    mts_app_press press = MTS_APP_PRESS_NONE;
    bool going = true;
    for (;;) {
        *st = draw(w, press, &going);
        const double left = next - mts_seconds();
        if (*st != MTS_OK || !going)
            return false;
        if (left <= 0)
            return true;
        press = mts_app_screen_key(w->screen, left);
        if (press == MTS_APP_PRESS_QUIT || press == MTS_APP_PRESS_END)
            return false;
    }
}

/* ---- without a screen ---- */

static void print_line(const watcher *w)
{
    const mts_status_report *r = w->report;
    char now[MTS_TIME_TEXT], pace[MTS_STATUS_PACE_TEXT];
    mts_time_text(mts_now(), now);
    if (w->st != MTS_OK) {
        printf("%s  %s\n", now, w->said);
        return;
    }
    mts_status_pace_text(r, pace);
    printf("%s  %zu of %zu done, %zu running, %zu diverged, %zu failed; %s\n", now,
           r->count[MTS_STATE_DONE], r->n_chosen, r->count[MTS_STATE_RUNNING],
           r->count[MTS_STATE_DIVERGED], r->count[MTS_STATE_FAILED], pace);
}

mts_status mts_status_watch(mts_status_report *r, const bool *list, double seconds)
{
    watcher w = {.report = r, .list = list, .seconds = seconds};
    mts_status st = MTS_OK;
    bool going = look(&w);
    if (going && !is_over(&w))
        w.screen = mts_app_screen_open();
    while (going && !is_over(&w)) {
        if (w.screen) {
            going = attend(&w, &st);
        } else {
            print_line(&w);
            going = fflush(stdout) == 0;
            mts_pause(seconds);
        }
        if (going)
            going = look(&w);
    }
    mts_app_screen_close(w.screen);
    free_page(&w.body);
    if (st != MTS_OK)
        return st;
    if (w.st != MTS_OK) /* its message may be older than others */
        return w.seen ? mts_fail(w.st, "%s", w.said) : MTS_OK;
    return list ? mts_status_print_runs(r, list, mts_app_window(stdout), stdout)
                : mts_status_print(r, mts_app_window(stdout), stdout);
}
