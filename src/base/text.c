/* Nearest word, and the hash. */
#include "mtsweep/base.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#define WORD_MAX 64 /* longer words are near to nothing */

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment: insertion, deletion, substitution and transposition of neighbours cost
 * 1 each. Both words are at most WORD_MAX long. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t row[3][WORD_MAX + 1]; /* rows i - 2, i - 1 and i of the table, modulo 3 */
    for (size_t j = 0; j <= nb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t d = last[j - 1] + (same_letter(a[i - 1], b[j - 1]) ? 0 : 1);
            d = min_size(d, min_size(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1]))
                d = min_size(d, before[j - 2] + 1);
            now[j] = d;
        }
    }
    return row[na % 3][nb];
}

const char *mts_nearest(const char *word, const char *const *names)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX, length = strnlen(word, WORD_MAX + 1);
    if (length > WORD_MAX)
        return NULL;
    for (; *names; names++) {
        size_t n = strnlen(*names, WORD_MAX + 1);
        if (n > WORD_MAX)
            continue;
        size_t longer = n > length ? n : length;
        size_t d = distance(word, length, *names, n);
        if (d < least && d <= (longer + 2) / 3) {
            least = d;
            nearest = *names;
        }
    }
    return nearest;
}

uint64_t mts_hash(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ hash; /* FNV-1a, 64 bits */
    for (size_t i = 0; i < n; i++)
        h = (h ^ byte[i]) * UINT64_C(0x100000001b3);
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9); /* the finaliser of splitmix64 */
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    return h ^ (h >> 31);
}

uint64_t mts_hash_number(uint64_t number)
{
    unsigned char byte[8];
    for (size_t i = 0; i < sizeof byte; i++)
        byte[i] = (unsigned char)(number >> (8 * i));
    return mts_hash(0, byte, sizeof byte);
}

/* Length of the UTF-8 character at s and its number; 0 where there is none. */
static size_t decode(const unsigned char *s, uint32_t *number)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = s[0] < 0x80       ? 1
                     : s[0] >> 5 == 6  ? 2
                     : s[0] >> 4 == 14 ? 3
                     : s[0] >> 3 == 30 ? 4
                                       : 0;
    if (n == 0)
        return 0;
    *number = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        *number = *number << 6 | (s[i] & 0x3f);
    }
    return *number >= least[n] && *number <= 0x10ffff && *number >> 11 != 0x1b ? n : 0;
}

static bool is_hidden(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void mts_clean(char *text)
{
    unsigned char *to = (unsigned char *)text;
    for (const unsigned char *from = to; *from;) {
        uint32_t number = 0;
        const size_t n = decode(from, &number);
        if (n == 0 || is_hidden(number))
            *to++ = '?';
        else if (number < 0x20 || number == 0x7f)
            *to++ = ' ';
        else
            for (size_t i = 0; i < n; i++)
                *to++ = from[i];
        from += n == 0 ? 1 : n;
    }
    *to = '\0';
}

const char *mts_file_kind(unsigned mode)
{
    return S_ISDIR(mode)                    ? "a folder"
           : S_ISFIFO(mode)                 ? "a FIFO"
           : S_ISSOCK(mode)                 ? "a socket"
           : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
                                            : "no regular one";
}
