internal import Configuration
internal import Foundation

/// Dead letters as tables and text.
enum LetterTables {
    static func list(_ letters: [LetterEntry], now: Date) -> Table {
        var table = Table([
            .init(heading: "ID", isNumber: true), .init(heading: "ENDED"), .init(heading: "UPSTREAM", least: 12),
            .init(heading: "ROUTE", least: 8), .init(heading: "REASON"), .init(heading: "ATTEMPTS", isNumber: true),
            .init(heading: "CALL", least: 12),
        ])
        for letter in letters {
            table.append([
                String(letter.id), Ago.text(letter.settledAt, now: now), letter.upstream, letter.route,
                AttemptRow.result(letter.lastStatus, letter.lastClass), String(letter.attempts), "\(letter.method) \(letter.target)",
            ])
        }
        return table
    }

    static func facts(_ letter: LetterEntry, now: Date) -> Facts {
        Facts([
            ("dead letter", String(letter.id)), ("exchange", letter.exchangeId), ("route", letter.route), ("upstream", letter.upstream),
            ("call", "\(letter.method) \(letter.target)"), ("body", letter.bodyBytes.map { "\($0) bytes" }),
            ("received", Ago.text(letter.receivedAt, now: now) + ", " + letter.receivedAt),
            ("ended dead", letter.settledAt.map { Ago.text($0, now: now) + ", " + $0 }),
            ("reason", AttemptRow.result(letter.lastStatus, letter.lastClass)), ("attempts", String(letter.attempts)),
            ("replays", String(letter.replays)), ("trace", letter.traceId),
        ])
    }

    /// How each answer began, where there was one: its lines set in, made fit for a terminal.
    static func answers(_ history: [AttemptRow]) -> String {
        history.compactMap { attempt in
            let shown = attempt.answer ?? attempt.answerBase64.map { "(base64) " + $0 }
            guard let shown, !shown.isEmpty else { return nil }
            let lines = shown.split(whereSeparator: \.isNewline).map { "    " + Printable.text(String($0)) + "\n" }
            return "\nanswer to attempt \(attempt.number)\n" + lines.joined()
        }.joined()
    }
}
