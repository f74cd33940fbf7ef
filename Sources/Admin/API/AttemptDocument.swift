internal import Exchange
internal import Foundation
internal import NIOCore
internal import Spool
internal import Telemetry

/// One attempt as the API shows it.
enum AttemptDocument {
    static func members(_ entry: AttemptEntry) -> [(name: String, value: JSON)] {
        let (start, end) = (entry.startedAt.nanosecondsSinceEpoch, entry.endedAt.nanosecondsSinceEpoch)
        return [
            ("number", JSON(entry.number)), ("started_at", JSON(entry.startedAt)),
            ("duration_ms", JSON(Double(end > start ? end - start : 0) / 1e6)), ("class", JSON(entry.errorClass?.rawValue)),
            ("status", JSON(entry.status)), ("detail", .string(entry.detail)),
        ]
    }

    /// - Parameter start: of its exchange.
    static func members(_ attempt: RecentExchange.Attempt, from start: Moment) -> [(name: String, value: JSON)] {
        let firstByte = attempt.firstByteAt.map { Double($0.nanoseconds(since: attempt.startedAt)) / 1e6 }
        return [
            ("number", JSON(attempt.number)), ("started_at", JSON(start.wall(at: attempt.startedAt))),
            ("offset_ms", JSON(Double(attempt.startedAt.nanoseconds(since: start.monotonic)) / 1e6)),
            ("duration_ms", JSON(Double(attempt.endedAt.nanoseconds(since: attempt.startedAt)) / 1e6)), ("first_byte_ms", JSON(firstByte)),
            ("class", JSON(attempt.errorClass?.rawValue)), ("status", JSON(attempt.status)), ("detail", .string(attempt.detail)),
        ]
    }

    /// How the answer began: `answer` where it is UTF-8 text, else `answer_base64`.
    static func answer(_ entry: AttemptEntry) -> (name: String, value: JSON) {
        guard let buffer = entry.answer else { return ("answer", .null) }
        let bytes = buffer.readableBytesView.prefix(AttemptEntry.answerLimit)
        // What was cut off in the middle of a character is text all the same.
        for cut in 0...(bytes.count == AttemptEntry.answerLimit ? 3 : 0) {
            if let text = String(validating: bytes.dropLast(cut), as: UTF8.self) { return ("answer", .string(text)) }
        }
        return ("answer_base64", .string(Data(bytes).base64EncodedString()))
    }
}
