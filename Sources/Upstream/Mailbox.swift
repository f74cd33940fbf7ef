internal import CCurl
internal import Exchange
internal import Glibc
internal import Synchronization

/// Where attempts with something to say, and orders for connections, wait for the upstream thread: many are handed over at a time,
/// and the thread is woken only while it sleeps.
///
/// What bounds it: an attempt stands in here at most once (see `Attempt.signal`), and the attempts that have started but not
/// ended are bounded by each upstream's `inFlight`. An attempt that ends while it stands in here makes room for another
/// before it is collected, so the bound is twice the sum. An order stands in here for an attempt, and once more if it is withdrawn.
final class Mailbox: AttemptPost {
    enum Letter {
        case attempt(Attempt)
        case order(ConnectionOrder)
    }

    private struct State {
        var letters: [Letter] = []
        var isAsleep = false
        var stops = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bound: Int
    /// An eventfd. It is watched edge-triggered, so each write wakes the thread and nobody has to read it.
    let bell: Int32

    /// - Parameter inFlight: the attempts that may run at once, of all upstreams together.
    init(inFlight: Int) throws(UpstreamClientError) {
        bound = 2 * inFlight
        bell = pantograph_eventfd()
        guard bell >= 0 else { throw .system(what: "eventfd", reason: String(cString: strerror(errno))) }
    }

    deinit { close(bell) }

    func post(_ attempt: Attempt) -> Bool { post(.attempt(attempt)) }

    /// False once the thread is gone.
    func post(_ letter: Letter) -> Bool {
        let (isOpen, wakes) = state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            state.letters.append(letter)
            assert(state.letters.count <= bound, "more letters than attempts can be running")
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if wakes { ring() }
        return isOpen
    }

    /// Asks the thread to end everything and itself.
    func stop() {
        let wakes = state.withLock { state -> Bool in
            state.stops = true
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wakes { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    // MARK: The upstream thread's side

    /// Trades the letters that wait for `emptied`; true where the thread is to stop.
    func collect(into emptied: inout [Letter]) -> Bool {
        state.withLock { state in
            swap(&state.letters, &emptied)
            return state.stops
        }
    }

    /// Notes that the thread is about to sleep; false where something has come in the meantime.
    func fallAsleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.letters.isEmpty && !state.stops
            return state.isAsleep
        }
    }

    func wakeUp() {
        state.withLock { $0.isAsleep = false }
    }

    /// Takes nothing more; what still waited.
    func close() -> [Letter] {
        state.withLock { state in
            state.isClosed = true
            defer { state.letters = [] }
            return state.letters
        }
    }

    private func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
}
