package import Exchange

/// An exchange that ended lately, with what is known of its deliveries: those that had an attempt or have ended.
package struct RecentExchange: Sendable {
    package struct Delivery: Sendable {
        package let upstream: String
        package let role: Role
        /// nil while it is pending.
        package internal(set) var result: DeliveryResult?
        /// Why it was never sent, of a skipped one.
        package internal(set) var reason: SkipReason?
        /// Of a dead one that had no attempt.
        package internal(set) var errorClass: ErrorClass?
        package internal(set) var settledAt: MonotonicTime?
        /// Oldest first.
        package internal(set) var attempts: [Attempt] = []

        /// Why its last attempt failed, or why it died without one.
        package var lastClass: ErrorClass? { attempts.last.map(\.errorClass) ?? errorClass }

        /// Nanoseconds from its first attempt's beginning to its last one's end; nil without any.
        package var nanoseconds: UInt64? {
            guard let first = attempts.first, let last = attempts.last else { return nil }
            return last.endedAt.nanoseconds(since: first.startedAt)
        }
    }

    package struct Attempt: Sendable {
        /// 1 for the first.
        package let number: Int
        package let startedAt: MonotonicTime
        package let firstByteAt: MonotonicTime?
        package let endedAt: MonotonicTime
        package let status: Int?
        package let errorClass: ErrorClass?
        package let detail: String
    }

    package let story: ExchangeStory
    /// Empty where none matched.
    package let route: String
    /// nil where the application went away before it got one.
    package let status: Int?
    package let errorClass: ErrorClass?
    package let endedAt: MonotonicTime
    /// Of the bodies, as the application sent and got them.
    package let requestBytes: Int
    package let responseBytes: Int
    /// In the order of upstreams.
    package internal(set) var deliveries: [Delivery] = []
    /// What is not shown of it.
    var redaction = Redaction.standard

    package var id: ExchangeID { story.id }
    /// How long the application waited for the end of its answer.
    package var nanoseconds: UInt64 { endedAt.nanoseconds(since: story.startedAt.monotonic) }
    /// Without what must not be shown.
    package var target: String { redaction.url(story.target) }
    /// When the last of what is known of it came to an end; nil while a delivery is pending.
    package var finishedAt: MonotonicTime? {
        deliveries.contains { $0.result == nil } ? nil : deliveries.compactMap(\.settledAt).reduce(endedAt, max)
    }
}

extension ExchangeID {
    /// Whether it came before another: ids sort by time of arrival.
    package func precedes(_ other: ExchangeID) -> Bool { (high, low) < (other.high, other.low) }
}
