import Exchange
import NIOCore
import Synchronization

@testable import Ingress

/// The Sidecar's part, played by a script: it records what it is told and answers as the test says.
///
/// Unchecked, since exchanges are not Sendable: each is touched on its own event loop alone, and the list is locked.
final class Scripted: ExchangeAccepting, @unchecked Sendable {
    /// What one exchange was told, in order.
    enum Told: Equatable {
        case body(String), bodyEnded, writability, gone(String), refused(Int)
    }

    final class Exchange: ExchangeReceiving {
        let request: RequestHead
        let answering: any Answering
        private let script: Scripted
        fileprivate(set) var told: [Told] = []
        /// How often the body was waited for.
        private(set) var stalls = 0

        init(_ request: RequestHead, _ answering: any Answering, _ script: Scripted) {
            self.request = request
            self.answering = answering
            self.script = script
        }

        func received(body: ByteBuffer) { hear(.body(String(buffer: body))) }
        func bodyStalls() { stalls += 1 }
        func bodyEnded() { hear(.bodyEnded) }
        func writabilityChanged() { hear(.writability) }
        func applicationGone(_ reason: String) { hear(.gone(reason)) }

        func refused(_ problem: Problem) -> Problem {
            hear(.refused(problem.status))
            return script.completed(problem)
        }

        private func hear(_ word: Told) {
            told.append(word)
            script.record(self, word)
            script.react(self, word)
        }

        var body: String {
            told.reduce(into: "") { text, word in if case .body(let part) = word { text += part } }
        }

        /// Answers at once and whole.
        func answer(_ status: Int = 200, _ body: String = "", _ headers: Headers = Headers()) {
            answering.write(head: AnswerHead(status: status, headers: headers, bodyLength: .sized(body.utf8.count)))
            if !body.isEmpty { answering.write(body: ByteBuffer(string: body), written: nil) }
            answering.end()
        }
    }

    struct Record: Sendable {
        var requests: [RequestHead] = []
        var told: [[Told]] = []
        var refusals: [Problem] = []
        var refusedRequests: [RequestHead?] = []
    }

    private let record: LockedRecord = .init()
    private let onHead: (Exchange) -> Void
    private let react: (Exchange, Told) -> Void
    /// On the loop alone: for tests with an embedded channel.
    private(set) var exchanges: [Exchange] = []

    /// - Parameters:
    ///   - onHead: what happens within `accept`.
    ///   - react: what happens when an exchange is told something. Without it, it answers 200 with the body it got.
    init(
        onHead: @escaping @Sendable (Exchange) -> Void = { _ in },
        react: @escaping @Sendable (Exchange, Told) -> Void = { exchange, word in
            if word == .bodyEnded { exchange.answer(200, exchange.body) }
        }
    ) {
        self.onHead = onHead
        self.react = react
    }

    /// Never answers by itself.
    static func silent() -> Scripted { Scripted(react: { _, _ in }) }

    var seen: Record { record.value }

    /// Does something to the first exchange, on its own loop.
    func onLoop(_ body: @escaping @Sendable (Exchange) -> Void) {
        var loop: (any EventLoop)?
        record.change { _ in loop = exchanges.first?.answering.eventLoop }
        loop?.execute { [self] in body(exchanges[0]) }
    }

    func accept(_ request: RequestHead, at moment: Moment, answering: any Answering) -> any ExchangeReceiving {
        let exchange = Exchange(request, answering, self)
        record.change {
            $0.requests.append(request)
            $0.told.append([])
            exchanges.append(exchange)
        }
        onHead(exchange)
        return exchange
    }

    func refused(_ problem: Problem, _ request: RequestHead?, at moment: Moment, on eventLoop: any EventLoop) -> Problem {
        eventLoop.preconditionInEventLoop()
        record.change {
            $0.refusals.append(problem)
            $0.refusedRequests.append(request)
        }
        return completed(problem)
    }

    fileprivate func completed(_ problem: Problem) -> Problem {
        var problem = problem
        problem.exchangeID = ExchangeID(high: 7 << 12, low: 1 << 63)
        return problem
    }

    fileprivate func record(_ exchange: Exchange, _ word: Told) {
        record.change { record in
            guard let index = exchanges.firstIndex(where: { $0 === exchange }) else { return }
            record.told[index].append(word)
        }
    }
}

/// A record behind a lock.
final class LockedRecord: Sendable {
    private let state = Mutex(Scripted.Record())
    var value: Scripted.Record { state.withLock { $0 } }
    func change(_ body: (inout Scripted.Record) -> Void) { state.withLock { body(&$0) } }
}
