internal import Exchange
internal import Foundation
internal import Policy
internal import Synchronization

/// The way to one upstream: all that its attempts have in common, prepared once.
final class Road: Sendable {
    let upstream: UpstreamID
    let settings: UpstreamSettings
    let retry: RetrySchedule
    private let outgoing: OutgoingHeaders
    private let secret: SecretReader?
    /// The field made of the secret last read, since most requests find the same one.
    private let rendered = Mutex<(secret: String, field: (name: String, value: String))?>(nil)

    init(_ upstream: UpstreamID, _ settings: UpstreamSettings, via: Via) throws {
        self.upstream = upstream
        self.settings = settings
        self.retry = RetrySchedule(settings.retry)
        self.outgoing = OutgoingHeaders(settings, via: via)
        self.secret = try settings.credentials.map { try SecretReader($0.secret) }
    }

    func target(of request: RequestHead) -> String { Policy.target(of: request, at: settings.url) }

    /// The application's own key, looked for only where something depends on it.
    func key(of request: RequestHead) -> IdempotencyKeys.Reading {
        guard settings.retry != nil || settings.idempotency.generate else { return .absent }
        return IdempotencyKeys.read(request.headers, field: settings.idempotency.header)
    }

    func headers(
        for request: RequestHead, role: Role, trace: TraceContext?, baggage: String?, idempotencyKey: String?
    ) -> Headers {
        outgoing.make(
            for: request, role: role, credentials: credentialField(), trace: trace, baggage: baggage, idempotencyKey: idempotencyKey)
    }

    /// The upstream's answer as the application gets it.
    func answer(_ head: AnswerHead, to request: RequestHead) -> AnswerHead { outgoing.answer(head, to: request.method) }

    private func credentialField() -> (name: String, value: String)? {
        guard let credentials = settings.credentials, let secret else { return nil }
        let current = secret.current()
        return rendered.withLock { rendered in
            if let rendered, rendered.secret == current { return rendered.field }
            let field = credentials.field(secret: current)
            rendered = (current, field)
            return field
        }
    }
}

extension Credentials {
    fileprivate var secret: Secret {
        switch self {
        case .bearer(let secret), .basic(_, let secret), .header(_, let secret): secret
        }
    }

    /// The field that carries them: RFC 6750 (bearer), RFC 7617 (basic) or one of the configuration's own.
    fileprivate func field(secret: String) -> (name: String, value: String) {
        switch self {
        case .bearer: ("Authorization", "Bearer \(secret)")
        case .basic(let user, _): ("Authorization", "Basic \(Data("\(user):\(secret)".utf8).base64EncodedString())")
        case .header(let name, _): (name, secret)
        }
    }
}
