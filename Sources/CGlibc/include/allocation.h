#ifndef PANTOGRAPH_CGLIBC_ALLOCATION_H
#define PANTOGRAPH_CGLIBC_ALLOCATION_H

#include <malloc.h>

/* From so many bytes on, each block is mapped alone and goes back to the system when it is freed. 0 where that is refused. */
static inline int pantograph_map_blocks_from(int bytes) { return mallopt(M_MMAP_THRESHOLD, bytes); }

#endif
