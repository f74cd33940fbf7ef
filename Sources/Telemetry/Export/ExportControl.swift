internal import Exchange
internal import Synchronization

/// What the export thread is told from outside: to look at its queue, and to stop by a time.
final class ExportControl: Sendable {
    let bell = Doorbell()
    /// Nanoseconds on the monotonic clock. Signed: `min` of an unsigned atomic compares as if it were signed (Swift 6.3), and
    /// would never go below a `.max` that means -1 to it.
    private let stopTime = Atomic<Int64>(.max)
    private let hasEnded = Mutex<Ending>(.running([]))

    private enum Ending {
        case running([CheckedContinuation<Void, Never>])
        case over
    }

    /// When the thread must be done; far away while nobody has asked it to stop.
    var deadline: MonotonicTime { MonotonicTime(nanoseconds: UInt64(max(0, stopTime.load(ordering: .acquiring)))) }
    var isStopping: Bool { stopTime.load(ordering: .acquiring) != .max }

    /// An earlier time holds against a later one.
    func stop(by time: MonotonicTime) {
        stopTime.min(Int64(clamping: time.nanoseconds), ordering: .acquiringAndReleasing)
        bell.ring()
    }

    // MARK: The end

    /// Lets everyone go on who waits for the end, now and later. More than once is as once.
    func end() {
        let waiting = hasEnded.withLock { ending -> [CheckedContinuation<Void, Never>] in
            guard case .running(let waiting) = ending else { return [] }
            ending = .over
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = hasEnded.withLock { ending -> Bool in
                guard case .running(let waiting) = ending else { return true }
                ending = .running(waiting + [continuation])
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
