#ifndef PANTOGRAPH_CGLIBC_SENDING_H
#define PANTOGRAPH_CGLIBC_SENDING_H

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

/* Sends as many of the bytes as the socket takes without waiting, and says how many those were. `problem` is then the errno of
   what broke the connection, or 0 where it is sound, full or not. */
static inline size_t pantograph_send_now(int socket, const void *bytes, size_t count, int *problem) {
    size_t sent = 0;
    *problem = 0;
    while (sent < count) {
        ssize_t taken = send(socket, (const char *)bytes + sent, count - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken >= 0) {
            sent += (size_t)taken;
        } else if (errno != EINTR) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) *problem = errno;
            break;
        }
    }
    return sent;
}

#endif
