internal import Exchange

// The place of each word of a fixed vocabulary in the arrays that are kept for it: cheaper than hashing its text.

extension Role {
    var place: Int {
        switch self {
        case .primary: 0
        case .mirror: 1
        }
    }
}

extension DeliveryResult {
    var place: Int {
        switch self {
        case .delivered: 0
        case .dead: 1
        case .skipped: 2
        case .compensated: 3
        }
    }
}

extension SkipReason {
    var place: Int {
        switch self {
        case .mirrorQueueFull: 0
        case .bodyTooLarge: 1
        case .cancelled: 2
        case .rateLimited: 3
        case .breakerOpen: 4
        case .paused: 5
        case .shutdown: 6
        case .spoolFull: 7
        }
    }
}

extension ErrorClass {
    var place: Int {
        switch self {
        case .dns: 0
        case .connectRefused: 1
        case .connectTimeout: 2
        case .tls: 3
        case .firstByteTimeout: 4
        case .totalTimeout: 5
        case .reset: 6
        case .protocol: 7
        case .http4xx: 8
        case .http429: 9
        case .http5xx: 10
        case .cancelled: 11
        case .breakerOpen: 12
        case .rateLimited: 13
        case .bodyTooLarge: 14
        case .spoolFull: 15
        case .noRoute: 16
        case .loop: 17
        }
    }

    /// The classes that a call on the wire can end with: their counters exist from the start.
    static let onTheWire: [ErrorClass] = [
        .dns, .connectRefused, .connectTimeout, .tls, .firstByteTimeout, .totalTimeout, .reset, .protocol, .http4xx, .http429,
        .http5xx, .cancelled,
    ]

    /// Those of them after which another attempt may be worth while.
    static let repeatable = onTheWire.filter { $0 != .cancelled }
}

/// The label `method`: the nine of RFC 9110, 9.3 and RFC 5789, and one word for every other.
enum MethodLabel {
    static let names = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "_OTHER"]

    /// Methods are case-sensitive (RFC 9110, 9.1): `get` is another one.
    static func place(_ method: String) -> Int {
        switch method {
        case "GET": 0
        case "POST": 1
        case "PUT": 2
        case "PATCH": 3
        case "DELETE": 4
        case "HEAD": 5
        case "OPTIONS": 6
        case "TRACE": 7
        case "CONNECT": 8
        default: 9
        }
    }
}

/// The label `code`: three digits as received where RFC 9110, 15 knows the class, else one word.
enum StatusLabel {
    static let count = 501
    /// What an exchange ends with whose application went away before it got a status.
    static let clientGone = 499

    static func place(_ status: Int) -> Int { 100...599 ~= status ? status - 100 : 500 }

    static func name(_ place: Int) -> String { place < 500 ? String(place + 100) : "other" }
}
