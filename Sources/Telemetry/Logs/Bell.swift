#if canImport(Glibc)
internal import Glibc
#endif

/// Wakes a thread that waits. Each `ring` lets one `wait` through, whichever comes first.
///
/// `@unchecked Sendable`: a semaphore may be posted and waited for on any thread (POSIX, sem_post), and the pointer is fixed.
final class Bell: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func ring() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }
}
