import Exchange
import Policy
import Testing

@Suite struct BoundsTests {
    private func bounds(body: Int = 10, memory: Int = 25, calls: Int = 4) -> MirrorBounds {
        var limits = Limits()
        (limits.mirrorBody, limits.mirrorMemory, limits.mirrorCalls) = (body, memory, calls)
        return MirrorBounds(limits)
    }

    @Test func theBodyBound() {
        var bounds = bounds()
        #expect(bounds.admit(bodyBytes: 10, calls: 1) == nil)
        #expect(bounds.admit(bodyBytes: 11, calls: 1) == .bodyTooLarge)
        #expect(bounds.bytes == 10 && bounds.calls == 1)
        // Too large is too large, also where nothing would have room.
        #expect(bounds.admit(bodyBytes: .max, calls: 9) == .bodyTooLarge)
    }

    @Test func theMemoryBound() {
        var bounds = bounds()
        #expect(bounds.admit(bodyBytes: 10, calls: 1) == nil)
        #expect(bounds.admit(bodyBytes: 10, calls: 1) == nil)
        #expect(bounds.admit(bodyBytes: 6, calls: 1) == .mirrorQueueFull)
        #expect(bounds.admit(bodyBytes: 5, calls: 1) == nil)
        #expect(bounds.bytes == 25 && bounds.calls == 3)
        bounds.release(bodyBytes: 10, calls: 1)
        #expect(bounds.admit(bodyBytes: 10, calls: 1) == nil)
    }

    @Test func theBoundOfCalls() {
        var bounds = bounds()
        #expect(bounds.admit(bodyBytes: 0, calls: 3) == nil)
        #expect(bounds.admit(bodyBytes: 0, calls: 2) == .mirrorQueueFull)
        #expect(bounds.calls == 3)
        #expect(bounds.admit(bodyBytes: 0, calls: 1) == nil)
        #expect(bounds.admit(bodyBytes: 0, calls: 1) == .mirrorQueueFull)
        bounds.release(bodyBytes: 0, calls: 1)
        #expect(bounds.admit(bodyBytes: 0, calls: 1) == nil)
    }

    @Test func numbersThatMakeNoSense() {
        var bounds = bounds()
        #expect(bounds.admit(bodyBytes: -5, calls: -5) == nil)
        bounds.release(bodyBytes: .max, calls: .max)
        bounds.release(bodyBytes: .min, calls: .min)
        #expect(bounds.bytes == 0 && bounds.calls == 0)
        #expect(bounds.admit(bodyBytes: 0, calls: .max) == .mirrorQueueFull)
        var none = self.bounds(body: 0, memory: 0, calls: 0)
        #expect(none.admit(bodyBytes: 0, calls: 1) == .mirrorQueueFull)
        #expect(none.admit(bodyBytes: 1, calls: 0) == .bodyTooLarge)
    }

    /// Any order of taking and giving back: never above a bound, refused only where a bound says so, empty in the end.
    @Test(arguments: SeededGenerator.seeds)
    func anyOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bounds = bounds(body: 10, memory: 60, calls: 12)
        var held: [(bytes: Int, calls: Int)] = []
        for _ in 0..<5_000 {
            if Bool.random(using: &generator), let place = held.indices.randomElement(using: &generator) {
                let call = held.remove(at: place)
                bounds.release(bodyBytes: call.bytes, calls: call.calls)
            } else {
                let call = (bytes: Int.random(in: 0...12, using: &generator), calls: Int.random(in: 1...4, using: &generator))
                let bytes = held.reduce(0) { $0 + $1.bytes } + call.bytes
                let calls = held.reduce(0) { $0 + $1.calls } + call.calls
                let expected: SkipReason? = call.bytes > 10 ? .bodyTooLarge : bytes > 60 || calls > 12 ? .mirrorQueueFull : nil
                #expect(bounds.admit(bodyBytes: call.bytes, calls: call.calls) == expected)
                if expected == nil { held.append(call) }
            }
            #expect(bounds.bytes == held.reduce(0) { $0 + $1.bytes } && bounds.calls == held.reduce(0) { $0 + $1.calls })
        }
    }
}
