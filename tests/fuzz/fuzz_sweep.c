/* For clang's libFuzzer, which has the main function:
 *
 *     make BUILD=asan CC=clang build/asan/libmtsweep.a
 *     clang -g -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iinclude -Itests \
 *         tests/fuzz/fuzz_sweep.c build/asan/libmtsweep.a -lyaml -lz -lm -o fuzz_sweep
 *     ./fuzz_sweep -max_len=4096 -dict=tests/fuzz/sweep.dict NEW tests/fuzz/corpus sweeps
 *
 * where NEW is a directory for what it finds. */
#include "fuzz/sweep_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sweep_target(data, size);
    return 0;
}
