#if canImport(Glibc)
internal import Glibc
#endif
internal import Exchange

/// Wakes one thread that waits until a time. A ring that comes before the wait is not lost.
///
/// `@unchecked Sendable`: what the pointers lead to is changed under the mutex alone, and they themselves never change.
final class Doorbell: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isRung = false

    init() {
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The calendar clock may be set while a thread waits.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func ring() {
        pthread_mutex_lock(mutex)
        isRung = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Returns when the bell has been rung since the last wait, or at `time`.
    func wait(until time: MonotonicTime) {
        // Further than any wait here; it keeps the seconds within what the system takes.
        let nanoseconds = min(time.nanoseconds, UInt64(Int64.max))
        var limit = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        pthread_mutex_lock(mutex)
        while !isRung, pthread_cond_timedwait(condition, mutex, &limit) != ETIMEDOUT {}
        isRung = false
        pthread_mutex_unlock(mutex)
    }
}
