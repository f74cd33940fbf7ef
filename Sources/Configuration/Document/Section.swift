internal import Exchange
import Yams

/// A block whose keys are known. What is asked for is what is known: an unknown key is one that no reader asked for.
final class Section {
    let trail: Trail
    let reading: Reading
    private let place: Place
    private var entries: [(name: String, place: Place, node: Node)] = []
    private var known: [String] = []
    private let hidesKeys: Bool

    /// - Parameter hidesKeys: whether an unknown key may be a secret that was written in the wrong place.
    init(_ mapping: Node.Mapping, at trail: Trail, place: Place, hidesKeys: Bool, in reading: Reading) {
        self.hidesKeys = hidesKeys
        self.trail = trail
        self.reading = reading
        self.place = place
        for (key, node) in mapping {
            let keyPlace = key.mark.map { Place.file(line: $0.line, column: $0.column) } ?? place
            guard let name = key.scalar?.string else {
                reading.error(Complaint("a key has to be a text", code: .wrongType), at: trail, place: keyPlace)
                continue
            }
            entries.append((name, keyPlace, node))
        }
    }

    // MARK: Reading

    func has(_ key: String) -> Bool { entries.contains { $0.name == key } }

    /// nil where the key is not there.
    func value(_ key: String) -> Value? {
        known.append(key)
        guard let entry = entries.first(where: { $0.name == key }) else { return nil }
        return Value(entry.node, at: trail.key(key), keyPlace: entry.place, in: reading)
    }

    /// Reports a key that is not there.
    ///
    /// - Parameter example: the line to write.
    func required(_ key: String, example: String) -> Value? {
        let value = value(key)
        if value == nil {
            reading.error(
                Complaint("'\(key)' is missing", code: .missingValue, hint: "write for example  \(example)"), at: trail,
                place: place)
        }
        return value
    }

    func read<Result>(_ key: String, as form: Form<Result>, into setting: inout Result) {
        if let result = value(key)?.read(as: form) { setting = result }
    }

    func section(_ key: String, _ body: (Section) -> Void) {
        value(key)?.section { body($0) }
    }

    // MARK: Unknown keys

    func reportUnknownKeys() {
        for entry in entries where !known.contains(entry.name) {
            let isShown = !hidesKeys || NearestName.of(entry.name, among: known) != nil
            reading.error(complaint(about: entry.name), at: isShown ? trail.key(entry.name) : trail, place: entry.place)
        }
    }

    private func complaint(about name: String) -> Complaint {
        guard name != "<<" else {
            return Complaint(
                "merge keys are not supported", code: .unknownKey, hint: "write the keys out, or take a whole block by an alias")
        }
        return Complaint("unknown key", code: .unknownKey, hint: NearestName.hint(for: name, among: known))
    }
}

extension Complaint {
    static func notAvailable(_ what: String, use instead: String) -> Complaint {
        Complaint("\(what) is not available in this version: use \(instead)", code: .notAvailable)
    }
}
