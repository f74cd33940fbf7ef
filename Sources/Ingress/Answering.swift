package import Exchange
package import NIOCore

/// Where an exchange's answer goes: one request's side of one connection. Made by Ingress, used on its event loop alone.
///
/// It belongs to its own exchange: once the answer has ended or broken off, or the application is gone, every call is
/// without effect, so that a late one can't reach the connection's next exchange.
package protocol Answering: AnyObject {
    var eventLoop: any EventLoop { get }
    /// False where the application takes its answer slower than it comes.
    var isWritable: Bool { get }

    /// Writes the head; interim heads (1xx) may go before the final one. Ingress decides the framing from `bodyLength`,
    /// the method and the application's HTTP version, and drops a body that the answer may not have. Of interim heads,
    /// 100 and 101 are dropped: the expectation is met by Ingress itself, and connections are not upgraded here.
    func write(head: AnswerHead)
    /// Writes a part of the body. `written` is called on the loop, at once or later, when the connection has room for
    /// more (less than its high watermark waits for the socket) or is gone.
    func write(body: ByteBuffer, written: (@Sendable () -> Void)?)
    /// The answer is complete. One that is shorter than its announced length is cut, as by `abort`.
    func end()
    /// The answer breaks off: the connection is closed so that the application sees that it was cut.
    func abort()
    /// From here to `release`, what is written leaves together: for parts that come at the same time.
    func hold()
    func release()
    /// Asks for no more of the request's body until `resumeBody`.
    func pauseBody()
    func resumeBody()
}

/// What takes one request in, made by the Sidecar when the head has come. Called on the connection's event loop alone.
///
/// The request's end is told exactly once, by `bodyEnded`, `refused` or `applicationGone`. An answer that ends earlier
/// changes nothing in that: up to 64 KiB of the body are still handed over, so that a mirror can have it whole, and
/// beyond that `applicationGone` says that it never will be. Where the request had come whole, `applicationGone` may
/// follow `bodyEnded`, as long as the answer has not ended. After `abort` nothing is called any more.
package protocol ExchangeReceiving: AnyObject {
    func received(body: ByteBuffer)
    /// What has come so far does not reach to the body's end. Until this, `bodyEnded` may follow at once.
    func bodyStalls()
    /// The request's body, possibly empty, has come whole.
    func bodyEnded()
    /// `isWritable` of the answer has changed.
    func writabilityChanged()
    /// The request broke a rule or a bound in mid-body (its chunks are malformed, it is too long, it stopped coming), and
    /// no final head had been written. The problem returned, completed with the exchange's ids, is the answer that
    /// Ingress sends before it closes the connection; the exchange is over with its status. Nothing more comes.
    func refused(_ problem: Problem) -> Problem
    /// The application went away, or broke its request when the answer had begun, before both request and answer were
    /// complete; the answer is cut and nothing more comes.
    func applicationGone(_ reason: String)
}

/// The Sidecar's door: called on the connection's event loop.
package protocol ExchangeAccepting: Sendable {
    /// A request whose head has come whole and is sound. The answer may be written, and even ended, within the call.
    func accept(_ request: RequestHead, at moment: Moment, answering: any Answering) -> any ExchangeReceiving
    /// A request that Ingress answers by itself with a problem: nothing of it reaches an upstream. `request` is what could
    /// be read of it; nil where that is not even its first line, or where the connection was one too many. The problem
    /// returned is the one sent, completed with the exchange's ids; its status should stay as it is.
    func refused(_ problem: Problem, _ request: RequestHead?, at moment: Moment, on eventLoop: any EventLoop) -> Problem
}
