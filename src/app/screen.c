/* screen.c: a whole terminal, as a program that is looked at takes it. The sequences are those that
 * every terminal since the VT100 knows, so neither a library nor a description of the terminal is
 * needed. */
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[?7l" /* the other page, without cursor, no line wraps */
#define LEAVE "\033[?7h\033[?25h\033[?1049l"
enum { COLUMNS_MOST = 1000, ROWS_MOST = 500 };

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
enum { N_ENDS = sizeof ends / sizeof *ends };

struct mts_app_screen {
    bool color, keys, failed;
    struct termios before;
    sigset_t mask; /* what was blocked before */
    struct sigaction end[N_ENDS], stop, resize;
    size_t rows, columns, row; /* of the frame; lines in it */
    char *text;
    size_t used, room;
    char typed[16]; /* keys that are not looked at yet */
    size_t n_typed;
};

static volatile sig_atomic_t ended, stopped;

static void on_end(int number)
{
    ended = number;
}

static void on_stop(int number)
{
    stopped = number;
}

static void on_resize(int number)
{
    (void)number; /* wakes who waits */
}

static bool put(const char *text, size_t n)
{
    while (n > 0) {
        const ssize_t wrote = write(STDOUT_FILENO, text, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        text += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

static void enter(mts_app_screen *s)
{
    struct termios raw = s->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (s->keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    s->failed = !put(ENTER, strlen(ENTER));
}

static void leave(const mts_app_screen *s)
{
    put(LEAVE, strlen(LEAVE));
    if (s->keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &s->before);
}

/* Signals come while the screen waits for a key, and only then. */
static void take_signals(mts_app_screen *s)
{
    struct sigaction action = {.sa_handler = on_end};
    sigset_t kept;
    sigemptyset(&kept);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_ENDS; i++) {
        sigaction(ends[i], NULL, &s->end[i]);
        if (s->end[i].sa_handler == SIG_IGN) /* nohup */
            continue;
        sigaction(ends[i], &action, NULL);
        sigaddset(&kept, ends[i]);
    }
    action.sa_handler = on_stop;
    sigaction(SIGTSTP, &action, &s->stop);
    sigaddset(&kept, SIGTSTP);
    action.sa_handler = on_resize;
    sigaction(SIGWINCH, &action, &s->resize);
    sigaddset(&kept, SIGWINCH);
    sigprocmask(SIG_BLOCK, &kept, &s->mask);
}

mts_app_screen *mts_app_screen_open(void)
{
    const char *term = getenv("TERM"), *colorless = getenv("NO_COLOR");
    mts_app_screen *s;
    if (!isatty(STDOUT_FILENO) || !term || !*term || strcmp(term, "dumb") == 0)
        return NULL;
    s = mts_alloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->color = !colorless || !*colorless;
    s->keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &s->before) == 0;
    s->room = (size_t)ROWS_MOST * (4 * COLUMNS_MOST + 32);
    s->text = mts_alloc(s->room, 1);
    if (!s->text) {
        mts_free(s);
        return NULL;
    }
    fflush(stdout);
    ended = stopped = 0;
    take_signals(s);
    enter(s);
    return s;
}

void mts_app_screen_close(mts_app_screen *s)
{
    if (!s)
        return;
    leave(s);
    for (size_t i = 0; i < N_ENDS; i++)
        sigaction(ends[i], &s->end[i], NULL);
    sigaction(SIGTSTP, &s->stop, NULL);
    sigaction(SIGWINCH, &s->resize, NULL);
    if (ended)
        raise(ended);
    sigprocmask(SIG_SETMASK, &s->mask, NULL);
    mts_free(s->text);
    mts_free(s);
}

void mts_app_screen_size(size_t *rows, size_t *columns)
{
    struct winsize size = {0};
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    *rows = size.ws_row > 0 ? size.ws_row : 24;
    *columns = size.ws_col > 0 ? size.ws_col : 80;
    if (*rows > ROWS_MOST)
        *rows = ROWS_MOST;
    if (*columns > COLUMNS_MOST)
        *columns = COLUMNS_MOST;
}

bool mts_app_screen_has_keys(const mts_app_screen *s)
{
    return s->keys;
}

/* ---- a frame ---- */

static void add(mts_app_screen *s, const char *text, size_t n)
{
    if (s->used + n <= s->room)
        memcpy(s->text + s->used, text, n);
    if (s->used + n <= s->room)
        s->used += n;
}

static void say(mts_app_screen *s, const char *text)
{
    add(s, text, strlen(text));
}

/* Bytes of the first `columns` characters. */
static size_t span(const char *text, size_t columns)
{
    size_t n = 0;
    for (size_t c = 0; c < columns && text[n] && text[n] != '\n'; c++)
        do
            n++;
        while (((unsigned char)text[n] & 0xc0) == 0x80);
    return n;
}

void mts_app_screen_begin(mts_app_screen *s)
{
    mts_app_screen_size(&s->rows, &s->columns);
    s->used = s->row = 0;
    say(s, "\033[H");
}

static const char *start_of(const mts_app_screen *s, mts_app_tint tint)
{
    switch (tint) {
    case MTS_APP_BOLD:
        return "\033[1m";
    case MTS_APP_REVERSE:
        return "\033[7m";
    case MTS_APP_GOOD:
        return s->color ? "\033[32m" : "";
    case MTS_APP_BAD:
        return s->color ? "\033[31m" : "";
    case MTS_APP_PLAIN:
        break;
    }
    return "";
}

void mts_app_screen_line(mts_app_screen *s, const char *text, mts_app_tint tint, size_t first)
{
    const size_t all = span(text, s->columns),
                 front = span(text, first < s->columns ? first : s->columns);
    const char *start = start_of(s, tint);
    if (s->row == s->rows)
        return;
    if (s->row++ > 0)
        say(s, "\r\n");
    /* Before the text: behind it, in a full line, it would take the last letter. */
    say(s, "\033[K");
    say(s, start);
    add(s, text, front);
    if (*start)
        say(s, "\033[0m");
    add(s, text + front, all - front);
}

bool mts_app_screen_show(mts_app_screen *s)
{
    if (s->row < s->rows)
        say(s, "\r\n\033[J");
    s->failed = s->failed || !put(s->text, s->used);
    return !s->failed;
}

/* ---- keys ---- */

/* Takes n bytes of what was typed. */
static void drop(mts_app_screen *s, size_t n)
{
    s->n_typed -= n;
    memmove(s->typed, s->typed + n, s->n_typed);
}

static mts_app_press key_of(char letter)
{
    switch (letter) {
    case 'q':
    case 'Q':
        return MTS_APP_PRESS_QUIT;
    case ' ':
    case 'f':
        return MTS_APP_PRESS_PAGE_DOWN;
    case 'b':
        return MTS_APP_PRESS_PAGE_UP;
    case 'j':
    case '\n':
        return MTS_APP_PRESS_DOWN;
    case 'k':
        return MTS_APP_PRESS_UP;
    case 'g':
        return MTS_APP_PRESS_TOP;
    case 'G':
        return MTS_APP_PRESS_BOTTOM;
    default:
        return MTS_APP_PRESS_NONE;
    }
}

/* The next key of what was typed; NONE if there is none that means anything. */
static mts_app_press take(mts_app_screen *s)
{
    static const struct {
        const char *sequence;
        mts_app_press key;
    } arrows[] = {{"\033[A", MTS_APP_PRESS_UP},       {"\033OA", MTS_APP_PRESS_UP},
                  {"\033[B", MTS_APP_PRESS_DOWN},     {"\033OB", MTS_APP_PRESS_DOWN},
                  {"\033[5~", MTS_APP_PRESS_PAGE_UP}, {"\033[6~", MTS_APP_PRESS_PAGE_DOWN},
                  {"\033[H", MTS_APP_PRESS_TOP},      {"\033[F", MTS_APP_PRESS_BOTTOM},
                  {"\033[1~", MTS_APP_PRESS_TOP},     {"\033[4~", MTS_APP_PRESS_BOTTOM}};
    while (s->n_typed > 0) {
        for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++) {
            const size_t n = strlen(arrows[i].sequence);
            if (s->n_typed >= n && memcmp(s->typed, arrows[i].sequence, n) == 0) {
                drop(s, n);
                return arrows[i].key;
            }
        }
        const mts_app_press key = key_of(s->typed[0]);
        /* The letters of a sequence that means nothing here are no keys. */
        drop(s, s->typed[0] == '\033' ? s->n_typed : 1);
        if (key != MTS_APP_PRESS_NONE)
            return key;
    }
    return MTS_APP_PRESS_NONE;
}

/* Leaves the screen to others until the program goes on. */
static void pause_here(mts_app_screen *s)
{
    stopped = 0;
    leave(s);
    raise(SIGSTOP);
    enter(s);
}

mts_app_press mts_app_screen_key(mts_app_screen *s, double seconds)
{
    struct pollfd input = {.fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN};
    const struct timespec time = {(time_t)seconds,
                                  (long)((seconds - (double)(time_t)seconds) * 1e9)};
    mts_app_press key = take(s);
    if (key != MTS_APP_PRESS_NONE)
        return key;
    if (ppoll(&input, 1, &time, &s->mask) > 0) {
        const ssize_t n = read(STDIN_FILENO, s->typed, sizeof s->typed);
        if (n <= 0 && errno != EINTR) /* the terminal is gone */
            return MTS_APP_PRESS_QUIT;
        s->n_typed = n > 0 ? (size_t)n : 0;
        key = take(s);
    }
    if (stopped)
        pause_here(s);
    return ended ? MTS_APP_PRESS_END : key;
}
