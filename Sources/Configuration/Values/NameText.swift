/// Names of upstreams and routes: labels of metrics, so short and plain.
enum NameText {
    /// Words that `respond` has a meaning of its own for.
    static let reserved = ["accepted", "first", "all"]

    static let form = Form<String>("a name") { text throws(Complaint) in
        if let complaint = complaint(about: text) { throw complaint }
        return text
    }

    static func complaint(about name: String) -> Complaint? {
        guard (1...64).contains(name.utf8.count),
            name.utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
        else {
            return Complaint("a name is 1 to 64 letters, digits, '.', '_' or '-'")
        }
        return nil
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
