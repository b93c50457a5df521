/* folder.h: a file in a folder of this process's own, for targets that read one. */
#ifndef MTSWEEP_TESTS_FOLDER_H
#define MTSWEEP_TESTS_FOLDER_H

#include "fuzz/target.h"

#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_TEXT 64

static char folder_path[FOLDER_TEXT];

static inline void folder_remove(void)
{
    char text[FOLDER_TEXT + 64];
    for (int i = 0; i < 3; i++) {
        static const char *const end[] = {".lock", ".checkpoint/0000000000000007", ".checkpoint"};
        snprintf(text, sizeof text, "%s/f%s", folder_path, end[i]);
        (void)remove(text);
    }
    (void)rmdir(folder_path);
}

/* FOLDER/f, made at the first call and removed at the end of the process. */
static inline const char *folder_file(void)
{
    static char file[FOLDER_TEXT + 8];
    if (!*folder_path) {
        const char *shared = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(folder_path, sizeof folder_path, "%s/mtsweep-fuzz-XXXXXX", shared);
        TARGET_REQUIRE(mkdtemp(folder_path));
        snprintf(file, sizeof file, "%s/f", folder_path);
        atexit(folder_remove);
    }
    return file;
}

/* Writes these bytes as FOLDER/f and what follows that in the name. */
static inline void folder_write(const char *end, const void *data, size_t size)
{
    char name[FOLDER_TEXT + 64];
    snprintf(name, sizeof name, "%s%s", folder_file(), end);
    FILE *file = fopen(name, "wb");
    TARGET_REQUIRE(file);
    TARGET_REQUIRE(size == 0 || fwrite(data, 1, size, file) == size);
    TARGET_REQUIRE(fclose(file) == 0);
}

#endif
