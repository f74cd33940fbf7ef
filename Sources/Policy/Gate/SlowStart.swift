/// How a backlog begins again at an upstream that has answered 429: with one delivery on its way, and one more at once for each
/// that was not too much. Without it all that waits would go out at the end of each pause, only to be refused again.
struct SlowStart: Sendable {
    /// At which there is nothing left to hold back.
    private let limit: Int
    /// nil: as many as there are.
    private var window: Int?
    private var running = 0

    init(limit: Int) { self.limit = limit }

    var mayEnter: Bool { window.map { running < $0 } ?? true }

    mutating func entered() { running += 1 }
    mutating func left() { running -= 1 }

    /// It was too much.
    mutating func begin() { window = 1 }

    /// It was not too much.
    mutating func grow() {
        guard let window else { return }
        self.window = window + 1 < limit ? window + 1 : nil
    }
}
