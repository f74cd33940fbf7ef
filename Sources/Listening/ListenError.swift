package import Exchange

/// Why an address can't be listened on: one sentence each that says what to change.
package enum ListenError: Error, Sendable, Equatable, CustomStringConvertible {
    case inUse(ListenAddress)
    case notAvailable(ListenAddress)
    case notPermitted(ListenAddress)
    case notLoopback(ListenAddress)
    case notAnAddress(ListenAddress)
    case invalidPort(ListenAddress)
    case pathTooLong(ListenAddress, limit: Int)
    case pathInUse(ListenAddress)
    case pathIsNoSocket(ListenAddress)
    case directoryMissing(ListenAddress)
    case failed(ListenAddress, reason: String)

    package var description: String {
        switch self {
        case .inUse(let address):
            "\(address) is in use by another process: stop that one, or choose another port."
        case .notAvailable(let address):
            "\(address) is not an address of this machine: use 127.0.0.1, ::1 or localhost."
        case .notPermitted(let address):
            "Listening on \(address) is not permitted: choose a port above 1023, or a directory that this user may write to."
        case .notLoopback(let address):
            "\(address) can be reached from other machines: use a loopback address, or set allow_remote: true."
        case .notAnAddress(let address):
            "\(address) does not name an IP address: use 127.0.0.1, ::1 or localhost, or unix:/path."
        case .invalidPort(let address):
            "\(address) has no port between 0 and 65535."
        case .pathTooLong(let address, let limit):
            "The path of \(address) is too long for a socket: use one of at most \(limit) bytes."
        case .pathInUse(let address):
            "Another process listens on \(address): stop that one, or choose another path."
        case .pathIsNoSocket(let address):
            "There is a file at the path of \(address) that is not a socket: remove it, or choose another path."
        case .directoryMissing(let address):
            "The directory of \(address) does not exist: create it, or choose another path."
        case .failed(let address, let reason):
            "Listening on \(address) failed: \(reason)"
        }
    }
}
