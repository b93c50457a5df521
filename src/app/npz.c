/* npz.c: arrays for numpy. */
#include "npz.h"

#include <string.h>
#include <zlib.h>

#define LOCAL_HEADER   0x04034b50u
#define CENTRAL_HEADER 0x02014b50u
#define END_64         0x06064b50u
#define LOCATOR_64     0x07064b50u
#define END            0x06054b50u

enum {
    VERSION_64 = 45, /* of the format, with 64-bit sizes */
    NAME_TEXT = 80,
    ENTRIES = 512,
    DATE = 0x21 /* 1 January 1980: the same bytes for the same numbers */
};

typedef struct {
    char name[NAME_TEXT];
    uint32_t crc;
    uint64_t bytes, offset;
} entry;

struct mts_app_npz {
    FILE *file;
    uint64_t at; /* bytes written */
    size_t n;
    entry entry[ENTRIES];
};

static void put(mts_app_npz *z, const void *bytes, size_t n)
{
    fwrite(bytes, 1, n, z->file);
    z->at += n;
}

static void put_number(mts_app_npz *z, uint64_t number, size_t bytes)
{
    unsigned char little[8];
    for (size_t i = 0; i < bytes; i++)
        little[i] = (unsigned char)(number >> 8 * i);
    put(z, little, bytes);
}

mts_app_npz *mts_app_npz_create(FILE *file)
{
    mts_app_npz *z = mts_alloc(1, sizeof *z);
    if (z)
        z->file = file;
    return z;
}

/* What the two headers of an entry have in common. */
static void put_head(mts_app_npz *z, const entry *e, size_t extra)
{
    put_number(z, VERSION_64, 2);
    put_number(z, 0, 2); /* flags */
    put_number(z, 0, 2); /* stored */
    put_number(z, 0, 2); /* time */
    put_number(z, DATE, 2);
    put_number(z, e->crc, 4);
    put_number(z, UINT32_MAX, 4); /* sizes are in the extra field */
    put_number(z, UINT32_MAX, 4);
    put_number(z, strlen(e->name), 2);
    put_number(z, 4 + extra, 2);
}

static void put_local(mts_app_npz *z, const entry *e)
{
    put_number(z, LOCAL_HEADER, 4);
    put_head(z, e, 16);
    put(z, e->name, strlen(e->name));
    put_number(z, 1, 2); /* extra field: 64-bit sizes */
    put_number(z, 16, 2);
    put_number(z, e->bytes, 8);
    put_number(z, e->bytes, 8);
}

/* The size and checksum of the last array are known now. */
static void finish(mts_app_npz *z)
{
    if (z->n == 0)
        return;
    const uint64_t end = z->at;
    const entry *e = &z->entry[z->n - 1];
    if (fseeko(z->file, (off_t)e->offset, SEEK_SET) == 0)
        put_local(z, e);
    if (fseeko(z->file, (off_t)end, SEEK_SET) != 0)
        clearerr(z->file);
    z->at = end;
}

void mts_app_npz_bytes(mts_app_npz *z, const void *bytes, size_t n)
{
    if (!z || z->n == 0)
        return;
    entry *e = &z->entry[z->n - 1];
    put(z, bytes, n);
    e->bytes += n;
    for (const unsigned char *p = bytes; n > 0;) {
        const uInt some = n < 1u << 30 ? (uInt)n : 1u << 30;
        e->crc = (uint32_t)crc32(e->crc, p, some);
        p += some;
        n -= some;
    }
}

void mts_app_npz_text(mts_app_npz *z, const char *text, size_t length)
{
    for (size_t i = 0, n = strlen(text); i < length; i++) {
        const uint32_t letter = i < n ? (unsigned char)text[i] : 0;
        const unsigned char little[4] = {(unsigned char)letter};
        mts_app_npz_bytes(z, little, sizeof little);
    }
}

void mts_app_npz_array(mts_app_npz *z, const char *name, const char *type, size_t n_dims,
                       const size_t *dims)
{
    char head[512] = "\x93NUMPY\1";
    if (!z || z->n == ENTRIES)
        return;
    finish(z);
    entry *e = &z->entry[z->n++];
    *e = (entry){.offset = z->at};
    snprintf(e->name, sizeof e->name, "%s.npy", name);
    put_local(z, e);
    size_t used = 10; /* magic, version, length */
    used += (size_t)snprintf(head + used, sizeof head - used,
                             "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
    for (size_t i = 0; i < n_dims; i++)
        used += (size_t)snprintf(head + used, sizeof head - used, "%zu, ", dims[i]);
    used += (size_t)snprintf(head + used, sizeof head - used, "), }");
    while (used % 64 != 63)
        head[used++] = ' ';
    head[used++] = '\n';
    head[8] = (char)((used - 10) & 255);
    head[9] = (char)((used - 10) >> 8);
    mts_app_npz_bytes(z, head, used);
}

static void put_central(mts_app_npz *z, const entry *e)
{
    put_number(z, CENTRAL_HEADER, 4);
    put_number(z, VERSION_64, 2);
    put_head(z, e, 24);
    put_number(z, 0, 2); /* comment */
    put_number(z, 0, 2); /* disk */
    put_number(z, 0, 2); /* attributes */
    put_number(z, 0, 4);
    put_number(z, UINT32_MAX, 4);
    put(z, e->name, strlen(e->name));
    put_number(z, 1, 2);
    put_number(z, 24, 2);
    put_number(z, e->bytes, 8);
    put_number(z, e->bytes, 8);
    put_number(z, e->offset, 8);
}

mts_status mts_app_npz_end(mts_app_npz *z)
{
    if (!z)
        return MTS_ERR_MEMORY;
    finish(z);
    const uint64_t start = z->at;
    for (size_t i = 0; i < z->n; i++)
        put_central(z, &z->entry[i]);
    const uint64_t end = z->at;
    put_number(z, END_64, 4);
    put_number(z, 44, 8); /* bytes that follow in this record */
    put_number(z, VERSION_64, 2);
    put_number(z, VERSION_64, 2);
    put_number(z, 0, 8); /* disks */
    put_number(z, z->n, 8);
    put_number(z, z->n, 8);
    put_number(z, end - start, 8);
    put_number(z, start, 8);
    put_number(z, LOCATOR_64, 4);
    put_number(z, 0, 4);
    put_number(z, end, 8);
    put_number(z, 1, 4);
    put_number(z, END, 4);
    put_number(z, 0, 4);
    put_number(z, z->n, 2);
    put_number(z, z->n, 2);
    put_number(z, UINT32_MAX, 4);
    put_number(z, UINT32_MAX, 4);
    put_number(z, 0, 2);
    mts_free(z);
    return MTS_OK;
}
