/* screen.h: a whole terminal: lines that stand, and keys. Plain escape sequences and termios. */
#ifndef MTSWEEP_APP_SCREEN_H
#define MTSWEEP_APP_SCREEN_H

#include "app.h"

typedef struct mts_app_screen mts_app_screen;

typedef enum {
    MTS_APP_PRESS_NONE, /* the time is over, or the window has another size */
    MTS_APP_PRESS_QUIT,
    MTS_APP_PRESS_END, /* a signal came that ends the program */
    MTS_APP_PRESS_UP,
    MTS_APP_PRESS_DOWN,
    MTS_APP_PRESS_PAGE_UP,
    MTS_APP_PRESS_PAGE_DOWN,
    MTS_APP_PRESS_TOP,
    MTS_APP_PRESS_BOTTOM
} mts_app_press;

typedef enum {
    MTS_APP_PLAIN,
    MTS_APP_BOLD,
    MTS_APP_GOOD,
    MTS_APP_BAD,
    MTS_APP_REVERSE
} mts_app_tint;

/* Takes the terminal that standard output is. NULL where it is none, or one that knows no sequences
 * (TERM=dumb), or without memory. Until close, signals that end the program are kept back. */
mts_app_screen *mts_app_screen_open(void);
/* As it was before. The signal that came meanwhile, if one did, then has its usual effect. NULL is taken. */
void mts_app_screen_close(mts_app_screen *screen);
void mts_app_screen_size(size_t *rows, size_t *columns);
/* Whether keys can come. */
bool mts_app_screen_has_keys(const mts_app_screen *screen);

/* A frame: lines from the top, as many as the window has; begin, lines, show. What is longer than the
 * window is wide is cut. first: the number of columns at the front that are tinted so, others are plain;
 * SIZE_MAX: all. */
void mts_app_screen_begin(mts_app_screen *screen);
void mts_app_screen_line(mts_app_screen *screen, const char *text, mts_app_tint tint, size_t first);
bool mts_app_screen_show(mts_app_screen *screen);

/* Waits for a key for up to so many seconds. */
mts_app_press mts_app_screen_key(mts_app_screen *screen, double seconds);

#endif
