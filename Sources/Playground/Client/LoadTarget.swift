import Foundation

/// Where calls go: a loopback address, and nothing else, since this client is there to make load.
struct LoadTarget: Sendable, Equatable {
    var host: String
    var port: Int
    /// The value of `Host`.
    var authority: String
    /// What goes before every path.
    var prefix: String

    /// - Throws: a sentence that says what is wrong with the address.
    init(_ url: String) throws(Refusal) {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host, !host.isEmpty else {
            throw Refusal("'\(url)' is no address to call: write http://127.0.0.1:4100")
        }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        guard LoadTarget.isLoopback(bare) else {
            throw Refusal("'\(bare)' is not this machine: the client makes load and calls 127.0.0.1, [::1] and localhost only")
        }
        self.host = bare == "localhost" ? "127.0.0.1" : bare
        self.port = parts.port ?? 80
        self.authority = "\(bare.contains(":") ? "[\(bare)]" : bare):\(self.port)"
        let path = parts.percentEncodedPath
        self.prefix = path.hasSuffix("/") ? String(path.dropLast()) : path
        guard (1...65535).contains(self.port) else { throw Refusal("'\(url)' has a port beyond 65535") }
    }

    /// 127.0.0.0/8 written as four numbers, ::1, or the name localhost.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
