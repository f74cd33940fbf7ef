/// What the collector keeps of one span: what a person reads in a tree.
struct Span: Sendable, Equatable {
    enum Kind: Int, Sendable, CaseIterable {
        case unspecified = 0
        case `internal` = 1
        case server = 2
        case client = 3
        case producer = 4
        case consumer = 5

        var name: String {
            switch self {
            case .unspecified: "UNSPECIFIED"
            case .internal: "INTERNAL"
            case .server: "SERVER"
            case .client: "CLIENT"
            case .producer: "PRODUCER"
            case .consumer: "CONSUMER"
            }
        }
    }

    /// 32 lower-case hexadecimal digits.
    var traceID = ""
    /// 16 lower-case hexadecimal digits.
    var spanID = ""
    /// Empty for a root.
    var parentID = ""
    var name = ""
    var kind = Kind.unspecified
    /// Nanoseconds since 1970.
    var start: UInt64 = 0
    var end: UInt64 = 0
    /// OTLP's status code 2.
    var isError = false
    var service: String?
    var upstream: String?
    var role: String?
    var status: Int?
    var errorClass: String?
    var result: String?
    /// 0 for a first attempt.
    var resendCount = 0
    /// Names of what happened within.
    var events: [String] = []

    var duration: UInt64 { end > start ? end - start : 0 }
}
