internal import Exchange
internal import NIOCore
internal import Policy
internal import Spool
internal import Telemetry

extension Telemetry {
    /// What the spool reports, as metrics and log lines.
    func tell(_ event: SpoolEvent) {
        switch event {
        case .committed(let operations, let nanoseconds): spoolCommitted(operations: operations, nanoseconds: nanoseconds)
        case .failed(let code): spoolCommitFailed(code: code.rawValue)
        case .failing(let fault): spoolFailing(description: fault.description, code: fault.code.rawValue)
        case .recovered: spoolRecovered()
        }
    }
}

extension Compensations {
    /// The compensating calls of the routes that have some.
    init(_ settings: Settings) throws {
        let templates = try Dictionary(
            settings.routes.compactMap { route in try route.onPartialFailure.map { (route.name, try CompensationTemplate($0)) } }
        ) { first, _ in first }
        self.init(concern: { templates[$0] != nil }) { failure in
            guard let template = templates[failure.exchange.route] else { return [] }
            return failure.delivered.map { upstream in (template.call(for: failure.exchange, upstream: upstream, answer: failure.answers[upstream]), upstream) }
        }
    }
}

extension CompensationTemplate {
    /// The compensating call as an exchange of its own, in the trace of the one it makes good.
    fileprivate func call(for exchange: SpooledExchange, upstream: String, answer: ByteBuffer?) -> SpooledExchange {
        var random = FastRandom()
        let (method, target, headers, body) = expand(exchange: exchange, upstream: upstream, answer: answer)
        let now = WallTime.now()
        return SpooledExchange(
            id: ExchangeID(at: now, using: &random), route: exchange.route, receivedAt: now, method: method, target: target,
            headers: headers, body: body, trace: exchange.trace, baggage: exchange.baggage, compensates: exchange.id)
    }
}
