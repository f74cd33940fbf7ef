internal import ArgumentParser
internal import Exchange

/// Where a sidecar's admin listener is asked: `127.0.0.1:4101`, `[::1]:4101`, `sidecar.internal:4101` or `unix:/path`.
struct AdminAddress: ExpressibleByArgument, Equatable, CustomStringConvertible {
    enum Place: Equatable {
        /// Host without brackets.
        case ip(host: String, port: Int)
        case unix(path: String)
    }

    let place: Place

    static let usual = AdminAddress(place: .ip(host: "127.0.0.1", port: 4101))

    private init(place: Place) { self.place = place }

    init?(argument: String) {
        if argument.hasPrefix("unix:") {
            let path = String(argument.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
            place = .unix(path: path)
            return
        }
        // As it stands in a browser's or a log's line.
        let text = argument.hasPrefix("http://") ? argument.dropFirst(7) : argument[...]
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy(AdminAddress.isOfHosts) else { return nil }
        place = .ip(host: String(host), port: Int(port))
    }

    /// Where a listener of these settings is reached from this machine.
    init(_ listen: ListenAddress) {
        switch listen {
        case .unix(let path): place = .unix(path: path)
        case .ip("0.0.0.0", let port): place = .ip(host: "127.0.0.1", port: port)
        case .ip("::", let port): place = .ip(host: "::1", port: port)
        case .ip(let host, let port): place = .ip(host: host, port: port)
        }
    }

    /// Letters, digits and what else names and addresses are made of: nothing that would be read as another part of a URL.
    private static func isOfHosts(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
        default: false
        }
    }

    /// What a path is appended to.
    var base: String {
        switch place {
        case .unix: "http://localhost"
        case .ip(let host, let port): host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        }
    }

    var description: String {
        switch place {
        case .unix(let path): "unix:\(path)"
        case .ip: String(base.dropFirst(7))
        }
    }
}
