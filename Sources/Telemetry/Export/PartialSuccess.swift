internal import Foundation

/// `ExportTraceServiceResponse`, or that of metrics or logs, in its JSON form: what of an accepted request was not taken.
struct PartialSuccess: Sendable, Equatable {
    /// Spans, data points or log records.
    var rejectedSpans = 0
    /// One line of at most `longestMessage` characters; empty for none.
    var message = ""

    static let longestMessage = 200

    /// What can't be read says nothing: the request was accepted all the same.
    init(_ body: [UInt8]) {
        // `{}`, and nothing, are what nearly every answer is.
        guard body.count > 2, let answer = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
            let partial = answer["partialSuccess"] as? [String: Any]
        else { return }
        rejectedSpans = PartialSuccess.integer(partial["rejectedSpans"] ?? partial["rejectedDataPoints"] ?? partial["rejectedLogRecords"])
        message = PartialSuccess.line(partial["errorMessage"] as? String ?? "")
    }

    /// A 64-bit integer is a decimal string in the JSON form of Protocol Buffers; readers take a number too.
    private static func integer(_ value: Any?) -> Int {
        switch value {
        case let text as String: Int(text) ?? 0
        case let number as NSNumber: Int(exactly: number.doubleValue.rounded()) ?? 0
        default: 0
        }
    }

    private static func line(_ text: String) -> String {
        String(text.prefix(longestMessage).map { $0.isNewline || $0.asciiValue.map { $0 < 0x20 } == true ? " " : $0 })
    }
}
