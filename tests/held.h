/* held.h: what a test program holds of the memory that mts_alloc gives. The linker puts these two
 * functions in the place of the C library's (Makefile, -Wl,--wrap), so a program includes it once. */
#ifndef MTSWEEP_TESTS_HELD_H
#define MTSWEEP_TESTS_HELD_H

#include "mtsweep/task.h"
#include "small_run.h"

enum { HELD_MOST = 4096 };

static struct {
    size_t n, bytes, most; /* pieces and bytes now; bytes at most since most was set */
    size_t takes;          /* pieces so far */
    struct {
        const void *at;
        size_t bytes;
    } piece[HELD_MOST];
} held;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    void *p = __real_aligned_alloc(alignment, size);
    if (!p)
        return NULL;
    if (held.n == HELD_MOST)
        abort();
    held.piece[held.n].at = p;
    held.piece[held.n++].bytes = size;
    held.bytes += size;
    held.most = held.bytes > held.most ? held.bytes : held.most;
    held.takes++;
    return p;
}

/* Also of pieces that come from elsewhere. */
void __wrap_free(void *p)
{
    for (size_t i = held.n; p && i-- > 0;)
        if (held.piece[i].at == p) {
            held.bytes -= held.piece[i].bytes;
            held.piece[i] = held.piece[--held.n];
            break;
        }
    __real_free(p);
}

/* Bytes of a task, which mts_run_memory leaves out. */
static inline size_t task_bytes(const mts_config *config)
{
    const size_t before = held.bytes;
    const mts_kernels *kernels;
    mts_task *task;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_task_create(config, 1, kernels, &task), MTS_OK);
    const size_t bytes = held.bytes - before;
    mts_task_destroy(task);
    return bytes;
}

/* A run holds at most what mts_run_memory says and its tasks: that of the training, that of the
 * evaluation, and where the traces take most, theirs. It gives all of it back. */
static inline void check_memory(const mts_config *config, const char *what)
{
    const mts_config evaluation = mts_task_evaluation(config);
    const size_t tasks = task_bytes(config) + task_bytes(&evaluation);
    mts_result *result = new_result(config);
    const size_t before = held.bytes, counted = (size_t)mts_run_memory(config);
    held.most = before;
    ck_assert_int_eq(mts_run(config, NULL, result), MTS_OK);
    const size_t most = held.most - before;
    ck_assert_msg(most == counted + tasks || most == counted + tasks + task_bytes(&evaluation),
                  "%s: %zu bytes and tasks of %zu are counted, %zu are held", what, counted, tasks,
                  most);
    ck_assert_uint_eq(held.bytes, before);
    mts_result_destroy(result);
}

/* A training step takes no memory. */
static inline void check_step_takes_nothing(const mts_config *config)
{
    const mts_kernels *kernels;
    mts_trainer *trainer;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_trainer_create(config, kernels, &trainer), MTS_OK);
    const size_t before = held.takes;
    for (size_t step = 0; step < 5; step++)
        mts_trainer_step(trainer, NULL, NULL, NULL);
    ck_assert_uint_eq(held.takes, before);
    mts_trainer_destroy(trainer);
}

#endif
