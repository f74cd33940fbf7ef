#ifndef PANTOGRAPH_CGLIBC_SEGMENTS_H
#define PANTOGRAPH_CGLIBC_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

/* A part of a loaded file in memory, PT_LOAD in its program headers. The start need not be the start of a page. */
struct pantograph_segment {
    uintptr_t start;
    size_t size;
    uint32_t flags; /* PF_R, PF_W, PF_X */
};

/* Calls `visit` for each segment of the program and of every library loaded, but not for what the kernel maps (vdso).
   `visit` must not load or unload any: the loader's lock is held. */
void pantograph_each_segment(void (*visit)(struct pantograph_segment segment));

#endif
