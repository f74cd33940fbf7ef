import Dispatch
import Exchange
import Foundation
import NIOCore
import Synchronization
import Testing

/// A body written by one thread while others read it.
@Suite struct RequestBodyThreadsTests {
    /// A writer that keeps to the window, a primary that waits by `whenMore`, mirrors that read all of it once it is complete.
    @Test(arguments: SeededGenerator.seeds, [4_096, 2_000_000])
    func oneWriterAndReaders(seed: UInt64, keep: Int) {
        let room = DispatchSemaphore(value: 0)
        let window = 16_384
        let body = RequestBody(keep: keep, window: window)
        let sent = pieces(seed)
        let total = sent.reduce(0) { $0 + $1.count }
        let mostHeld = Mutex(0)
        let threads = Threads()
        threads.start {
            for piece in sent {
                guard !body.append(ByteBuffer(bytes: piece)) else { continue }
                body.whenSpace { room.signal() }
                if room.wait(timeout: .now() + 20) == .timedOut { return threads.fail("the writer waits") }
            }
            body.finish()
        }
        let primary = Mutex<[UInt8]>([])
        threads.start {
            let taken = readAll(body, seed: seed, asPrimary: true, threads) { held in mostHeld.withLock { $0 = max($0, held) } }
            primary.withLock { $0 = taken }
        }
        threads.join()
        #expect(threads.failures == [])
        #expect(primary.withLock { $0 } == Array(sent.joined()))
        #expect(body.received == total && body.isComplete && body.isWhole == (total <= keep))
        let longest = sent.map(\.count).max() ?? 0
        if total > keep { #expect(mostHeld.withLock { $0 } <= 4 * (window + longest + keep) + 131_072) }
        readMirrors(body, Array(sent.joined()), seed: seed)
    }

    private func readMirrors(_ body: RequestBody, _ expected: [UInt8], seed: UInt64) {
        let threads = Threads()
        let results = Mutex<[Bool]>([])
        for mirror in 0..<3 {
            threads.start {
                var place = RequestBody.Position()
                var target = [UInt8](repeating: 0, count: 1)
                guard body.isWhole else {
                    let read = target.withUnsafeMutableBytes { body.read(&place, into: $0, asPrimary: false) }
                    return results.withLock { $0.append(read == .gone) }
                }
                let taken = readAll(body, seed: seed &+ UInt64(mirror), asPrimary: false, threads) { _ in }
                results.withLock { $0.append(taken == expected) }
            }
        }
        threads.join()
        #expect(threads.failures == [] && results.withLock { $0 } == [true, true, true])
    }

    private func pieces(_ seed: UInt64) -> [[UInt8]] {
        var generator = SeededGenerator(seed: seed)
        return (0..<400).map { _ in
            let count = [1, 10, 700, 4_096, 9_000][Int.random(in: 0..<5, using: &generator)]
            return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
    }

    /// The application goes away while the primary waits for more: it is told, once and soon.
    @Test func abortWakesWhoWaits() {
        for _ in 0..<200 {
            let body = RequestBody(keep: 10, window: 10)
            let threads = Threads()
            threads.start { body.abort() }
            threads.start { _ = readAll(body, seed: 1, asPrimary: true, threads) { _ in } }
            threads.join()
            #expect(threads.failures == [])
        }
    }
}

/// Reads to the end, or until the body was aborted, in pieces of any size, and waits by `whenMore`.
private func readAll(_ body: RequestBody, seed: UInt64, asPrimary: Bool, _ threads: Threads, _ held: (Int) -> Void) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var place = RequestBody.Position()
    var taken: [UInt8] = []
    var target = [UInt8](repeating: 0, count: 20_000)
    while true {
        let size = Int.random(in: 1...20_000, using: &generator)
        switch target.withUnsafeMutableBytes({ body.read(&place, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<size]), asPrimary: asPrimary) }) {
        case .bytes(let count):
            taken += target[..<count]
            held(body.held)
        case .wait:
            let more = DispatchSemaphore(value: 0)
            body.whenMore(at: place) { more.signal() }
            if more.wait(timeout: .now() + 20) == .timedOut {
                threads.fail("a reader waits")
                return taken
            }
        case .end, .aborted: return taken
        case .gone:
            threads.fail("a reader came too late")
            return taken
        }
    }
}

/// Threads of one test: what blocks in them must not block the threads that tests run on, and none is waited for without end.
private final class Threads: Sendable {
    private let group = DispatchGroup()
    private let messages = Mutex<[String]>([])

    func start(_ work: @escaping @Sendable () -> Void) {
        group.enter()
        let thread = Thread { [group] in
            work()
            group.leave()
        }
        thread.start()
    }

    func fail(_ message: String) { messages.withLock { $0.append(message) } }

    func join() { if group.wait(timeout: .now() + 60) == .timedOut { fail("a thread does not end") } }

    var failures: [String] { messages.withLock { $0 } }
}
