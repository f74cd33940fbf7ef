internal import NIOHTTP1

/// What a path of the admin listener leads to.
enum Endpoint: Equatable {
    case page
    case metrics
    case live
    case ready
    case configuration
    case upstreams
    case history
    case tap
    case agreement
    case exchanges
    /// What stands in the id's place, whatever it is.
    case exchange(String)
    case deadLetters
    case deadLetter(String)
    case replay
    case discard

    init(_ path: Substring) throws(AdminProblem) {
        switch path {
        case "/": self = .page
        case "/metrics": self = .metrics
        case "/livez": self = .live
        case "/readyz": self = .ready
        case "/api/config": self = .configuration
        case "/api/upstreams": self = .upstreams
        case "/api/history": self = .history
        case "/api/tap": self = .tap
        case "/api/agreement": self = .agreement
        case "/api/exchanges": self = .exchanges
        case "/api/dead-letters": self = .deadLetters
        case "/api/dead-letters/replay": self = .replay
        case "/api/dead-letters/discard": self = .discard
        default:
            if let id = Endpoint.segment(of: path, below: "/api/exchanges/") {
                self = .exchange(id)
            } else if let id = Endpoint.segment(of: path, below: "/api/dead-letters/") {
                self = .deadLetter(id)
            } else {
                throw AdminProblem(.notFound, Endpoint.known)
            }
        }
    }

    private static let known =
        "There is the page at /, and /metrics, /livez, /readyz, /api/config, /api/upstreams, /api/history, /api/agreement, /api/exchanges, "
        + "/api/tap and /api/dead-letters here."

    private static func segment(of path: Substring, below folder: String) -> String? {
        guard path.hasPrefix(folder) else { return nil }
        let rest = path.dropFirst(folder.count)
        return rest.isEmpty || rest.contains("/") ? nil : String(rest)
    }

    /// Whether it is answered under any name: what is scraped and probed is reached by those of a network.
    var isOpen: Bool {
        switch self {
        case .metrics, .live, .ready: true
        default: false
        }
    }

    /// Whether it is part of the API, for which a token may be wanted; the page itself tells nothing.
    var isAPI: Bool { !isOpen && self != .page }

    var methods: [HTTPMethod] {
        switch self {
        case .replay, .discard: [.POST]
        case .tap: [.GET]
        case .deadLetter: [.GET, .HEAD, .DELETE]
        default: [.GET, .HEAD]
        }
    }
}
