internal import Exchange
internal import Synchronization

/// The exchanges that ended lately, whichever recorder they passed.
final class Recents: Sendable {
    /// Exchanges that are told of at most, and that each recorder remembers.
    let bound: Int
    let layout: Layout
    private let recorders = Mutex<[Recorder]>([])

    init(bound: Int, layout: Layout) {
        self.bound = max(0, bound)
        self.layout = layout
    }

    func add(_ recorder: Recorder) { recorders.withLock { $0.append(recorder) } }

    /// Newest first.
    func list(_ filter: RecentFilter) -> [RecentExchange] {
        let notes = copies()
        var ends = notes.flatMap(\.ends).sorted { $1.story.id.precedes($0.story.id) }
        ends.removeLast(max(0, ends.count - bound))
        let join = RecentJoin(notes, layout: layout) { _ in true }
        return Array(ends.lazy.map { join.exchange($0) }.filter { filter.matches($0) }.prefix(max(0, filter.limit)))
    }

    func one(_ id: ExchangeID) -> RecentExchange? {
        let notes = copies()
        guard let end = notes.lazy.flatMap(\.ends).first(where: { $0.story.id == id }) else { return nil }
        return RecentJoin(notes, layout: layout) { $0 == id }.exchange(end)
    }

    /// By recorder, in the order in which they were made.
    ///
    /// - Parameter cursors: how many ends of each have been seen before; those of recorders made since count as none.
    func copies(endsSince cursors: [UInt64] = []) -> [RecentNotes.Copy] {
        recorders.withLock { $0 }.enumerated().map { place, recorder in
            recorder.recent(endsSince: place < cursors.count ? cursors[place] : 0)
        }
    }

    /// How many exchanges have ended by now, by recorder.
    var totals: [UInt64] { recorders.withLock { $0 }.map(\.recentTotal) }
}
