package import NIOCore

/// An exchange as the spool keeps it: what its deliveries need of the request, and nothing of the application's connection.
///
/// Routes and upstreams go by name, since the configuration may be another one after a restart.
package final class SpooledExchange: Sendable {
    package let id: ExchangeID
    package let route: String
    /// When the application's request came in; a compensating call's: when it was made.
    package let receivedAt: WallTime
    package let method: String
    /// In origin form, as the application sent it.
    package let target: String
    /// As received; without the application's credentials where no upstream of the exchange inherits them.
    package let headers: Headers
    package let minorVersion: Int
    /// nil where the request had none.
    package let body: ByteBuffer?
    /// The SERVER span of the exchange.
    package let trace: TraceContext
    package let baggage: String?
    /// The application's own Idempotency-Key, where the exchange is accepted under it: unique within the route.
    package let idempotencyKey: String?
    /// The value of the route's `order_by` field: deliveries to one upstream that share it go one after the other.
    package let orderKey: String?
    /// Of a compensating call: the exchange whose partial failure it makes good.
    package let compensates: ExchangeID?

    package init(
        id: ExchangeID, route: String, receivedAt: WallTime, method: String, target: String, headers: Headers, minorVersion: Int = 1,
        body: ByteBuffer?, trace: TraceContext, baggage: String? = nil, idempotencyKey: String? = nil, orderKey: String? = nil,
        compensates: ExchangeID? = nil
    ) {
        self.id = id
        self.route = route
        self.receivedAt = receivedAt
        self.method = method
        self.target = target
        self.headers = headers
        self.minorVersion = minorVersion
        self.body = body
        self.trace = trace
        self.baggage = baggage
        self.idempotencyKey = idempotencyKey
        self.orderKey = orderKey
        self.compensates = compensates
    }

    /// Bytes that it holds in memory, and that count against `spool.max_size` beside what the file needs for its rows.
    package var size: Int { headers.byteCount + target.utf8.count + (body?.readableBytes ?? 0) }
}
