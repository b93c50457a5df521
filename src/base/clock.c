/* Clocks and times in words. */
#include "mtsweep/base.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double read_clock(clockid_t id)
{
    struct timespec t = {0};
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double mts_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double mts_thread_seconds(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double mts_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

void mts_pause(double seconds)
{
    const struct timespec time = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};
    nanosleep(&time, NULL);
}

void mts_time_text(double now, char text[MTS_TIME_TEXT])
{
    struct tm local;
    memcpy(text, "?", 2);
    if (!(fabs(now) < 2e11)) /* years of four digits, and not NaN */
        return;
    time_t seconds = (time_t)floor(now);
    if (!localtime_r(&seconds, &local))
        return;
    if (strftime(text, MTS_TIME_TEXT, "%Y-%m-%d %H:%M:%S", &local) == 0)
        memcpy(text, "?", 2);
}

void mts_duration_text(double seconds, char text[MTS_DURATION_TEXT])
{
    if (!(seconds >= 0 && seconds < 1e14)) { /* NaN fails both comparisons */
        memcpy(text, "?", 2);
        return;
    }
    const uint64_t day = 24 * 60 * 60;
    uint64_t s = (uint64_t)llround(seconds);
    unsigned days = (unsigned)(s / day), h = (unsigned)(s % day / 3600);
    unsigned m = (unsigned)(s / 60 % 60), r = (unsigned)(s % 60);
    if (days == 0)
        snprintf(text, MTS_DURATION_TEXT, "%u:%02u:%02u", h, m, r);
    else
        snprintf(text, MTS_DURATION_TEXT, "%ud %02u:%02u:%02u", days, h, m, r);
}
