internal import Exchange

/// The fields that `Connection` names: of one connection alone, and so not to be passed on (RFC 9110, 7.6.1).
///
/// `Host` and `Via` stay even where it names them: no request may go without a Host, and a loop must not hide its trail.
/// Anything else goes, as the RFC says without exception.
struct ConnectionOptions {
    private var names: [[UInt8]] = []

    /// Whether a field's value says something beyond `close` and `keep-alive`, which name no field of consequence.
    static func namesFields(_ value: UnsafeRawBufferPointer) -> Bool {
        !Headers.equal(value, literal: "keep-alive") && !Headers.equal(value, literal: "close") && !value.isEmpty
    }

    init(_ headers: Headers) {
        headers.forEach("connection") { value in
            for option in value.split(separator: UInt8(ascii: ",")) {
                let name = OptionalWhitespace.trimmed(UnsafeRawBufferPointer(rebasing: option))
                guard !name.isEmpty, !Headers.equal(name, "host"), !Headers.equal(name, "via") else { continue }
                names.append(name.map(ASCII.lowercase))
            }
        }
    }

    func name(_ field: UnsafeRawBufferPointer) -> Bool {
        names.contains { name in
            name.count == field.count && zip(name, field).allSatisfy { $0 == ASCII.lowercase($1) }
        }
    }
}
