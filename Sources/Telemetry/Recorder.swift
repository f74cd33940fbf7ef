package import Exchange
internal import Synchronization

/// Takes what happens on one event loop and counts it.
///
/// Its figures lie behind a lock that only a scrape takes besides, so that loops never wait for each other. Where a trace
/// is sampled, or kept by the tail rule, the records go on to become spans; where access lines are asked for, each exchange
/// gets one.
package final class Recorder: Sendable {
    private struct Shard {
        var figures: Figures
        var pending = PendingDeliveries()
        var recent: RecentNotes

        /// Counts a delivery's end; nil where that has been done before.
        mutating func settle(
            _ place: PendingDeliveries.Place, _ route: RouteID?, _ result: DeliveryResult, _ reason: SkipReason?, at time: MonotonicTime
        ) -> Int? {
            guard let (upstream, openedAt) = pending.settle(place) else { return nil }
            let way = Layout.Way(route: route?.index, upstream: upstream)
            figures.deliveries.settled(way, result, reason, after: time.nanoseconds(since: openedAt))
            return upstream
        }
    }

    private let shard: Mutex<Shard>
    private let layout: Layout
    private let spans: SpanExporter?
    private let tail: TailRule?
    private let access: AccessLog?
    /// By upstream.
    private let troubles: [UpstreamTrouble]

    init(
        layout: Layout, spans: SpanExporter?, tail: TailRule?, access: AccessLog?, troubles: [UpstreamTrouble], recent: RecentBounds
    ) {
        self.layout = layout
        self.spans = spans
        self.tail = tail
        self.access = access
        self.troubles = troubles
        shard = Mutex(Shard(figures: Figures(layout), recent: RecentNotes(recent)))
    }

    /// An exchange is over: the application has its answer, or has gone away.
    package func exchangeEnded(_ record: ExchangeRecord) {
        shard.withLock {
            $0.figures.ended(record)
            $0.recent.ended(record)
        }
        offer(.exchange(record), isSampled: record.story.isSampled)
        access?.ended(record)
    }

    /// Whether spans of the trace are written, or may be once more is known of it.
    package func writesSpans(of trace: TraceContext) -> Bool { spans != nil && (trace.isSampled || tail != nil) }

    /// Whether it matters which of an exchange's deliveries are pending when it ends.
    package func followsDeliveries(of story: ExchangeStory) -> Bool { tail != nil && !story.isSampled }

    /// An attempt is over, whatever came of it.
    ///
    /// - Parameter hasSpan: false where `spanEnded` follows, once more is known of it.
    package func attemptEnded(_ record: AttemptRecord, hasSpan: Bool = true) {
        shard.withLock {
            $0.figures.ended(record)
            $0.recent.ended(record)
        }
        if hasSpan { spanEnded(record) }
        tellTrouble(of: record)
    }

    /// An attempt is over and its delivery, which was opened here, has ended with it: both are counted at once.
    package func attemptEnded(_ record: AttemptRecord, settling token: DeliveryToken) {
        assert(token.recorder === self)
        shard.withLock { shard in
            shard.figures.ended(record)
            shard.recent.ended(record)
            guard let result = record.deliveryResult else { return }
            guard let upstream = shard.settle(token.place, record.story.route, result, nil, at: record.outcome.endedAt) else { return }
            shard.recent.settled(record.story, upstream, record.role, result, nil, at: record.outcome.endedAt)
        }
        spanEnded(record)
        if let tail, !record.story.isSampled { tail.settled(record.story.id, record.upstream) }
        tellTrouble(of: record)
    }

    private func tellTrouble(of record: AttemptRecord) {
        guard troubles.indices.contains(record.upstream.index) else { return }
        switch record.deliveryResult {
        case .delivered: troubles[record.upstream.index].succeeded(at: record.outcome.endedAt)
        case .dead: troubles[record.upstream.index].failed(record, route: layout.name(of: record.story.route))
        case .skipped, .compensated, nil: break
        }
    }

    /// The span of an attempt that has been counted before.
    package func spanEnded(_ record: AttemptRecord) { offer(.attempt(record), isSampled: record.story.isSampled) }

    /// A delivery begins: it is pending until its token is settled, which must come exactly once.
    package func deliveryOpened(upstream: UpstreamID, at time: MonotonicTime) -> DeliveryToken {
        DeliveryToken(recorder: self, place: shard.withLock { $0.pending.open(upstream.index, at: time) })
    }

    /// A delivery has ended. It counts where it was opened, whichever recorder is called; a second call for the same token
    /// counts for nothing.
    ///
    /// - Parameters:
    ///   - reason: why it was never sent, of a skipped one.
    ///   - story: of its exchange, among whose recent ones it is then shown.
    package func deliverySettled(
        _ token: DeliveryToken, route: RouteID, role: Role, result: DeliveryResult, reason: SkipReason?, at time: MonotonicTime,
        story: ExchangeStory? = nil
    ) {
        let settled = token.recorder.shard.withLock { $0.settle(token.place, route, result, reason, at: time) }
        guard let upstream = settled else { return }
        if let story {
            shard.withLock { $0.recent.settled(story, upstream, role, result, reason, at: time) }
            if !story.isSampled { tail?.settled(story.id, UpstreamID(upstream)) }
        }
        guard case .skipped = result, let reason, troubles.indices.contains(upstream) else { return }
        troubles[upstream].skipped(reason, role: role, route: layout.name(of: route), at: time)
    }

    /// A spooled delivery has ended. While it was pending it had no token: what the spool holds is read from the spool.
    package func deliveryEnded(_ record: DeliveryRecord) {
        shard.withLock {
            $0.figures.deliveries.ended(record)
            $0.recent.ended(record)
        }
        offer(.delivery(record), isSampled: record.span.isSampled)
        guard troubles.indices.contains(record.upstream.index) else { return }
        let (trouble, route, time) = (troubles[record.upstream.index], layout.name(of: record.story.route), record.endedAtMonotonic)
        switch (record.result, record.reason) {
        case (.skipped, .some(let reason)): trouble.skipped(reason, role: record.role, route: route, at: time)
        // With attempts the last of them has told it.
        case (.dead, _) where record.attempts == 0: trouble.failed(record, route: route, at: time)
        case (.skipped, nil), (.dead, _), (.delivered, _), (.compensated, _): break
        }
    }

    /// Another attempt will be made, since the last one ended with this class.
    package func retryScheduled(upstream: UpstreamID, errorClass: ErrorClass) {
        shard.withLock { $0.figures.deliveries.retried(upstream.index, errorClass) }
    }

    /// A mirror's answer has been compared with the primary's.
    package func compared(route: RouteID, upstream: UpstreamID, result: AgreementResult) {
        shard.withLock { $0.figures.agreement.compared(Layout.Way(route: route.index, upstream: upstream.index), result) }
    }

    /// A connection of an application was closed at once, since `limits.connections` are open.
    package func connectionRefused() {
        shard.withLock { $0.figures.connectionsRefused &+= 1 }
    }

    private func offer(_ record: @autoclosure () -> SpanRecord, isSampled: Bool) {
        guard let spans else { return }
        guard !isSampled else { return spans.offer(record()) }
        guard let tail else { return }
        for kept in tail.take(record()) { spans.offer(kept) }
    }

    /// Adds what has been counted here to a scrape's sums.
    func add(to figures: inout Figures, _ pending: inout [PendingDeliveries.Summary]) {
        shard.withLock { shard in
            figures.merge(shard.figures)
            shard.pending.add(to: &pending)
        }
    }

    /// What is remembered of exchanges here, of ends those that came after the first `number`.
    func recent(endsSince number: UInt64) -> RecentNotes.Copy { shard.withLock { $0.recent.copy(endsSince: number) } }

    /// Exchanges that ended here since the start.
    var recentTotal: UInt64 { shard.withLock { $0.recent.ends.total } }
}

extension DeliveryRecord {
    /// Its end on the clock of this process.
    var endedAtMonotonic: MonotonicTime {
        let (start, end) = (story.startedAt.wall.nanosecondsSinceEpoch, endedAt.nanosecondsSinceEpoch)
        return story.startedAt.monotonic.advanced(by: .nanoseconds(Int64(clamping: end - min(start, end))))
    }
}

/// One delivery that is pending.
package struct DeliveryToken: Sendable {
    /// Not counted, since Telemetry keeps every recorder for its scrapes.
    fileprivate unowned(unsafe) let recorder: Recorder
    fileprivate let place: PendingDeliveries.Place
}
