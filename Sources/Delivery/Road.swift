package import Exchange
internal import Foundation
package import Policy
internal import Synchronization

/// The way to one upstream: all that its attempts have in common, prepared once.
package final class Road: Sendable {
    package let upstream: UpstreamID
    package let settings: UpstreamSettings
    package let retry: RetrySchedule
    package let gate: SharedGate
    private let outgoing: OutgoingHeaders
    private let secret: SecretReader?
    /// The field made of the secret last read, since most requests find the same one.
    private let rendered = Mutex<(secret: String, field: (name: String, value: String))?>(nil)

    /// - Parameter report: what the gate's turns are told to; on whatever thread they happen.
    package init(
        _ upstream: UpstreamID, _ settings: UpstreamSettings, via: Via, report: @escaping @Sendable (Gate.Turn) -> Void = { _ in }
    ) throws {
        self.upstream = upstream
        self.settings = settings
        self.retry = RetrySchedule(settings.retry)
        self.gate = SharedGate(settings, report: report)
        self.outgoing = OutgoingHeaders(settings, via: via)
        self.secret = try settings.credentials.map { try SecretReader($0.secret) }
    }

    package func target(of request: RequestHead) -> String { Policy.target(of: request, at: settings.url) }

    /// The application's own key, looked for only where something depends on it.
    package func key(in headers: Headers) -> IdempotencyKeys.Reading {
        guard settings.retry != nil || settings.idempotency.generate else { return .absent }
        return IdempotencyKeys.read(headers, field: settings.idempotency.header)
    }

    /// The key that every attempt of a spooled call carries, as it goes on the wire; nil where the application's own field
    /// passes as it is.
    func spooledKey(of exchange: SpooledExchange, _ request: RequestHead) -> String? {
        guard case .absent = IdempotencyKeys.read(request.headers, field: settings.idempotency.header) else { return nil }
        return exchange.idempotencyKey.map(IdempotencyKeys.quoted) ?? IdempotencyKeys.make(for: exchange.id)
    }

    package func headers(
        for request: RequestHead, role: Role, trace: TraceContext?, baggage: String?, idempotencyKey: String?
    ) -> Headers {
        outgoing.make(
            for: request, role: role, credentials: credentialField(), trace: trace, baggage: baggage, idempotencyKey: idempotencyKey)
    }

    /// The upstream's answer as the application gets it.
    package func answer(_ head: AnswerHead, to method: String) -> AnswerHead { outgoing.answer(head, to: method) }

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
