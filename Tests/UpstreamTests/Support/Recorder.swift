import Exchange
import NIOCore
import NIOPosix
import Synchronization
import Upstream

/// A time limit was reached.
struct OutOfTime: Error {}

/// Waits for a promise, but not for ever.
func limited<Value: Sendable>(_ promise: EventLoopPromise<Value>, seconds: Int64 = 20) async throws -> Value {
    let timer = promise.futureResult.eventLoop.scheduleTask(in: .seconds(seconds)) { promise.fail(OutOfTime()) }
    defer { timer.cancel() }
    return try await promise.futureResult.get()
}

/// A sink that keeps what it is told.
final class Recorder: AttemptSink {
    struct Story: Sendable {
        var interim: [AnswerHead] = []
        var head: AnswerHead?
        var body: [UInt8] = []
        var bodyBytes = 0
        var outcome: AttemptOutcome?
        var ends = 0
        /// News after the end, or in an order that may not be.
        var isDisorderly = false

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct State {
        var story = Story()
        var waiting: [(condition: @Sendable (Story) -> Bool, promise: EventLoopPromise<Story>)] = []
    }

    private let consumes: Bool
    private let keeps: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - consumes: whether it says at once that it has passed on what came.
    ///   - keeps: whether it keeps the bytes of the body.
    init(consumes: Bool = true, keeps: Bool = true) {
        self.consumes = consumes
        self.keeps = keeps
    }

    static var anyLoop: any EventLoop { MultiThreadedEventLoopGroup.singleton.any() }

    var story: Story { state.withLock { $0.story } }

    func story(where condition: @escaping @Sendable (Story) -> Bool) async throws -> Story {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Story.self)
        let met = state.withLock { state -> Story? in
            if condition(state.story) { return state.story }
            state.waiting.append((condition, promise))
            return nil
        }
        if let met { promise.succeed(met) }
        return try await limited(promise)
    }

    func ended() async throws -> Story { try await story { $0.outcome != nil } }

    private func change(_ body: (inout Story) -> Void) {
        let (story, met) = state.withLock { state -> (Story, [EventLoopPromise<Story>]) in
            if state.story.outcome != nil { state.story.isDisorderly = true }
            body(&state.story)
            let story = state.story
            let met = state.waiting.filter { $0.condition(story) }.map(\.promise)
            state.waiting.removeAll { $0.condition(story) }
            return (story, met)
        }
        for promise in met { promise.succeed(story) }
    }

    func attempt(_ attempt: Attempt, received head: AnswerHead) {
        attempt.request.wantsAnswer ? () : change { $0.isDisorderly = true }
        change { story in
            if story.head != nil { story.isDisorderly = true }
            if head.isInterim { story.interim.append(head) } else { story.head = head }
        }
    }

    func attempt(_ attempt: Attempt, received body: ByteBuffer) {
        change { story in
            if story.head == nil { story.isDisorderly = true }
            if keeps { story.body.append(contentsOf: body.readableBytesView) }
            story.bodyBytes += body.readableBytes
        }
        if consumes { attempt.consumed(body.readableBytes) }
    }

    func attempt(_ attempt: Attempt, ended outcome: AttemptOutcome) {
        change { story in
            story.outcome = outcome
            story.ends += 1
        }
    }
}
