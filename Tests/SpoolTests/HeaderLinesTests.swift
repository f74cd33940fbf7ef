import Exchange
import Foundation
import NIOCore
@testable import Spool
import Testing

@Suite struct HeaderLinesTests {
    private func headers(_ fields: [([UInt8], [UInt8])]) -> Headers {
        var headers = Headers()
        for (name, value) in fields {
            name.withUnsafeBytes { name in value.withUnsafeBytes { headers.append(name: name, value: $0) } }
        }
        return headers
    }

    @Test func asPeopleReadThem() {
        let data = HeaderLines.data(Headers(["Host": "a", "X": "", "x": " b: c "]))
        #expect(String(decoding: data, as: UTF8.self) == "Host: a\r\nX: \r\nx:  b: c \r\n")
        #expect(HeaderLines.data(Headers()).isEmpty && HeaderLines.headers(Data())?.isEmpty == true)
    }

    /// Whatever bytes names and values are made of, the same come back.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func anyBytes(_ seed: UInt64) {
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let alphabet: [UInt8] = [0, 0x0A, 0x0D, 0x20, 0x3A, 0x61, 0xC3, 0xFF]
        for _ in 0..<200 {
            let fields = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                (0..<2).map { _ in
                    (0..<Int.random(in: 0...5, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
                }
            }
            let headers = headers(fields.map { ($0[0], $0[1]) })
            #expect(HeaderLines.headers(HeaderLines.data(headers)) == headers, "\(fields)")
        }
    }

    @Test(arguments: ["x", "Host: a", "Host: a\r", "Host:a\r\n", "Host\r\n", "\u{0}", "\u{0}\u{9}\u{0}\u{0}\u{0}a"])
    func damagedOnes(_ text: String) {
        let isEmptyList = text == "\u{0}"
        #expect((HeaderLines.headers(Data(text.utf8)) == nil) == !isEmptyList)
    }

    @Test func checksumsAreThoseOfGzip() {
        #expect(Checksum.of("1234", "56", Data("78".utf8), ByteBuffer(string: "9")) == 0xCBF4_3926)
        #expect(Checksum.of("", "", Data(), nil) == 0)
    }

    @Test func idsFromText() {
        var generator = SeededGenerator(seed: 5)
        let (exchange, trace, span) = (ExchangeID(at: .now(), using: &generator), TraceID(using: &generator), SpanID(using: &generator))
        #expect(ExchangeID(column: exchange.description) == exchange)
        #expect(TraceID(column: trace.description) == trace && SpanID(column: span.description) == span)
        for text in ["", "x", String(repeating: "0", count: 36), exchange.description.uppercased() + "0"] {
            #expect(ExchangeID(column: text) == nil && TraceID(column: text) == nil && SpanID(column: text) == nil)
        }
    }
}
