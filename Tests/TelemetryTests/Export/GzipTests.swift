import Testing

@testable import Telemetry

@Suite("gzip")
struct GzipTests {
    @Test("One stream serves texts of all sizes one after another, each whole in itself")
    func roundTrips() throws {
        let gzip = try #require(Gzip())
        for size in [0, 1, 2, 100, 65_535, 65_536, 65_537, 1_000_000, 3, 0] {
            let text = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
            let zipped = try #require(text.withUnsafeBufferPointer { gzip.compressed($0) { Array($0) } })
            #expect(zipped.starts(with: [0x1F, 0x8B]))
            #expect(try gunzip(zipped) == text)
        }
    }

    @Test("What can't be compressed still fits")
    func noise() throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<500_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let gzip = try #require(Gzip())
        let zipped = try #require(noise.withUnsafeBufferPointer { gzip.compressed($0) { Array($0) } })
        #expect(try gunzip(zipped) == noise)
    }

    @Test("Spans become a good deal smaller")
    func spans() throws {
        var encoder = SpanFixtures.encoder()
        encoder.begin()
        for number in 0..<512 { encoder.append(.attempt(SpanFixtures.attempt(target: "/orders/\(number)"))) }
        encoder.finish()
        let gzip = try #require(Gzip())
        let size = try #require(gzip.compressed(encoder.json.written) { $0.count })
        #expect(size * 5 < encoder.json.array.count)
    }
}
