/* Prints a number for all bits that the generic kernels of this processor give. */
#include <stdio.h>

#include "../../src/num/tables.h"
#include "../kernel_bits.h"

int main(void)
{
    for (size_t f = 0; f < KERNEL_FUNCTIONS; f++)
        printf("%016llx %s\n",
               (unsigned long long)kernel_functions[f].bits(&mts_vector_generic.kernels),
               kernel_functions[f].name);
    return 0;
}
