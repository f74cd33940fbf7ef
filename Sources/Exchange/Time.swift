#if canImport(Glibc)
internal import Glibc
#endif

/// A point on the clock that only goes forward: nanoseconds since an arbitrary start. For durations and deadlines.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: reading(of: CLOCK_MONOTONIC))
    }

    /// Later than any time that comes.
    package static let never = MonotonicTime(nanoseconds: .max)

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    package func advanced(nanoseconds more: UInt64) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(more)
        return MonotonicTime(nanoseconds: overflow ? .max : sum)
    }

    package func advanced(by duration: Duration) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(max(0, duration.nanoseconds)))
        return MonotonicTime(nanoseconds: overflow ? .max : sum)
    }

    /// Nanoseconds from `earlier` until here; 0 where `earlier` is later.
    package func nanoseconds(since earlier: MonotonicTime) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }

    /// Seconds from `earlier` until here, the base unit of every exported duration.
    package func seconds(since earlier: MonotonicTime) -> Double {
        Double(nanoseconds(since: earlier)) / 1e9
    }
}

/// A point in calendar time: nanoseconds since 1970-01-01T00:00:00Z.
package struct WallTime: Hashable, Comparable, Sendable {
    package var nanosecondsSinceEpoch: UInt64

    package init(nanosecondsSinceEpoch: UInt64) { self.nanosecondsSinceEpoch = nanosecondsSinceEpoch }

    package static func now() -> WallTime {
        WallTime(nanosecondsSinceEpoch: reading(of: CLOCK_REALTIME))
    }

    package static func < (left: Self, right: Self) -> Bool { left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch }

    package func advanced(byNanoseconds nanoseconds: UInt64) -> WallTime {
        let (sum, overflow) = nanosecondsSinceEpoch.addingReportingOverflow(nanoseconds)
        return WallTime(nanosecondsSinceEpoch: overflow ? .max : sum)
    }
}

/// One moment on both clocks, read together: where an exchange starts. Every other time of the exchange is read from the
/// monotonic clock alone, so that its spans stay in order when the calendar clock is set.
package struct Moment: Sendable {
    package let wall: WallTime
    package let monotonic: MonotonicTime

    package init(wall: WallTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }

    package static func now() -> Moment { Moment(wall: .now(), monotonic: .now()) }

    /// The calendar time of a later point on the monotonic clock.
    package func wall(at time: MonotonicTime) -> WallTime {
        wall.advanced(byNanoseconds: time.nanoseconds(since: monotonic))
    }
}

extension Duration {
    /// Whole nanoseconds, held within what 64 bits can say.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    package var seconds: Double { Double(nanoseconds) / 1e9 }
}

/// A calendar clock that is set before 1970 reads as 1970.
private func reading(of clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(max(0, time.tv_sec)) &* 1_000_000_000 &+ UInt64(max(0, time.tv_nsec))
}
