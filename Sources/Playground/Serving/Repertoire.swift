import Exchange
import NIOCore
import NIOHTTP1
import Synchronization

/// The scripts that a server was started with, and the draw among them.
final class Repertoire: Sendable {
    private let scripts: [Script]
    private let mix: Mix?
    private let generator: Mutex<SeededGenerator>
    private let header: String
    private let document: @Sendable (Behaviour) -> String

    /// - Parameters:
    ///   - name: a request's header `x-playground-<name>` brings a behaviour of its own.
    ///   - behave: how every request is treated.
    ///   - mix: behaviours with weights, each on top of `behave`.
    ///   - document: the JSON that answers where a behaviour says nothing about the body.
    init(
        name: String, behave: String, mix text: String?, seed: UInt64, document: (@Sendable (Behaviour) -> String)? = nil
    ) throws(SpecError) {
        let document = document ?? { "{\"upstream\":\(Document.text(name)),\"status\":\($0.status)}\n" }
        let base = try Behaviour(behave)
        var mix: Mix?
        if let text { mix = try Mix(text, onTopOf: base) }
        self.scripts = (mix?.shares.map(\.behaviour) ?? [base]).map { Script($0, document: document($0)) }
        self.mix = mix
        self.generator = Mutex(SeededGenerator(seed: seed))
        self.header = "x-playground-\(name)"
        self.document = document
    }

    func script(for head: HTTPRequestHead) throws(SpecError) -> Script {
        if let own = head.headers.first(name: header) {
            let behaviour = try Behaviour(own)
            return Script(behaviour, document: document(behaviour))
        }
        guard let mix else { return scripts[0] }
        return scripts[generator.withLock { mix.draw(using: &$0) }]
    }

    func delay(of behaviour: Behaviour) -> Duration? {
        guard let bounds = behaviour.delay else { return nil }
        let (low, high) = (bounds.lowerBound.nanoseconds, bounds.upperBound.nanoseconds)
        guard low < high else { return bounds.lowerBound }
        return .nanoseconds(generator.withLock { Int64.random(in: low...high, using: &$0) })
    }
}

/// The server of `pantograph-playground upstream`.
struct ScriptedUpstream: Stage {
    let name: String
    let repertoire: Repertoire
    let ledger: Ledger
    var collects: Int? { nil }

    func script(for head: HTTPRequestHead) throws(SpecError) -> Script { try repertoire.script(for: head) }
    func delay(of behaviour: Behaviour) -> Duration? { repertoire.delay(of: behaviour) }
    func received(_ head: HTTPRequestHead, body: ByteBuffer) -> Script? { nil }
    func control(_ method: HTTPMethod, _ target: String) -> Control { Control(method, target, ledger) }
}
