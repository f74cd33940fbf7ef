package import Exchange
package import NIOCore

/// Where an exchange's answer goes: one request's side of one connection. Made by Ingress, used on its event loop alone.
package protocol Answering: AnyObject {
    var eventLoop: any EventLoop { get }
    /// False where the application takes its answer slower than it comes.
    var isWritable: Bool { get }

    /// Writes the head; interim heads (1xx) may go before the final one. Ingress decides the framing from `bodyLength`,
    /// the method and the application's HTTP version, and drops a body that the answer may not have.
    func write(head: AnswerHead)
    /// Writes a part of the body; `written` is called on the loop once it has left for the socket or the connection is gone.
    func write(body: ByteBuffer, written: (@Sendable () -> Void)?)
    /// The answer is complete. Where the request's body is still coming, Ingress reads or refuses the rest by itself.
    func end()
    /// The answer breaks off: the connection is closed so that the application sees that it was cut.
    func abort()
    /// Asks for no more of the request's body until `resumeBody`.
    func pauseBody()
    func resumeBody()
}

/// What takes one request in, made by the Sidecar when the head has come. Called on the connection's event loop alone.
package protocol ExchangeReceiving: AnyObject {
    func received(body: ByteBuffer)
    /// The request's body, possibly empty, has come whole.
    func bodyEnded()
    func writabilityChanged()
    /// The application went away, timed out or broke the body's framing before the answer was complete; nothing more comes.
    func applicationGone(_ reason: String)
}

/// The Sidecar's door: called on the connection's event loop.
package protocol ExchangeAccepting: Sendable {
    /// A request whose head has come whole and is sound.
    func accept(_ request: RequestHead, at moment: Moment, answering: any Answering) -> any ExchangeReceiving
    /// A request that Ingress answers by itself with a problem: nothing of it reaches an upstream. `request` is what could
    /// be read of it. The problem returned is the one sent, completed with the exchange's ids.
    func refused(_ problem: Problem, _ request: RequestHead?, at moment: Moment, on eventLoop: any EventLoop) -> Problem
}
