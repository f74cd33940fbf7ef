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

    // MARK: Answers, as they come

    func primaryAnswers(with head: AnswerHead) { primary.begin(head) }

    func primaryAnswers(with body: ByteBuffer) { primary.append(body) }

    func answers(_ leg: Leg, with head: AnswerHead) {
        others[leg, default: KeptAnswer(maxBody: route.settings.maxBody, memory: comparisons.memory)].begin(head)
    }

    func answers(_ leg: Leg, with body: ByteBuffer) { others[leg]?.append(body) }

    func primaryEnded(with outcome: AttemptOutcome) {
        primary.end(outcome)
        for leg in others.keys where others[leg]?.hasEnded == true { _ = compare(leg, nil) }
    }

    func ended(_ leg: Leg, with outcome: AttemptOutcome) {
        others[leg]?.end(outcome)
        if primary.hasEnded { _ = compare(leg, nil) }
    }

    /// A mirror's last attempt has ended.
    ///
    /// - Returns: whether the attempt is recorded here, once it is known what the comparison says: where the primary has
    ///   ended before it. Otherwise its span has ended by then, and the disagreement is counted alone.
    func ended(_ mirror: UpstreamID, _ record: AttemptRecord) -> Bool {
        let leg = Leg.mirror(mirror)
        others[leg]?.end(record.outcome)
        return primary.hasEnded ? compare(leg, record) : false
    }

    // MARK: Comparing

    /// Both have ended.
    ///
    /// - Returns: whether it is under way, and `record` with it.
    private func compare(_ leg: Leg, _ record: AttemptRecord?) -> Bool {
        guard let other = others.removeValue(forKey: leg) else { return false }
        switch (primary.standing, other.standing) {
        case (.whole, .whole):
            guard let one = primary.answer, let another = other.answer else { return false }
            return submit(leg, one, another, [primary.room, other.room], record)
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
        _ leg: Leg, _ primary: WholeAnswer, _ other: WholeAnswer, _ rooms: [AnswerRoom], _ record: AttemptRecord?
    ) -> Bool {
        let job = ComparingJob(leg: leg, route: route, arrival: arrival, record: record)
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
