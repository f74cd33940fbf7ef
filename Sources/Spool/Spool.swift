package import Exchange

/// Where accepted exchanges are kept until every upstream has them, on disk.
package final class Spool: Sendable {
    package init(
        _ settings: SpoolSettings, compensations: Compensations = Compensations(), observe: @escaping @Sendable (SpoolEvent) -> Void = { _ in }
    ) throws(SpoolFault) {
        throw SpoolFault(.io, "")
    }

    package func accept(_ exchange: SpooledExchange, for upstreams: [String], _ tell: @escaping @Sendable (Acceptance) -> Void) {}
    package func settle(_ settlement: Settlement, _ tell: @escaping @Sendable (Settled) -> Void) {}
    package func due(
        _ upstream: String, at now: WallTime, besides held: Set<DeliveryID>, limit: Int, bytes: Int, _ tell: @escaping @Sendable (Due) -> Void
    ) {}
    package func setWhenDue(_ tell: @escaping @Sendable (_ upstream: String) -> Void) {}
    package func exchange(_ id: ExchangeID) async throws(SpoolFault) -> ExchangeView? { nil }
    package func exchanges(_ filter: ExchangeFilter) async throws(SpoolFault) -> [ExchangeView] { [] }
    package func deadLetters(_ filter: DeadLetterFilter) async throws(SpoolFault) -> [DeadLetter] { [] }
    package func deadLetter(_ id: DeliveryID) async throws(SpoolFault) -> DeadLetter? { nil }
    package func replay(
        _ filter: DeadLetterFilter, rate: RateSettings?, now: WallTime, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(SpoolFault) -> Int { 0 }
    package func discard(_ filter: DeadLetterFilter, progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws(SpoolFault) -> Int { 0 }
    package func pending(_ upstream: String) -> PendingView { PendingView(count: 0, oldest: nil) }
    package func deadCount(_ upstream: String) -> Int { 0 }
    package var bytes: Int { 0 }
    package func close() async {}
}
