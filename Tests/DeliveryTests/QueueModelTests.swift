import Exchange
import NIOCore
import Policy
import Spool
import Testing

@testable import Delivery

/// The queue beside a naive spool, over thousands of random schedules on a virtual clock: whatever comes when, no delivery is on
/// its way twice, none is sent again after it has settled, an order is kept, bounds hold, and in the end none is left over.
@Suite struct QueueModelTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func noScheduleLosesOrDoublesADelivery(hundred: UInt64) throws {
        for seed in hundred * 100..<(hundred + 1) * 100 {
            var world = World(seed: seed)
            for _ in 0..<120 { try world.step() }
            try world.settleAll()
        }
    }
}

private struct World {
    struct Row {
        var delivery: SpooledDelivery
        /// What the queue has decided of it, committed or not.
        var isDecided = false
    }

    enum News {
        case due(Due)
        case committed(SpooledDelivery, Settlement.Next)
    }

    let seed: UInt64
    var random: SeededGenerator
    var now: UInt64 = 1000
    var queue: Queue
    var gate = Gate(UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: "")))
    /// What is committed: pending deliveries alone.
    var spool: [DeliveryID: SpooledDelivery] = [:]
    var decided: Set<DeliveryID> = []
    var running: [SpooledDelivery] = []
    /// In the order in which the spool's thread comes to them.
    var mailbox: [(inout World) -> News] = []
    /// What the spool has answered and the lane not heard yet.
    var news: [News] = []
    var nextID: Int64 = 1
    var wakesAt: UInt64?
    let limit: Int
    let concurrency: Int

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        limit = Int.random(in: 2...12, using: &random)
        concurrency = Int.random(in: 1...4, using: &random)
        queue = Queue(concurrency: concurrency, limit: limit, byteLimit: 1000)
    }

    mutating func step() throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: accept()
        case 3...4: end(at: running.indices.randomElement(using: &random))
        case 5...6: runSpool()
        case 7...8: hear()
        default: now += UInt64.random(in: 1...4000, using: &random)
        }
        try act()
    }

    /// Ends everything well, and runs until nothing happens any more.
    mutating func settleAll() throws {
        for _ in 0..<10_000 {
            end(at: running.indices.first, well: true)
            runSpool()
            hear()
            try act()
            if running.isEmpty, mailbox.isEmpty, news.isEmpty {
                guard let wake = wakesAt else { break }
                now = max(now, wake)
                try act()
            }
        }
        #expect(spool.isEmpty, "left over: \(spool.keys) (seed \(seed))")
    }

    private mutating func accept() {
        let order = Int.random(in: 0..<3, using: &random) == 0 ? "customer \(Int.random(in: 0..<2, using: &random))" : nil
        let delivery = Fixture.delivery(nextID, at: now, body: Int.random(in: 0...400, using: &random), order: order)
        nextID += 1
        spool[delivery.id] = delivery
        queue.take(delivery, at: Fixture.wall(now))
    }

    private mutating func end(at place: Int?, well: Bool = false) {
        guard let place else { return }
        var delivery = running.remove(at: place)
        let draw = well ? 0 : Int.random(in: 0..<6, using: &random)
        guard draw < 5 else { return queue.returned(delivery) }
        let next: Settlement.Next
        switch draw {
        case 0, 1: next = .delivered
        case 2: next = .dead(.reset)
        default:
            // Some wait in memory and some in the spool.
            let wait = draw == 3 ? UInt64.random(in: 0...3000, using: &random) : UInt64.random(in: 5001...20_000, using: &random)
            delivery.nextAttemptAt = Fixture.wall(now + wait)
            next = .retry(at: delivery.nextAttemptAt)
        }
        if case .retry = next {} else { decided.insert(delivery.id) }
        queue.ended(delivery, next, at: Fixture.wall(now))
        let ended = delivery
        mailbox.append { world in
            if case .retry = next { world.spool[ended.id] = ended } else { world.spool[ended.id] = nil }
            return .committed(ended, next)
        }
    }

    private mutating func runSpool() {
        guard !mailbox.isEmpty else { return }
        let work = mailbox.removeFirst()
        news.append(work(&self))
    }

    private mutating func hear() {
        guard !news.isEmpty else { return }
        switch news.removeFirst() {
        case .due(let due): queue.took(due, at: Fixture.wall(now))
        case .committed(let delivery, let next): queue.committed(delivery, next, at: Fixture.wall(now))
        }
    }

    private mutating func act() throws {
        for _ in 0..<1000 {
            switch queue.next(at: Fixture.moment(now), { gate.enter(at: MonotonicTime(nanoseconds: now * 1_000_000), from: .spooled) }) {
            case .send(let delivery, _): send(delivery)
            case .ask(let held, let limit, let bytes):
                #expect(held.count <= self.limit)
                let asked = now
                mailbox.append { .due($0.due(asked, held, limit, bytes)) }
            case .rest(let until):
                wakesAt = until.map { $0.nanoseconds / 1_000_000 + 1 }
                return
            }
        }
        Issue.record("the queue does not come to rest (seed \(seed))")
    }

    private mutating func send(_ delivery: SpooledDelivery) {
        #expect(!running.contains { $0.id == delivery.id }, "on its way twice (seed \(seed))")
        #expect(!decided.contains(delivery.id), "sent after it had settled (seed \(seed))")
        #expect(delivery.nextAttemptAt <= Fixture.wall(now), "sent before its time (seed \(seed))")
        if let order = delivery.exchange.orderKey {
            let earlier = spool.values.filter { $0.exchange.orderKey == order && $0.id < delivery.id }
            #expect(earlier.isEmpty, "sent out of its order (seed \(seed))")
        }
        running.append(delivery)
        #expect(running.count <= concurrency, "more than may be on their way (seed \(seed))")
    }

    private func due(_ asked: UInt64, _ held: Set<DeliveryID>, _ limit: Int, _ bytes: Int) -> Due {
        let eligible = spool.values.filter { delivery in
            !held.contains(delivery.id)
                && !(delivery.exchange.orderKey.map { order in
                    spool.values.contains { $0.exchange.orderKey == order && $0.id < delivery.id }
                } ?? false)
        }.sorted { ($0.nextAttemptAt, $0.id) < ($1.nextAttemptAt, $1.id) }
        let ripe = eligible.filter { $0.nextAttemptAt <= Fixture.wall(asked) }
        var taken: [SpooledDelivery] = []
        var size = 0
        for delivery in ripe where taken.count < limit && (taken.isEmpty || size + delivery.exchange.size <= bytes) {
            taken.append(delivery)
            size += delivery.exchange.size
        }
        let rest = eligible.first { one in !taken.contains { $0.id == one.id } }
        return Due(deliveries: taken, nextAt: rest.map { max($0.nextAttemptAt, Fixture.wall(asked)) })
    }
}
