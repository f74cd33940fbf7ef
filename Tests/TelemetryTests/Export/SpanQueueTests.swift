import Exchange
import Synchronization
import Testing

@testable import Telemetry

@Suite("The queue of spans")
struct SpanQueueTests {
    private let record = SpanRecord.exchange(SpanFixtures.exchange())

    @Test("Up to the bound, and not one more", arguments: [1, 2, 7, 100])
    func bound(bound: Int) {
        let queue = ExportQueue<SpanRecord>(bound: bound, batch: 1000)
        for place in 1...bound { #expect(queue.offer(record) == (place == bound || place == 64 ? .due : .queued)) }
        for _ in 0..<10 { #expect(queue.offer(record) == .full) }
        #expect(queue.count == bound)
        // What was taken and written makes room again.
        var intake = ExportIntake<SpanRecord>()
        #expect(intake.next(from: queue) != nil)
        #expect(queue.offer(record) == .full)
        queue.left(1)
        #expect(queue.offer(record) != .full)
        #expect(queue.offer(record) == .full)
    }

    @Test("The thread is to be woken once for each time a batch comes together, not for each span")
    func waking() {
        let queue = ExportQueue<SpanRecord>(bound: 100, batch: 10)
        var woken: [Int] = []
        for place in 1...30 where queue.offer(record) == .due { woken.append(place) }
        #expect(woken == [10])
        #expect(queue.count == 30)
        queue.left(25)
        #expect(queue.count == 5)
        #expect((1...5).map { _ in queue.offer(record) } == [.queued, .queued, .queued, .queued, .due])
    }

    @Test("Of a batch that is larger than a share, each share wakes the thread, and the batch as a whole")
    func shares() {
        let queue = ExportQueue<SpanRecord>(bound: 1000, batch: 150)
        let woken = (1...300).filter { _ in queue.offer(record) == .due }
        #expect(woken == [64, 128, 150, 192, 256])
    }

    @Test("Bounds that make no sense hold one span")
    func least() {
        for bound in [0, -1, Int.min] {
            let queue = ExportQueue<SpanRecord>(bound: bound, batch: bound)
            #expect(queue.offer(record) == .due)
            #expect(queue.offer(record) == .full)
        }
    }

    @Test("What one thread offers comes out in order")
    func order() {
        let queue = ExportQueue<SpanRecord>(bound: 1000, batch: 1000)
        for number in 0..<500 { _ = queue.offer(.exchange(SpanFixtures.exchange(status: number))) }
        var intake = ExportIntake<SpanRecord>()
        var statuses: [Int?] = []
        while case .exchange(let record)? = intake.next(from: queue) { statuses.append(record.status) }
        #expect(statuses == Array(0..<500))
        #expect(intake.letGo() == 0)
    }

    @Test("A closed queue takes nothing in and says what it let go")
    func closing() {
        let queue = ExportQueue<SpanRecord>(bound: 100, batch: 1000)
        for _ in 0..<7 { _ = queue.offer(record) }
        #expect(queue.close() == 7)
        #expect(queue.offer(record) == .closed)
        #expect(queue.close() == 0)
        #expect(queue.count == 0)
    }

    @Test("Of what was taken out, the part not written can be let go")
    func lettingGo() {
        let queue = ExportQueue<SpanRecord>(bound: 100, batch: 1000)
        for _ in 0..<7 { _ = queue.offer(record) }
        var intake = ExportIntake<SpanRecord>()
        for _ in 0..<3 { #expect(intake.next(from: queue) != nil) }
        #expect(intake.letGo() == 4)
        #expect(intake.next(from: queue) == nil)
    }

    /// What the offering threads and the taking one tell each other.
    private final class Shared: Sendable {
        let queue = ExportQueue<SpanRecord>(bound: 300, batch: 50)
        let turnedAway = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)

        func offer(_ record: SpanRecord, times: Int) {
            for _ in 0..<times {
                switch queue.offer(record) {
                case .queued, .due: break
                case .full, .closed: turnedAway.wrappingAdd(1, ordering: .relaxed)
                }
            }
            isOver.store(true, ordering: .relaxed)
        }

        /// Takes spans out until the first thread is done, then closes; answers how many spans there were.
        func takeAll() -> Int {
            var (intake, taken) = (ExportIntake<SpanRecord>(), 0)
            while !isOver.load(ordering: .relaxed) {
                while intake.next(from: queue) != nil {
                    queue.left(1)
                    taken += 1
                }
            }
            return taken + intake.letGo() + queue.close()
        }
    }

    @Test("Many threads and a close in the middle: each span is taken, let go or turned away, none twice", .timeLimit(.minutes(1)))
    func threads() async {
        let shared = Shared()
        let taken = Journal<Int>()
        #expect(ExportThread.start { taken.note(shared.takeAll()) })
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { [record] in shared.offer(record, times: 5000) } }
        }
        #expect(await taken.wait(for: 1))
        #expect((taken.entries.first ?? 0) + shared.turnedAway.load(ordering: .relaxed) == 4 * 5000)
    }
}

@Suite("The doorbell", .timeLimit(.minutes(1)))
struct DoorbellTests {
    @Test("A ring before the wait is not lost, and counts once")
    func early() {
        let bell = Doorbell()
        bell.ring()
        bell.ring()
        // With the ring it returns at once; without, this would outlast the time limit.
        bell.wait(until: MonotonicTime.now().advanced(by: .seconds(3600)))
        let start = MonotonicTime.now()
        bell.wait(until: start.advanced(by: .milliseconds(20)))
        #expect(MonotonicTime.now() >= start.advanced(by: .milliseconds(20)))
    }

    @Test("A time that is past, and one that never comes")
    func times() async {
        let bell = Doorbell()
        bell.wait(until: MonotonicTime(nanoseconds: 0))
        let hasReturned = Journal<Void>()
        #expect(
            ExportThread.start {
                bell.wait(until: MonotonicTime(nanoseconds: .max))
                hasReturned.note(())
            })
        bell.ring()
        #expect(await hasReturned.wait(for: 1))
    }
}

@Suite("What the export thread is told", .timeLimit(.minutes(1)))
struct ExportControlTests {
    @Test("The earliest time to stop holds, whatever the order")
    func stopping() {
        let control = ExportControl()
        #expect(!control.isStopping)
        #expect(control.deadline > MonotonicTime.now().advanced(by: .seconds(1_000_000_000)))
        for (time, deadline) in [(50, 50), (70, 50), (20, 20), (0, 0), (5, 0)] as [(UInt64, UInt64)] {
            control.stop(by: MonotonicTime(nanoseconds: time))
            #expect(control.isStopping)
            #expect(control.deadline == MonotonicTime(nanoseconds: deadline))
        }
        control.stop(by: MonotonicTime(nanoseconds: .max))
        #expect(control.deadline == MonotonicTime(nanoseconds: 0))
    }

    @Test("All who wait for the end go on at it, those who come later at once")
    func ending() async {
        let control = ExportControl()
        async let first: Void = control.ended()
        async let second: Void = control.ended()
        control.end()
        control.end()
        _ = await (first, second)
        await control.ended()
    }
}
