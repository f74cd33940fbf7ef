import Synchronization

/// What happened, in order, and a way to wait until something has.
final class Journal<Entry: Sendable>: Sendable {
    private struct Waiter {
        let id: Int
        let isMet: @Sendable ([Entry]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var entries: [Entry] = []
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    var entries: [Entry] { state.withLock { $0.entries } }

    func note(_ entry: Entry) {
        let met = state.withLock { state -> [Waiter] in
            state.entries.append(entry)
            let met = state.waiters.filter { $0.isMet(state.entries) }
            state.waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return met
        }
        for waiter in met { waiter.continuation.resume(returning: true) }
    }

    /// False where it has not come to that within the time.
    func wait(within limit: Duration = .seconds(20), _ isMet: @escaping @Sendable ([Entry]) -> Bool) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            giveUp(id)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let isMetAlready = state.withLock { state in
                if isMet(state.entries) { return true }
                state.waiters.append(Waiter(id: id, isMet: isMet, continuation: continuation))
                return false
            }
            if isMetAlready { continuation.resume(returning: true) }
        }
    }

    /// Waits for so many entries.
    func wait(for count: Int, within limit: Duration = .seconds(20)) async -> Bool {
        await wait(within: limit) { $0.count >= count }
    }

    private func giveUp(_ id: Int) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: false)
    }
}
