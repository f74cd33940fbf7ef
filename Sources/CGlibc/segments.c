/* dl_iterate_phdr is declared only under _GNU_SOURCE, and a header that sets it changes types that Swift's Glibc module has
   as well: so this is a file of its own and not an inline shim. */
#define _GNU_SOURCE
#include <link.h>
#include <string.h>

#include "segments.h"

/* The program itself has no name here, libraries are named by their path. What is left is the kernel's. */
static int is_file(const char *name) { return name[0] == 0 || strchr(name, '/') != NULL; }

static int visit_object(struct dl_phdr_info *object, size_t size, void *context) {
    void (*const *visit)(struct pantograph_segment) = context;
    (void)size;
    if (!is_file(object->dlpi_name)) return 0;
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[index];
        if (header->p_type != PT_LOAD) continue;
        (*visit)((struct pantograph_segment){
            .start = object->dlpi_addr + header->p_vaddr, .size = header->p_memsz, .flags = header->p_flags});
    }
    return 0;
}

void pantograph_each_segment(void (*visit)(struct pantograph_segment segment)) { dl_iterate_phdr(visit_object, &visit); }
