#ifndef PANTOGRAPH_CCURL_READINESS_H
#define PANTOGRAPH_CCURL_READINESS_H

/* What tells libcurl's multi interface that a socket is ready: Swift's Glibc module has none of these. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <stdint.h>

static inline uint32_t pantograph_epoll_in(void) { return EPOLLIN; }
static inline uint32_t pantograph_epoll_out(void) { return EPOLLOUT; }
/* Reported whether asked for or not. */
static inline uint32_t pantograph_epoll_broken(void) { return EPOLLERR | EPOLLHUP; }

static inline int pantograph_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int pantograph_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int pantograph_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t tag) {
    struct epoll_event event = {.events = events, .data = {.u64 = tag}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

/* Names the calling thread; at most 15 characters count. */
static inline void pantograph_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
