internal import Synchronization

/// Something that is done once, by whichever of several comes first.
final class Once: Sendable {
    private let action = Mutex<(@Sendable () -> Void)?>(nil)
    private let timer = Mutex<Task<Void, Never>?>(nil)

    func set(_ action: @escaping @Sendable () -> Void) { self.action.withLock { $0 = action } }

    func fire() {
        let action = action.withLock { action in
            defer { action = nil }
            return action
        }
        guard let action else { return }
        timer.withLock { $0?.cancel() }
        action()
    }

    /// Does it after so long, unless it has been done by then.
    func fire(after limit: Duration) {
        guard action.withLock({ $0 != nil }) else { return }
        timer.withLock { timer in
            timer = Task {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                self.fire()
            }
        }
    }
}
