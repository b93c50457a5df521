/* fuzz.c: the main function's part for clang's libFuzzer, which searches for bytes that break a
 * target. `make fuzz TARGET=sweep` builds and runs it, with FUNCTION sweep_target of the HEADER
 * sweep_target.h here. test_fuzz_sweep and test_fuzz run the targets on the corpus and a fixed number of
 * its mutations. */
#include HEADER

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FUNCTION(data, size);
    return 0;
}
