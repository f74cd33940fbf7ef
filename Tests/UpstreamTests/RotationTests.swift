import Testing

@testable import Upstream

/// Requests leave a connection before its upstream ends it by their number.
@Suite struct RotationTests {
    private let mailbox: Mailbox
    private let readiness: Readiness

    init() throws {
        mailbox = try Mailbox(inFlight: 1)
        readiness = try Readiness(bell: mailbox.bell, gauges: [Gauge(limit: 1)])
    }

    /// Carries so many requests out, one after another, on a connection of this descriptor; its port is the same number.
    private func carry(_ count: Int, on descriptor: Int32, _ rotation: inout Rotation, opens: Bool = false) {
        for number in 0..<count {
            let generation = rotation.begin(hasRoom: true)
            let socket = opens && number == 0 ? readiness.opened(descriptor, origin: 0) : nil
            rotation.connected(generation, port: descriptor, opened: socket)
            rotation.ended(generation)
        }
    }

    @Test func theyStayWhileTheyAreFew() {
        var rotation = Rotation()
        carry(Rotation.requests - 1, on: 1000, &rotation, opens: true)
        #expect(rotation.begin(hasRoom: true) == 0)
        #expect(rotation.takeUnused().isEmpty)
    }

    @Test func oneGoesAheadAndTheOthersFollowOnceItIsConnected() {
        var rotation = Rotation()
        carry(Rotation.requests, on: 1000, &rotation, opens: true)
        let running = rotation.current
        let ahead = rotation.begin(hasRoom: true)
        #expect(ahead != running)
        #expect((0..<100).allSatisfy { _ in rotation.begin(hasRoom: true) == running })
        rotation.connected(ahead, port: 1001, opened: readiness.opened(1001, origin: 0))
        #expect(rotation.begin(hasRoom: true) == ahead)
        for number in 0..<100 {
            #expect(rotation.takeUnused().isEmpty, "\(number) of 100 are over")
            rotation.ended(running)
        }
        #expect(rotation.takeUnused().map(\.descriptor) == [1000])
        #expect(rotation.takeUnused().isEmpty)
    }

    @Test func anotherOneTriesWhereTheFirstCameToNoConnection() {
        var rotation = Rotation()
        carry(Rotation.requests, on: 1000, &rotation, opens: true)
        let ahead = rotation.begin(hasRoom: true)
        rotation.ended(ahead)
        #expect(rotation.current == 0)
        #expect(rotation.begin(hasRoom: true) == ahead)
        #expect(rotation.begin(hasRoom: true) == 0)
    }

    @Test func theyStayWhereNoOtherConnectionMayBeOpenBesides() {
        var rotation = Rotation()
        carry(Rotation.requests, on: 1000, &rotation, opens: true)
        #expect((0..<10).allSatisfy { _ in rotation.begin(hasRoom: false) == 0 })
        #expect(rotation.begin(hasRoom: true) != 0)
    }

    @Test func eachConnectionCountsForItself() {
        var rotation = Rotation()
        for descriptor in 1000..<1010 { carry(Rotation.requests - 1, on: Int32(descriptor), &rotation, opens: true) }
        #expect(rotation.begin(hasRoom: true) == 0)
        rotation.ended(0)
        carry(1, on: 1003, &rotation)
        let ahead = rotation.begin(hasRoom: true)
        #expect(ahead != 0)
        rotation.connected(ahead, port: 1010, opened: readiness.opened(1010, origin: 0))
        #expect(Set(rotation.takeUnused().map(\.descriptor)) == Set(1000..<1010))
    }

    /// An upstream that closes each connection would else be remembered without bound.
    @Test func closedConnectionsAreForgotten() {
        var rotation = Rotation()
        for _ in 0..<Rotation.requests * 2 {
            carry(1, on: 1000, &rotation, opens: true)
            rotation.closing(1000)
        }
        #expect(rotation.begin(hasRoom: true) == 0)
    }

    @Test func longStreamsKeepTheirGenerationAndNoMoreThanThat() {
        var rotation = Rotation()
        var streams: [Int] = []
        for number in 0..<Rotation.generations {
            let descriptor = Int32(1000 + number)
            // Each stream is the one that goes ahead.
            streams.append(rotation.begin(hasRoom: true))
            rotation.connected(streams[number], port: descriptor, opened: readiness.opened(descriptor, origin: 0))
            carry(Rotation.requests, on: descriptor, &rotation)
        }
        #expect(Set(streams).count == Rotation.generations)
        #expect(rotation.takeUnused().isEmpty)
        let last = rotation.current
        #expect(rotation.begin(hasRoom: true) == last, "all others are kept")
        rotation.ended(streams[2])
        #expect(rotation.takeUnused().map(\.descriptor) == [1002])
        #expect(rotation.begin(hasRoom: true) == streams[2])
    }
}
