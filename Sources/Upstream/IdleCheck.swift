internal import Glibc

/// What the system says of idle connections that are about to be used, asked for all of them at once: asked for each, it would be a
/// sixth of a call's system calls.
struct IdleCheck {
    /// As many as attempts were posted at most.
    private var entries: [pollfd] = []
    /// What is known holds for the calls of one round alone, and has another number in each.
    private(set) var number: UInt64 = 0

    mutating func add(_ descriptor: Int32) { entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }

    /// Asks, without waiting; false where the system has no answer.
    mutating func ask() -> Bool {
        number &+= 1
        return !entries.isEmpty && poll(&entries, nfds_t(entries.count), 0) >= 0
    }

    /// Whether nothing has come on the connection that was added as this one: neither bytes nor its end.
    func isQuiet(_ place: Int) -> Bool { entries[place].revents == 0 }

    /// What was known may have changed.
    mutating func forget() {
        number &+= 1
        entries.removeAll(keepingCapacity: true)
    }
}
