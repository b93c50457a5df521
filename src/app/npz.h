/* npz.h: a file of named arrays that numpy.load reads: a zip archive, uncompressed, with 64-bit sizes, of
 * arrays in numpy's own format (its documentation: numpy.lib.format; PKWARE's APPNOTE.TXT 6.3). */
#ifndef MTSWEEP_APP_NPZ_H
#define MTSWEEP_APP_NPZ_H

#include <stdio.h>

#include "mtsweep/base.h"

typedef struct mts_app_npz mts_app_npz;

/* Writes into `file`, which must be one that can be positioned and outlive it. NULL without memory. */
mts_app_npz *mts_app_npz_create(FILE *file);

/* Begins an array: type as numpy's descr, "<f8", "<i8", "|u1", "<U7"; then its bytes in any pieces. What
 * cannot be written shows at the end. */
void mts_app_npz_array(mts_app_npz *npz, const char *name, const char *type, size_t n_dims,
                       const size_t *dims);
void mts_app_npz_bytes(mts_app_npz *npz, const void *bytes, size_t n);
/* A text as one element of "<U`length`". */
void mts_app_npz_text(mts_app_npz *npz, const char *text, size_t length);

/* Ends the archive and frees. MTS_ERR_MEMORY; whether all was written, ferror(file) tells. */
mts_status mts_app_npz_end(mts_app_npz *npz);

#endif
