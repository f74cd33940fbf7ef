package import Exchange
internal import Synchronization

/// How the upstreams stood at one time, and what was counted in the interval that ended then.
package struct HistoryPoint: Sendable {
    package struct Leg: Sendable {
        package let role: Role
        /// Attempts in a second, over the interval.
        package let rate: Double
        /// Attempts that failed within the interval, by class; classes that did not occur are left out.
        package let errors: [ErrorClass: UInt64]
        /// 429s received within the interval.
        package let rateLimited: UInt64
        /// Seconds, over the last 60 s; NaN where there was no attempt.
        package let percentiles: [(quantile: Double, seconds: Double)]
    }

    package struct Upstream: Sendable {
        package let name: String
        package let legs: [Leg]
        package let pending: Int
        /// Seconds.
        package let lag: Double
        /// nil where it has none.
        package let breaker: BreakerState?
    }

    package let at: WallTime
    /// In the configuration's order.
    package let upstreams: [Upstream]
}

/// A point each 10 s of the last 15 minutes.
final class History: Sendable {
    static let interval: Duration = .seconds(10)
    static let bound = 90

    private struct State {
        var points = Ring<HistoryPoint>(bound: History.bound)
        /// What had been counted by the last point.
        var counted: [UpstreamSnapshot] = []
        var at: MonotonicTime
    }

    private let state: Mutex<State>
    private let timer = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter start: when counting began.
    init(from start: MonotonicTime) { state = Mutex(State(at: start)) }

    /// Oldest first.
    var points: [HistoryPoint] { state.withLock { $0.points.all } }

    /// - Parameter upstreams: the name of each and how it stands, in the same order each time.
    func add(_ upstreams: [(name: String, snapshot: UpstreamSnapshot)], at now: MonotonicTime, wall: WallTime) {
        state.withLock { state in
            let seconds = now.seconds(since: state.at)
            let (before, after) = (state.counted, upstreams.map(\.snapshot))
            let shown = upstreams.enumerated().map { place, upstream in
                HistoryPoint.Upstream(upstream.name, upstream.snapshot, since: place < before.count ? before[place] : nil, seconds: seconds)
            }
            state.points.append(HistoryPoint(at: wall, upstreams: shown))
            state.counted = after
            state.at = now
        }
    }

    /// Calls `sample` after each interval, until `stop`.
    func start(_ sample: @escaping @Sendable () -> Void) {
        let task = Task.detached(priority: .utility) {
            while (try? await Task.sleep(for: History.interval)) != nil { sample() }
        }
        timer.withLock { $0.take() }?.cancel()
        timer.withLock { $0 = task }
    }

    func stop() { timer.withLock { $0.take() }?.cancel() }
}

extension HistoryPoint.Upstream {
    /// - Parameter seconds: how long ago `earlier` was.
    fileprivate init(_ name: String, _ snapshot: UpstreamSnapshot, since earlier: UpstreamSnapshot?, seconds: Double) {
        self.name = name
        legs = snapshot.legs.map { leg in
            HistoryPoint.Leg(leg, since: earlier?.legs.first { $0.role == leg.role }, seconds: seconds)
        }
        pending = snapshot.pending
        lag = snapshot.lag
        breaker = snapshot.gauges?.breaker.flatMap(BreakerState.init(rawValue:))
    }
}

extension HistoryPoint.Leg {
    fileprivate init(_ leg: UpstreamSnapshot.Leg, since earlier: UpstreamSnapshot.Leg?, seconds: Double) {
        role = leg.role
        rate = seconds > 0 ? Double(leg.attempts &- (earlier?.attempts ?? 0)) / seconds : 0
        let counts = leg.errors.map { ($0.key, $0.value &- (earlier?.errors[$0.key] ?? 0)) }.filter { $0.1 > 0 }
        errors = Dictionary(uniqueKeysWithValues: counts)
        rateLimited = leg.rateLimited &- (earlier?.rateLimited ?? 0)
        percentiles = leg.percentiles
    }
}
