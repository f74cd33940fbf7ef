package import Exchange

/// Makes one log line of something that happens over and over: the first at once, then at most one per interval that tells
/// how many were kept back, and one when it is over. It is over with the first success after `quiet` without a failure, so
/// that failures among successes don't bring two lines each.
package struct Repeats: Sendable {
    package enum Occurrence: Equatable, Sendable {
        /// Write a line; so many occurrences since the last one got none.
        case write(keptBack: Int)
        case keepBack
    }

    /// What a line that says it is over can tell.
    package struct Over: Equatable, Sendable {
        package let occurrences: Int
        /// From the first occurrence to the last.
        package let lasted: Duration
    }

    private struct Spell {
        var first: MonotonicTime
        var last: MonotonicTime
        var written: MonotonicTime
        var occurrences = 1
        var keptBack = 0
    }

    private let interval: Duration
    private let quiet: Duration
    private var spell: Spell?

    package init(interval: Duration = .seconds(10), quiet: Duration = .seconds(10)) {
        self.interval = interval
        self.quiet = quiet
    }

    /// Whether it happened and isn't over yet.
    package var isGoingOn: Bool { spell != nil }

    /// From when on a success ends it; nil where there is nothing to end.
    package var endsAt: MonotonicTime? { spell.map { $0.last.advanced(by: quiet) } }

    package mutating func occurred(at time: MonotonicTime) -> Occurrence {
        guard var current = spell else {
            spell = Spell(first: time, last: time, written: time)
            return .write(keptBack: 0)
        }
        current.last = max(current.last, time)
        current.occurrences &+= 1
        defer { spell = current }
        guard time >= current.written.advanced(by: interval) else {
            current.keptBack &+= 1
            return .keepBack
        }
        defer { current.keptBack = 0 }
        current.written = time
        return .write(keptBack: current.keptBack)
    }

    /// nil where it wasn't happening, or where it may still be.
    package mutating func succeeded(at time: MonotonicTime) -> Over? {
        guard let current = spell, let end = endsAt, time >= end else { return nil }
        spell = nil
        return Over(
            occurrences: current.occurrences, lasted: .nanoseconds(Int64(clamping: current.last.nanoseconds(since: current.first))))
    }
}
