#ifndef PANTOGRAPH_CZLIB_SHIM_H
#define PANTOGRAPH_CZLIB_SHIM_H

#include <zlib.h>

/* deflateInit2 is a macro, which Swift can't see. windowBits 15 + 16 writes the gzip wrapper (RFC 1952). */
static inline int pantograph_gzip_init(z_streamp stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int pantograph_gunzip_init(z_streamp stream) {
    return inflateInit2(stream, 15 + 16);
}

#endif
