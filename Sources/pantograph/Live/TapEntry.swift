internal import Configuration
internal import Foundation

/// What a line of the tap says: an exchange that has ended, or how many were missed.
struct TapEntry: Decodable {
    struct Delivery: Decodable {
        var role: String?
        var state: String
        var attempts: Int
        var lastClass: String?
        var lastStatus: Int?
        var skipReason: String?
        var durationMs: Double?
    }

    var receivedAt: String?
    var method: String?
    var target: String?
    var status: Int?
    var `class`: String?
    var durationMs: Double?
    var deliveries: [String: Delivery]?
    var missed: Int?

    /// nil for a line that says nothing that is known.
    init?(_ line: Data) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let entry = try? decoder.decode(TapEntry.self, from: line), entry.missed != nil || entry.method != nil else { return nil }
        self = entry
    }

    /// `12:04:05.123 POST /orders 201 12.3ms  inventory 201 9.10ms  shipping 503 http_5xx 31.0ms 2 attempts`
    func text(_ paint: (String, Terminal.Colour) -> String = { text, _ in text }) -> String {
        guard let method else { return paint("… \(missed ?? 0) missed", .yellow) }
        let time = receivedAt.map { $0.dropFirst(11).prefix(12) } ?? ""
        let outcome = [status.map(String.init) ?? "-", `class`].compactMap(\.self).joined(separator: " ")
        let parts = [
            paint(Printable.text(String(time)), .dim), Printable.text("\(method) \(target ?? "")"),
            paint(Printable.text(outcome), TapEntry.colour(status, `class`)), Ago.latency(durationMs.map { $0 / 1000 }),
        ]
        let deliveries = (deliveries ?? [:]).sorted { ($1.value.role ?? "", $0.key) < ($0.value.role ?? "", $1.key) }
        return ([parts.joined(separator: " ")] + deliveries.map { $0.value.text($0.key, paint) }).joined(separator: "  ")
    }

    fileprivate static func colour(_ status: Int?, _ errorClass: String?) -> Terminal.Colour {
        if let status, status < 400, errorClass == nil { return .green }
        return status.map { $0 < 500 } ?? false ? .yellow : .red
    }
}

extension TapEntry.Delivery {
    fileprivate func text(_ upstream: String, _ paint: (String, Terminal.Colour) -> String) -> String {
        let result: String
        if let skipReason {
            result = paint("skipped " + Printable.text(skipReason), .yellow)
        } else if lastStatus == nil, lastClass == nil {
            result = paint(Printable.text(state), .dim)
        } else {
            let pending = state == "pending" ? " pending" : ""
            let words = Printable.text(AttemptRow.result(lastStatus, lastClass) + pending)
            result = paint(words, TapEntry.colour(lastStatus, lastClass))
        }
        let time = durationMs.map { " " + Ago.latency($0 / 1000) } ?? ""
        return Printable.text(upstream) + " " + result + time + (attempts > 1 ? " \(attempts) attempts" : "")
    }
}
