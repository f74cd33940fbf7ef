internal import Exchange
internal import Ingress
internal import NIOCore
internal import Telemetry

/// Where requests come in from Ingress: gives each to its event loop's context and begins its exchange.
final class Door: ExchangeAccepting {
    private let works: Works
    /// As many as event loops: a handful, so that looking through them is cheaper than hashing.
    private let contexts: [LoopContext]

    init(_ works: Works, _ contexts: [LoopContext]) {
        self.works = works
        self.contexts = contexts
    }

    func accept(_ request: RequestHead, at moment: Moment, answering: any Answering) -> any ExchangeReceiving {
        let arrival = Arrival(request, at: moment, answering: answering, works: works, context: context(of: answering.eventLoop))
        if let durable = works.durable, let accepted = AcceptedExchange(arrival, durable) {
            accepted.begin()
            return accepted
        }
        let exchange = LiveExchange(consume arrival)
        exchange.begin()
        return exchange
    }

    func refused(_ problem: Problem, _ request: RequestHead?, at moment: Moment, on eventLoop: any EventLoop) -> Problem {
        let context = context(of: eventLoop)
        let request = request ?? RequestHead(method: "_OTHER", target: "", headers: Headers(), bodyLength: .none)
        let begun = works.propagation.begin(request.headers, using: &context.random)
        let story = ExchangeStory(
            id: ExchangeID(at: moment.wall, using: &context.random), route: nil, request: request, startedAt: moment,
            trace: begun.trace, parentSpanID: begun.parentSpanID)
        context.recorder.exchangeEnded(
            ExchangeRecord(
                story: story, endedAt: .now(), status: problem.status, errorClass: problem.errorClass, requestBodyBytes: 0,
                responseBodyBytes: 0, events: []))
        return problem.of(story)
    }

    /// Ends everything that is not over yet, each delivery with its counted end: `drain` has passed.
    func cancelAll() async {
        for context in contexts {
            _ = try? await context.eventLoop.submit {
                for exchange in context.live { exchange.shutDown() }
            }.get()
        }
    }

    private func context(of eventLoop: any EventLoop) -> LoopContext {
        for place in contexts.indices where contexts[place].eventLoop === eventLoop { return contexts[place] }
        preconditionFailure("Ingress serves on the event loops that the door was made for")
    }
}

extension Problem {
    /// The same with the ids by which the exchange is found in traces and logs.
    func of(_ story: ExchangeStory) -> Problem {
        var problem = self
        problem.exchangeID = story.id
        problem.traceID = story.trace.traceID
        return problem
    }
}
