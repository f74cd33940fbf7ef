/// A JSON pointer (RFC 6901) in which `*` stands for any member or element: `/items/*/id`.
package struct PointerPattern: Sendable, Hashable {
    let tokens: [[UInt8]]

    /// nil for what is not such a pointer, and for the empty one, which points to the whole document.
    package init?(_ text: String) {
        guard let pointer = JSONPointer(text) else { return nil }
        tokens = pointer.tokens
    }

    static let any = [UInt8(ascii: "*")]

    /// One token as it stands in a pointer.
    static func escaped(_ token: [UInt8]) -> String {
        String(decoding: token, as: UTF8.self).replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

/// Several patterns on the way down a document: what is left of each that fits the way so far.
struct PointerPatterns {
    private var rests: [ArraySlice<[UInt8]>]

    init(_ patterns: [PointerPattern]) { rests = patterns.map { $0.tokens[...] } }

    /// Whether one of them points here.
    var isHere: Bool { rests.contains(where: \.isEmpty) }

    /// What is left one step further down.
    func below(_ token: [UInt8]) -> PointerPatterns {
        guard !rests.isEmpty else { return self }
        var below = self
        below.rests = rests.compactMap { rest in
            guard let first = rest.first, first == token || first == PointerPattern.any else { return nil }
            return rest.dropFirst()
        }
        return below
    }
}
