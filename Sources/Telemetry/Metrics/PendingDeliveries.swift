internal import Exchange

/// The deliveries that are opened and not settled, so that their number and the age of the oldest can be told.
///
/// Slots are used again, so that memory follows the most that were ever pending at once, which the bounds of connections
/// and mirror calls hold. The oldest is looked for at a scrape rather than kept in order on the way of each call.
struct PendingDeliveries: Sendable {
    struct Place: Sendable, Hashable {
        fileprivate let slot: Int
        /// Which use of the slot: what has been settled once can't be settled again.
        fileprivate let use: UInt32
    }

    struct Summary: Sendable, Equatable {
        var count = 0
        /// When the oldest was opened.
        var oldest: MonotonicTime?
    }

    private struct Slot: Sendable {
        /// Negative where the slot is free.
        var upstream: Int32
        var use: UInt32
        var openedAt: MonotonicTime
    }

    private var slots: [Slot] = []
    private var free: [Int] = []

    mutating func open(_ upstream: Int, at time: MonotonicTime) -> Place {
        let place = Int32(truncatingIfNeeded: upstream)
        guard let slot = free.popLast() else {
            slots.append(Slot(upstream: place, use: 0, openedAt: time))
            return Place(slot: slots.count - 1, use: 0)
        }
        let use = slots[slot].use
        slots[slot] = Slot(upstream: place, use: use, openedAt: time)
        return Place(slot: slot, use: use)
    }

    /// Where and when the delivery was opened; nil where it has been settled already.
    mutating func settle(_ place: Place) -> (upstream: Int, openedAt: MonotonicTime)? {
        guard slots.indices.contains(place.slot) else { return nil }
        let slot = slots[place.slot]
        guard slot.use == place.use, slot.upstream >= 0 else { return nil }
        slots[place.slot] = Slot(upstream: -1, use: slot.use &+ 1, openedAt: slot.openedAt)
        free.append(place.slot)
        return (Int(slot.upstream), slot.openedAt)
    }

    /// Adds what is pending here to the summaries, one for each upstream.
    func add(to summaries: inout [Summary]) {
        for slot in slots where slot.upstream >= 0 && slot.upstream < summaries.count {
            let upstream = Int(slot.upstream)
            summaries[upstream].count += 1
            summaries[upstream].oldest = min(summaries[upstream].oldest ?? slot.openedAt, slot.openedAt)
        }
    }
}
