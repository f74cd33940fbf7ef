import Exchange
import NIOCore
import Synchronization
import Testing

@Suite struct RequestBodyTests {
    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    private func read(_ body: RequestBody, _ position: inout RequestBody.Position, _ room: Int = 100, asPrimary: Bool = true) -> (RequestBody.Read, String) {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { target in
            let read = body.read(&position, into: target, asPrimary: asPrimary)
            guard case .bytes(let count) = read else { return (read, "") }
            return (read, String(decoding: target[..<count], as: UTF8.self))
        }
    }

    @Test func oneReader() {
        let body = RequestBody(keep: 100, window: 100)
        var place = RequestBody.Position()
        #expect(read(body, &place) == (.wait, ""))
        #expect(body.append(bytes("hello")))
        #expect(read(body, &place, 2) == (.bytes(2), "he"))
        #expect(read(body, &place, 0) == (.bytes(0), ""))
        #expect(read(body, &place) == (.bytes(3), "llo"))
        #expect(read(body, &place) == (.wait, "") && read(body, &place, 0) == (.wait, ""))
        #expect(body.append(bytes(" you")) && body.append(bytes("")))
        body.finish()
        #expect(read(body, &place) == (.bytes(4), " you"))
        #expect(read(body, &place) == (.end, "") && read(body, &place, 0) == (.end, ""))
        #expect(body.isComplete && body.isWhole && body.received == 9)
    }

    @Test func anEmptyBody() {
        let body = RequestBody(keep: 0, window: 0)
        var place = RequestBody.Position()
        body.finish()
        #expect(read(body, &place) == (.end, "") && body.isWhole && body.received == 0)
    }

    @Test func whatWasReceivedBeforeTheApplicationLeftIsRead() {
        let body = RequestBody(keep: 100, window: 100)
        var place = RequestBody.Position()
        #expect(body.append(bytes("half")))
        body.abort()
        body.finish()
        #expect(body.append(bytes("late")) && body.received == 4)
        #expect(read(body, &place) == (.bytes(4), "half"))
        #expect(read(body, &place) == (.aborted, "") && !body.isComplete)
    }

    @Test func whatIsKeptCanBeReadAgain() {
        let body = RequestBody(keep: 6, window: 100)
        var (first, second) = (RequestBody.Position(), RequestBody.Position())
        #expect(body.append(bytes("abcdef")))
        #expect(read(body, &first) == (.bytes(6), "abcdef"))
        #expect(read(body, &second, asPrimary: false) == (.bytes(6), "abcdef") && body.isWhole)
    }

    /// Beyond `keep`, what the primary has read is let go: who starts then comes too late, and memory stays bounded.
    @Test func whatIsTooLongIsLetGo() {
        let body = RequestBody(keep: 10_000, window: 20_000)
        var primary = RequestBody.Position()
        var (late, mirror) = (RequestBody.Position(), RequestBody.Position())
        let piece = String(repeating: "x", count: 5_000)
        #expect(body.append(bytes(piece)) && body.append(bytes(piece)) && body.isWhole)
        #expect(read(body, &mirror, 100, asPrimary: false).0 == .bytes(100))
        #expect(body.append(bytes(piece)) && !body.isWhole)
        #expect(read(body, &primary, 6_000).0 == .bytes(6_000))
        #expect(read(body, &late).0 == .gone)
        #expect(read(body, &mirror, 100, asPrimary: false).0 == .gone)
        for _ in 0..<1_000 {
            #expect(body.append(bytes(piece)))
            #expect(read(body, &primary, 5_000).0 == .bytes(5_000))
            #expect(body.held <= 4 * 20_000)
        }
        body.finish()
        #expect(read(body, &primary, 20_000).0 == .bytes(9_000))
        #expect(read(body, &primary) == (.end, "") && body.received == 5_015_000)
    }

    @Test func theWriterIsStoppedAndLetOn() {
        let spaces = Counter()
        let body = RequestBody(keep: 1_000, window: 10)
        var place = RequestBody.Position()
        #expect(body.append(bytes("0123456789")))
        #expect(!body.append(bytes("x")) && !body.append(bytes("")))
        body.whenSpace { spaces.add() }
        #expect(read(body, &place, 5).0 == .bytes(5) && spaces.count == 0)
        #expect(read(body, &place, 1).0 == .bytes(1) && spaces.count == 1)
        #expect(read(body, &place, 100).0 == .bytes(5) && spaces.count == 1)
        #expect(body.append(bytes("0123456789")))
        #expect(!body.append(bytes("0123456789")))
        body.whenSpace { spaces.add() }
        #expect(read(body, &place).0 == .bytes(20) && spaces.count == 2)
        body.whenSpace { spaces.add() }
        #expect(spaces.count == 3)
    }

    /// The reader was faster than the writer that has not asked yet.
    @Test func roomThatIsThereAlready() {
        let spaces = Counter()
        let body = RequestBody(keep: 1_000, window: 10)
        var place = RequestBody.Position()
        #expect(!body.append(bytes("0123456789x")))
        #expect(read(body, &place).0 == .bytes(11))
        body.whenSpace { spaces.add() }
        #expect(spaces.count == 1)
    }

    /// A mirror makes no room, nor does an attempt that reads again what an earlier one has read.
    @Test func onlyThePrimarysProgressMakesRoom() {
        let spaces = Counter()
        let body = RequestBody(keep: 1_000, window: 10)
        var (first, mirror, again) = (RequestBody.Position(), RequestBody.Position(), RequestBody.Position())
        #expect(body.append(bytes("0123456789")))
        #expect(read(body, &first).0 == .bytes(10))
        #expect(!body.append(bytes("0123456789x")))
        body.whenSpace { spaces.add() }
        #expect(read(body, &mirror, asPrimary: false).0 == .bytes(21) && spaces.count == 0)
        #expect(read(body, &again, 10).0 == .bytes(10) && spaces.count == 0)
        #expect(read(body, &again, 6).0 == .bytes(6) && spaces.count == 1)
    }

    @Test func aPrimaryThatIsDone() {
        let spaces = Counter()
        let body = RequestBody(keep: 30, window: 10)
        #expect(!body.append(bytes("0123456789x")))
        body.whenSpace { spaces.add() }
        body.primaryIsDone()
        #expect(spaces.count == 1)
        #expect(body.append(bytes("0123456789")) && body.isWhole)
        var mirror = RequestBody.Position()
        #expect(read(body, &mirror, asPrimary: false) == (.bytes(21), "0123456789x0123456789"))
        #expect(body.append(bytes("0123456789")) && !body.isWhole && body.held == 0 && body.received == 31)
        #expect(read(body, &mirror, asPrimary: false).0 == .gone)
        #expect(body.append(bytes("more")) && body.held == 0)
        body.finish()
        var late = RequestBody.Position()
        #expect(read(body, &late, asPrimary: false).0 == .gone)
        body.primaryIsDone()
        #expect(spaces.count == 1)
    }

    @Test func wakers() {
        let body = RequestBody(keep: 100, window: 100)
        var place = RequestBody.Position()
        let (first, second) = (Counter(), Counter())
        body.whenMore(at: place) { first.add() }
        body.whenMore(at: place) { second.add() }
        #expect(first.count == 0 && second.count == 0)
        #expect(body.append(bytes("")) && second.count == 0)
        #expect(body.append(bytes("a")) && first.count == 0 && second.count == 1)
        #expect(body.append(bytes("b")) && second.count == 1)
        body.whenMore(at: place) { first.add() }
        #expect(first.count == 1)
        #expect(read(body, &place).0 == .bytes(2))
        body.whenMore(at: place) { first.add() }
        #expect(first.count == 1)
        body.finish()
        #expect(first.count == 2)
        body.whenMore(at: place) { second.add() }
        #expect(second.count == 2)
    }

    /// However a peer cuts its body up, and however large the buffers are that the pieces came in.
    @Test(arguments: [(1, 2_048), (1, 65_536), (100, 65_536), (4_096, 65_536), (4_095, 4_096), (20_000, 65_536), (1, 1)])
    func whatHangsOnTheBodyIsBounded(_ piece: Int, _ buffer: Int) {
        let keep = 40_000
        let body = RequestBody(keep: keep, window: keep)
        while body.received + piece <= keep {
            var whole = ByteBuffer()
            whole.reserveCapacity(buffer)
            whole.writeRepeatingByte(0x61, count: piece)
            _ = body.append(whole)
        }
        #expect(body.isWhole && body.held <= 4 * keep + 131_072, "\(body.held)")
    }

    /// Any order of writing and reading, from one thread, against an array.
    @Test(arguments: SeededGenerator.seeds)
    func anyOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let keep = [0, 100, 10_000, 100_000][Int.random(in: 0..<4, using: &generator)]
            let body = RequestBody(keep: keep, window: 1_000_000)
            var model: [UInt8] = []
            var places = [RequestBody.Position(), RequestBody.Position()]
            var taken: [[UInt8]] = [[], []]
            for _ in 0..<120 {
                let reader = Int.random(in: 0..<4, using: &generator)
                if reader > 1 {
                    let count = [0, 1, 7, 900, 5_000, 30_000][Int.random(in: 0..<6, using: &generator)]
                    let piece = (0..<count).map { UInt8(truncatingIfNeeded: model.count + $0 * 7) }
                    model += piece
                    _ = body.append(ByteBuffer(bytes: piece))
                } else {
                    take(body, &places[reader], &taken[reader], room: Int.random(in: 0...20_000, using: &generator), asPrimary: reader == 0)
                }
            }
            body.finish()
            while take(body, &places[0], &taken[0], room: 4_096, asPrimary: true) {}
            while take(body, &places[1], &taken[1], room: 4_096, asPrimary: false) {}
            #expect(taken[0] == model)
            #expect(body.isWhole == (model.count <= keep) && body.received == model.count)
            #expect(body.isWhole ? taken[1] == model : model.starts(with: taken[1]))
        }
    }

    @discardableResult
    private func take(_ body: RequestBody, _ place: inout RequestBody.Position, _ taken: inout [UInt8], room: Int, asPrimary: Bool) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { target in
            guard case .bytes(let count) = body.read(&place, into: target, asPrimary: asPrimary) else { return false }
            taken += target[..<count]
            return true
        }
    }
}

/// Counts calls that may come from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)
    func add() { value.withLock { $0 += 1 } }
    var count: Int { value.withLock { $0 } }
}
