/// How many calls an upstream may have at once, on the wire or waiting for a connection: its `limit.in_flight`.
package struct InFlightBound: Sendable {
    package let limit: Int
    /// Calls now.
    package private(set) var count = 0

    package init(limit: Int) { self.limit = limit }

    /// Takes a place; false where all are taken, and the call's class or skip reason is `rate_limited`.
    package mutating func admit() -> Bool {
        guard count < limit else { return false }
        count += 1
        return true
    }

    package mutating func release() { count = max(0, count - 1) }
}
