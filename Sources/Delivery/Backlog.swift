internal import Exchange

/// The deliveries of one lane that are in memory: those whose time is awaited, in the order of their times, and those on their
/// way. What is beyond its bounds stays in the spool until there is room.
struct Backlog {
    /// Deliveries and bytes of requests that are held at most, those on their way included.
    let limit: Int
    let byteLimit: Int
    private var sizes: [DeliveryID: Int] = [:]
    private(set) var bytes = 0
    private var heap: [SpooledDelivery] = []

    init(limit: Int, byteLimit: Int) {
        self.limit = limit
        self.byteLimit = byteLimit
    }

    var held: Set<DeliveryID> { Set(sizes.keys) }
    var heldCount: Int { sizes.count }
    var waitingCount: Int { heap.count }
    var room: Int { max(0, limit - sizes.count) }
    var byteRoom: Int { max(0, byteLimit - bytes) }
    var first: SpooledDelivery? { heap.first }

    /// Takes a delivery in; false where it is held already or there is no room. The first is taken whatever its size.
    mutating func take(_ delivery: SpooledDelivery) -> Bool {
        let size = delivery.exchange.size
        guard sizes[delivery.id] == nil, room > 0, sizes.isEmpty || size <= byteRoom else { return false }
        sizes[delivery.id] = size
        bytes += size
        push(delivery)
        return true
    }

    /// The next in line leaves it, and stays held.
    mutating func popFirst() -> SpooledDelivery? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        sink()
        return first
    }

    /// One that is held stands in line again.
    mutating func putBack(_ delivery: SpooledDelivery) {
        guard sizes[delivery.id] != nil else { return }
        push(delivery)
    }

    /// Holds it no longer: it has settled, or waits in the spool.
    mutating func drop(_ id: DeliveryID) {
        guard let size = sizes.removeValue(forKey: id) else { return }
        bytes -= size
    }

    // MARK: The heap, by time and then by id

    private static func precedes(_ left: SpooledDelivery, _ right: SpooledDelivery) -> Bool {
        left.nextAttemptAt == right.nextAttemptAt ? left.id < right.id : left.nextAttemptAt < right.nextAttemptAt
    }

    private mutating func push(_ delivery: SpooledDelivery) {
        heap.append(delivery)
        var place = heap.count - 1
        while place > 0, Self.precedes(heap[place], heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && Self.precedes(heap[child], heap[least]) { least = child }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
