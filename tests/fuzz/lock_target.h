/* lock_target.h: what any bytes as a lock file must and must not do. */
#ifndef MTSWEEP_TESTS_LOCK_TARGET_H
#define MTSWEEP_TESTS_LOCK_TARGET_H

#include "../src/app/app.h"
#include "fuzz/folder.h"
#include "mtsweep/store.h"

#include <fcntl.h>

/* Takes the lock without what it says meanwhile about a holder on another host. */
static inline mts_status lock_take_quietly(mts_lock **lock)
{
    const int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    TARGET_REQUIRE(kept >= 0 && nowhere >= 0);
    dup2(nowhere, STDERR_FILENO);
    const mts_status st = mts_lock_take_patiently(folder_file(), 0, lock);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(nowhere);
    return st;
}

/* Whether the bytes name a holder, as a look at the status tells it. */
static inline bool lock_target(const uint8_t *data, size_t size)
{
    char text[MTS_LOCK_TEXT], own[32];
    mts_lock *lock;
    folder_write(".lock", data, size);
    mts_lock_holder(folder_file(), text);
    const bool named = *text;
    TARGET_REQUIRE(strlen(text) < sizeof text);
    TARGET_REQUIRE(!named || strncmp(text, "host ", 5) == 0);
    target_clean(text);
    mts_app_live live = {0};
    TARGET_REQUIRE(mts_app_live_read(folder_file(), &live) == MTS_OK);
    TARGET_REQUIRE(live.n <= size);
    mts_app_live_free(&live);
    /* Nobody holds it by the kernel, and nobody is waited for. */
    TARGET_REQUIRE(lock_take_quietly(&lock) == MTS_OK);
    mts_lock_holder(folder_file(), text);
    snprintf(own, sizeof own, ", pid %ld", (long)getpid());
    TARGET_REQUIRE(strstr(text, own));
    mts_lock_release(lock);
    mts_lock_holder(folder_file(), text);
    TARGET_REQUIRE(!*text);
    return named;
}

#endif
