internal import Synchronization

/// Bytes that all answers kept for comparing hold together.
final class AnswerMemory: Sendable {
    private let bound: Int
    private let taken = Atomic<Int>(0)

    init(bound: Int) { self.bound = bound }

    fileprivate func take(_ bytes: Int) -> Bool {
        guard taken.wrappingAdd(bytes, ordering: .relaxed).newValue <= bound else {
            release(bytes)
            return false
        }
        return true
    }

    fileprivate func release(_ bytes: Int) { taken.wrappingSubtract(bytes, ordering: .relaxed) }

    /// Bytes that are held now.
    var bytes: Int { taken.load(ordering: .relaxed) }
}

/// The room that one answer takes; given back when nothing holds it any more.
final class AnswerRoom: Sendable {
    private let memory: AnswerMemory
    private let taken = Atomic<Int>(0)

    init(of memory: AnswerMemory) { self.memory = memory }

    /// False where there is none.
    func take(_ bytes: Int) -> Bool {
        guard memory.take(bytes) else { return false }
        taken.wrappingAdd(bytes, ordering: .relaxed)
        return true
    }

    deinit { memory.release(taken.load(ordering: .relaxed)) }
}
