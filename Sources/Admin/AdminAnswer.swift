internal import Exchange
internal import NIOCore
internal import NIOHTTP1

/// One answer of the admin listener.
struct AdminAnswer: Sendable {
    var status: HTTPResponseStatus
    /// nil of an answer without a body.
    var contentType: String?
    var body: ByteBuffer
    /// For `Allow`, where the method is not one of these.
    var allow: String?
    /// Fields beside those that every answer has.
    var fields: [(name: String, value: String)] = []
    /// The connection ends with it: what is left of the request is not read.
    var closes = false

    init(_ status: HTTPResponseStatus, _ contentType: String?, _ body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func json(_ document: JSON) -> AdminAnswer {
        AdminAnswer(.ok, "application/json", ByteBuffer(string: document.text + "\n"))
    }

    static let noContent = AdminAnswer(.noContent, nil, ByteBuffer())

    init(_ problem: AdminProblem) {
        let document = JSON.object(
            [
                ("type", .string("about:blank")), ("title", .string(problem.status.reasonPhrase)),
                ("status", .integer(Int64(problem.status.code))), ("detail", .string(problem.detail)),
            ] + problem.members.map { ($0.name, .string($0.value)) })
        self.init(problem.status, "application/problem+json", ByteBuffer(string: document.text + "\n"))
        allow = problem.allow
        // RFC 9110, 15.5.2: it says how to be let in.
        if problem.status == .unauthorized { fields = [("www-authenticate", "Bearer")] }
    }
}

/// Why a request of the admin listener is refused: what its answer's `application/problem+json` (RFC 9457) says.
struct AdminProblem: Error, Equatable {
    var status: HTTPResponseStatus
    /// One sentence or two: what is wrong and what to change.
    var detail: String
    /// For `Allow`.
    var allow: String?
    /// Members of the problem beside those of the standard.
    var members: [(name: String, value: String)] = []

    init(_ status: HTTPResponseStatus, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    /// A query parameter, or a member of a body, that can't be used.
    static func parameter(_ name: String, _ complaint: String) -> AdminProblem {
        var problem = AdminProblem(.badRequest, "\(name): \(complaint)")
        problem.members = [("parameter", name)]
        return problem
    }

    static func methodNotAllowed(_ allowed: [HTTPMethod]) -> AdminProblem {
        let names = allowed.map(\.rawValue)
        var problem = AdminProblem(.methodNotAllowed, "Ask with \(names.joined(separator: " or ")).")
        problem.allow = names.joined(separator: ", ")
        return problem
    }

    static func == (left: Self, right: Self) -> Bool { left.status == right.status && left.detail == right.detail }
}
