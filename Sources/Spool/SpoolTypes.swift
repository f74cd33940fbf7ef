package import Exchange
package import NIOCore

/// What became of an exchange that was handed to the spool: told once the commit that holds it is done, or has failed.
package enum Acceptance: Sendable {
    /// It is kept, with a delivery for each upstream in the order they were named.
    case kept([SpooledDelivery])
    /// The route has accepted this key before, with the same method, target and body.
    case repeated(ExchangeID)
    /// The route has accepted this key before, with other content.
    case conflicting(ExchangeID)
    /// `max_size` is taken up by exchanges that are pending or dead.
    case full
    case failed(SpoolFault)
}

/// Why the spool could not do what it was asked.
package struct SpoolFault: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, CaseIterable, Sendable, Hashable {
        /// The disk has no room.
        case diskFull = "disk_full"
        /// It can't be written: permissions, or a file system that is read-only.
        case readOnly = "read_only"
        /// What is read is not what was written.
        case corrupt
        /// Another process has it.
        case inUse = "in_use"
        /// Made by a later version.
        case newer
        /// Any other failure of reading or writing.
        case io
        /// It has been closed.
        case closed

        /// Those by which a commit can fail.
        package static let ofWriting: [Code] = [.diskFull, .readOnly, .corrupt, .io]
    }

    package let code: Code
    /// One sentence that names the file and the cause, and says what to do.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// One attempt as the spool keeps it.
package struct AttemptEntry: Sendable, Hashable {
    /// Bytes of an answer that are kept at most.
    package static let answerLimit = 2048
    /// Characters of `detail` that are kept at most.
    package static let detailLimit = 1024

    /// From 1, within its run.
    package var number: Int
    package var startedAt: WallTime
    package var endedAt: WallTime
    /// nil for a success.
    package var errorClass: ErrorClass?
    package var status: Int?
    /// What went wrong, in words.
    package var detail: String
    /// How the answer began.
    package var answer: ByteBuffer?

    package init(
        number: Int, startedAt: WallTime, endedAt: WallTime, errorClass: ErrorClass?, status: Int?, detail: String, answer: ByteBuffer?
    ) {
        self.number = number
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.errorClass = errorClass
        self.status = status
        self.detail = detail
        self.answer = answer
    }
}

/// What an attempt, or a decision, made of a delivery.
package struct Settlement: Sendable {
    package enum Next: Sendable, Hashable {
        case retry(at: WallTime)
        case delivered
        case dead(ErrorClass)
        case skipped(SkipReason)
    }

    package var delivery: DeliveryID
    /// Attempts of this run that have ended.
    package var attempts: Int
    package var firstAttemptAt: WallTime?
    /// Kept with the delivery; of a success only where its answer will be wanted.
    package var attempt: AttemptEntry?
    /// The last attempt's, where there was one.
    package var status: Int?
    package var errorClass: ErrorClass?
    package var next: Next
    package var at: WallTime

    package init(
        delivery: DeliveryID, attempts: Int, firstAttemptAt: WallTime?, attempt: AttemptEntry?, status: Int?, errorClass: ErrorClass?,
        next: Next, at: WallTime
    ) {
        self.delivery = delivery
        self.attempts = attempts
        self.firstAttemptAt = firstAttemptAt
        self.attempt = attempt
        self.status = status
        self.errorClass = errorClass
        self.next = next
        self.at = at
    }
}

/// What a settlement brought about, once it is committed.
package struct Settled: Sendable {
    /// The state that the delivery ended in: `compensated` of a compensating call that was delivered; nil where it goes on.
    package var state: DeliveryState?
    /// No delivery of the exchange is pending any more.
    package var exchangeIsFinished: Bool
    /// Deliveries of compensating calls, made in the same commit.
    package var compensations: [SpooledDelivery]

    package init(state: DeliveryState?, exchangeIsFinished: Bool, compensations: [SpooledDelivery]) {
        self.state = state
        self.exchangeIsFinished = exchangeIsFinished
        self.compensations = compensations
    }
}

/// Deliveries of one upstream whose time has come.
package struct Due: Sendable {
    /// In the order of their times.
    package var deliveries: [SpooledDelivery]
    /// When to ask again: now where there are more, the next one's time where all that wait are later, nil where none wait.
    package var nextAt: WallTime?
    /// Set where they could not be read.
    package var fault: SpoolFault?

    package init(deliveries: [SpooledDelivery], nextAt: WallTime?, fault: SpoolFault? = nil) {
        self.deliveries = deliveries
        self.nextAt = nextAt
        self.fault = fault
    }
}

/// An exchange none of whose deliveries is pending, with some delivered and some dead.
package struct PartialFailure: Sendable {
    package var exchange: SpooledExchange
    package var delivered: [String]
    package var dead: [String]
    /// How the answers of those that took it began, by upstream.
    package var answers: [String: ByteBuffer]

    package init(exchange: SpooledExchange, delivered: [String], dead: [String], answers: [String: ByteBuffer]) {
        self.exchange = exchange
        self.delivered = delivered
        self.dead = dead
        self.answers = answers
    }
}

/// What makes good a partial failure. Called on the spool's thread, within the commit that makes it one: pure and quick.
package struct Compensations: Sendable {
    /// Whether partial failures of this route are made good.
    package var concern: @Sendable (_ route: String) -> Bool
    /// The compensating calls, each with `compensates` set, and the upstream it goes to.
    package var calls: @Sendable (PartialFailure) -> [(exchange: SpooledExchange, upstream: String)]

    package init(
        concern: @escaping @Sendable (String) -> Bool = { _ in false },
        calls: @escaping @Sendable (PartialFailure) -> [(exchange: SpooledExchange, upstream: String)] = { _ in [] }
    ) {
        self.concern = concern
        self.calls = calls
    }
}

/// What the spool reports of itself, on its own thread.
package enum SpoolEvent: Sendable {
    /// So many operations went into one commit, which took so long, in nanoseconds.
    case committed(operations: Int, nanoseconds: UInt64)
    /// A commit has failed, or a part of what it was to write.
    case failed(SpoolFault.Code)
    /// Writing has begun to fail.
    case failing(SpoolFault)
    /// It works again.
    case recovered
}
