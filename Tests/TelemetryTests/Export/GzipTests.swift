import Testing

@testable import Telemetry

@Suite("gzip")
struct GzipTests {
    @Test("One stream serves texts of all sizes one after another, each whole in itself")
    func roundTrips() throws {
        let gzip = try #require(Gzip())
        for size in [0, 1, 2, 100, 65_535, 65_536, 65_537, 1_000_000, 3, 0] {
            let text = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
            let zipped = try #require(gzip.compressed(text))
            #expect(zipped.starts(with: [0x1F, 0x8B]))
            #expect(try gunzip(zipped) == text)
        }
    }

    @Test("What can't be compressed still fits")
    func noise() throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<500_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let gzip = try #require(Gzip())
        #expect(try gunzip(#require(gzip.compressed(noise))) == noise)
    }

    @Test("Spans become a good deal smaller")
    func spans() throws {
        let batch = SpanFixtures.batch()
        let text = batch.written((0..<512).map { .attempt(SpanFixtures.attempt(target: "/orders/\($0)")) })
        batch.rewind()
        let gzip = try #require(Gzip())
        let zipped = try withExtendedLifetime(gzip) { try #require(gzip.compressed(batch)?.whole()) }
        #expect(zipped.count * 5 < text.count)
        #expect(try gunzip(zipped) == text)
    }
}

extension Gzip {
    fileprivate func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.withUnsafeBytes { bytes in
            let text = WholeText()
            text.hold(bytes)
            return withExtendedLifetime(self) { compressed(text)?.whole() }
        }
    }
}
