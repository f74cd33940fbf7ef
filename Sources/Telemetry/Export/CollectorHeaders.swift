internal import Exchange
internal import Logging

/// The header fields that the configuration adds to each request: read once, those of files followed as they change.
final class CollectorHeaders {
    private struct Field {
        var name: String
        var secret: Secret
        /// nil until the secret could be read.
        var reader: SecretReader?
        var isReported = false
    }

    /// What the exporter itself says of the body; another word on it would make the request two requests.
    static let reserved = ["content-type", "content-encoding", "content-length", "transfer-encoding", "expect"]

    private var fields: [Field]
    private let signal: ExportSignal
    private let log: Logger

    init(_ headers: [(name: String, value: Secret)], of signal: ExportSignal, log: Logger) {
        fields = headers.map { Field(name: $0.name, secret: $0.value) }
        self.signal = signal
        self.log = log
    }

    /// The fields as they stand, in the form libcurl takes. One that has no value, or none that may be sent, is left out, and
    /// the log says so once.
    func lines() -> [String] {
        fields.indices.compactMap { place in
            guard !CollectorHeaders.reserved.contains(fields[place].name.lowercased()) else {
                report(place, "this one is set by the exporter; take it out of the configuration")
                return nil
            }
            guard let value = value(at: place) else { return nil }
            guard let line = CollectorHeaders.line(fields[place].name, value) else {
                report(place, "its value holds a line break or another character that no header may hold")
                return nil
            }
            fields[place].isReported = false
            return line
        }
    }

    /// nil where the name or the value would break the request's head apart.
    static func line(_ name: String, _ value: String) -> String? {
        guard Token.isWhole(name.utf8), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            return nil
        }
        // libcurl takes `Name:` as the wish to send no such field, and `Name;` as one without a value.
        return value.isEmpty ? "\(name);" : "\(name): \(value)"
    }

    private func value(at place: Int) -> String? {
        if let reader = fields[place].reader { return reader.current() }
        do throws(SecretError) {
            let reader = try SecretReader(fields[place].secret)
            fields[place].reader = reader
            return reader.current()
        } catch {
            report(place, error.description)
            return nil
        }
    }

    private func report(_ place: Int, _ reason: String) {
        guard !fields[place].isReported else { return }
        fields[place].isReported = true
        log.warning(
            "\(signal.rawValue) are sent without a header of telemetry.otlp.headers",
            metadata: ["header": "\(fields[place].name)", "detail": "\(reason)"])
    }
}
