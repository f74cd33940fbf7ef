internal import Delivery
internal import Exchange
internal import NIOCore
internal import Policy
internal import Telemetry

/// The answers to one exchange that are to be compared: kept as they come, and handed over once both of a pair are there.
///
/// Lives on the exchange's event loop alone.
final class LiveComparison {
    /// What is compared with the primary's answer.
    enum Leg: Hashable {
        case mirror(UpstreamID)
        /// The primary's own answer to the same call, sent once more.
        case noise
    }

    private let arrival: Arrival
    private let route: ComparedRoute
    private let comparisons: Comparisons
    private var primary: KeptAnswer
    private var others: [Leg: KeptAnswer] = [:]
    /// Of mirrors that ended before the primary: counted, and their spans held back for what the comparison says.
    private var early: [Leg: AttemptRecord] = [:]

    init(_ arrival: Arrival, _ route: ComparedRoute, _ comparisons: Comparisons) {
        self.arrival = arrival
        self.route = route
        self.comparisons = comparisons
        primary = KeptAnswer(maxBody: route.settings.maxBody, memory: comparisons.memory)
    }

    /// Sends the call to the primary once more, where its turn has come.
    func probe(_ road: Road) {
        guard route.probes(arrival.request) else { return }
        NoiseProbe(arrival, road, self).start()
    }

    /// What the primary never came to be compared with has its span all the same.
    deinit {
        for record in early.values { arrival.context.recorder.spanEnded(record) }
    }

    // MARK: Answers, as they come

    func primaryAnswers(with head: AnswerHead) { primary.begin(head) }

    func primaryAnswers(with body: ByteBuffer) { primary.append(body) }

    func answers(_ leg: Leg, with head: AnswerHead) {
        others[leg, default: KeptAnswer(maxBody: route.settings.maxBody, memory: comparisons.memory)].begin(head)
    }

    func answers(_ leg: Leg, with body: ByteBuffer) { others[leg]?.append(body) }

    func primaryEnded(with outcome: AttemptOutcome) {
        primary.end(outcome)
        for leg in others.keys where others[leg]?.hasEnded == true { compareEarly(leg) }
    }

    func ended(_ leg: Leg, with outcome: AttemptOutcome) {
        others[leg]?.end(outcome)
        if primary.hasEnded { _ = compare(leg, nil, isCounted: true) }
    }

    /// A mirror's last attempt has ended.
    ///
    /// - Returns: whether the attempt is recorded here. Its span waits until it is known what the comparison says; where the
    ///   primary has not ended yet, the attempt is counted at once.
    func ended(_ mirror: UpstreamID, _ record: AttemptRecord) -> Bool {
        let leg = Leg.mirror(mirror)
        others[leg]?.end(record.outcome)
        if primary.hasEnded { return compare(leg, record, isCounted: false) }
        guard others[leg]?.standing == .whole else { return false }
        arrival.context.recorder.attemptEnded(record, hasSpan: false)
        early[leg] = record
        return true
    }

    private func compareEarly(_ leg: Leg) {
        let record = early.removeValue(forKey: leg)
        if !compare(leg, record, isCounted: true), let record { arrival.context.recorder.spanEnded(record) }
    }

    // MARK: Comparing

    /// Both have ended.
    ///
    /// - Returns: whether it is under way, and `record` with it.
    private func compare(_ leg: Leg, _ record: AttemptRecord?, isCounted: Bool) -> Bool {
        guard let other = others.removeValue(forKey: leg) else { return false }
        switch (primary.standing, other.standing) {
        case (.whole, .whole):
            guard let one = primary.answer, let another = other.answer else { return false }
            return submit(leg, one, another, [primary.room, other.room], record, isCounted)
        case (.refused(let reason), .whole), (.whole, .refused(let reason)), (.refused(let reason), .refused):
            count(leg, reason)
        case (.coming, _), (.missing, _), (_, .coming), (_, .missing): break
        }
        return false
    }

    private func count(_ leg: Leg, _ reason: Uncompared) {
        if case .mirror(let upstream) = leg { route.uncompared(upstream, reason) }
    }

    private func submit(
        _ leg: Leg, _ primary: WholeAnswer, _ other: WholeAnswer, _ rooms: [AnswerRoom], _ record: AttemptRecord?, _ isCounted: Bool
    ) -> Bool {
        let job = ComparingJob(leg: leg, route: route, arrival: arrival, record: record, isCounted: isCounted)
        let isTaken = comparisons.thread.offer { [rooms] in
            job.run(primary, other)
            withExtendedLifetime(rooms) {}
        }
        if !isTaken {
            job.withdraw()
            count(leg, .queueFull)
        }
        return isTaken
    }
}
