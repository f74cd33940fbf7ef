package import Exchange
internal import NIOCore

extension ListenAddress {
    /// Whether only this machine can reach the address: a Unix-domain socket, `localhost`, 127.0.0.0/8, ::1, or the
    /// former as IPv4-mapped IPv6 addresses.
    package var isLoopback: Bool {
        guard case .ip(let host, _) = self else { return true }
        if host.lowercased() == "localhost" { return true }
        guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
        switch address {
        case .v4(let address): return withUnsafeBytes(of: address.address.sin_addr) { $0[0] == 127 }
        case .v6(let address): return withUnsafeBytes(of: address.address.sin6_addr) { Self.isLoopback(v6: $0) }
        case .unixDomainSocket: return true
        }
    }

    private static func isLoopback(v6 bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes[0..<10].allSatisfy({ $0 == 0 }) else { return false }
        if bytes[10] == 0xFF, bytes[11] == 0xFF { return bytes[12] == 127 }
        return bytes[10..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }
}
