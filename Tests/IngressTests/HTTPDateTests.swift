import Exchange
import NIOCore
import Testing

@testable import Ingress

#if canImport(Glibc)
import Glibc
#endif

@Suite struct HTTPDateTests {
    private func text(_ seconds: Int) -> String {
        var output = ByteBuffer()
        let time = WallTime(nanosecondsSinceEpoch: UInt64(seconds) * 1_000_000_000 + 999_999_999)
        output.writeHead(room: 64) { HTTPDate.write(time, to: &$0) }
        return String(buffer: output)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
    func datesOfNote(seconds: Int, expected: String) {
        #expect(text(seconds) == expected)
    }

    @Test func everyThirdDayOfTwoCenturiesIsWhatTheSystemSays() {
        for day in stride(from: 0, to: 73_000, by: 3) {
            var seconds = time_t(day * 86_400 + day % 86_400)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            var buffer = [CChar](repeating: 0, count: 64)
            let length = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            let expected = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
            #expect(text(Int(seconds)) == expected)
        }
    }
}
