internal import Exchange
internal import NIOCore
internal import Spool
internal import Telemetry
internal import Upstream

/// What a lane needs beside its road.
struct LaneContext: Sendable {
    let eventLoop: any EventLoop
    let recorder: Recorder
    let spool: Spool
    let upstreams: UpstreamClient
    let propagatesTraces: Bool
    /// Bytes of requests that the lane may hold.
    let memory: Int
    /// The place of a route in the configuration; nil where it no longer has it.
    let route: @Sendable (_ name: String) -> RouteID?
    /// Whether the answer of a delivered call is kept, since a compensating call may be made of it.
    let keepsAnswers: @Sendable (_ route: String) -> Bool
    /// A settlement is committed: compensating calls go to their lanes, and who waits for the exchange's end is told.
    let settled: @Sendable (Settled, ExchangeID) -> Void
    /// A lane that is stopping has nothing on its way any more.
    let emptied: @Sendable (Lane) -> Void
}
