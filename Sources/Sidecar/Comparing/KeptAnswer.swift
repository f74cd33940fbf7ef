internal import Exchange
internal import NIOCore
internal import Policy

/// An answer that is kept to be compared, as it comes.
struct KeptAnswer {
    enum Standing: Equatable {
        /// It has not ended.
        case coming
        case whole
        /// There was none, or not the whole of it.
        case missing
        /// It came, and can't be kept.
        case refused(Uncompared)
    }

    private let maxBody: Int
    private let memory: AnswerMemory
    private(set) var standing = Standing.coming
    private(set) var hasEnded = false
    private(set) var room: AnswerRoom
    private var head: AnswerHead?
    private var body: [UInt8] = []

    init(maxBody: Int, memory: AnswerMemory) {
        self.maxBody = maxBody
        self.memory = memory
        room = AnswerRoom(of: memory)
    }

    /// nil before its head.
    var answer: WholeAnswer? { head.map { WholeAnswer(status: $0.status, headers: $0.headers, body: body) } }

    /// A final head begins an answer; what came of an earlier attempt is dropped.
    mutating func begin(_ head: AnswerHead) {
        guard !head.isInterim else { return }
        self = KeptAnswer(maxBody: maxBody, memory: memory)
        self.head = head
        if case .sized(let length) = head.bodyLength, length > maxBody { refuse(.bodyTooLarge) }
    }

    mutating func append(_ bytes: ByteBuffer) {
        guard standing == .coming else { return }
        guard body.count + bytes.readableBytes <= maxBody else { return refuse(.bodyTooLarge) }
        guard room.take(bytes.readableBytes) else { return refuse(.memoryFull) }
        body.append(contentsOf: bytes.readableBytesView)
    }

    mutating func end(_ outcome: AttemptOutcome) {
        hasEnded = true
        let isAnswer = outcome.status != nil && outcome.errorClass?.isOfStatus ?? true
        guard isAnswer, head != nil else { return drop(.missing) }
        if standing == .coming { standing = .whole }
    }

    private mutating func refuse(_ reason: Uncompared) { drop(.refused(reason)) }

    private mutating func drop(_ standing: Standing) {
        self.standing = standing
        body = []
        room = AnswerRoom(of: memory)
    }
}
