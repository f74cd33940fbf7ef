internal import Exchange

/// What the log is told of the export: that it began to fail, at most once a minute that it still does, and that it works
/// again. Pure: the clock is passed in and a notice comes out.
struct ExportHealth: Sendable {
    enum Notice: Sendable, Equatable {
        case failing(ExportTrouble, refused: Bool)
        /// `dropped` since it began to fail.
        case stillFailing(ExportTrouble, dropped: Int)
        case recovered(dropped: Int)
        /// Accepted in part; `spans` since the last such notice.
        case rejected(spans: Int, message: String)
        /// The export works, and is slower than spans come; `dropped` since the last such notice.
        case overflowing(dropped: Int)
    }

    static let reminder = Duration.seconds(60)

    private var trouble: ExportTrouble?
    private var nextReminder = MonotonicTime(nanoseconds: 0)
    private var nextRejection = MonotonicTime(nanoseconds: 0)
    private var nextOverflow = MonotonicTime(nanoseconds: 0)
    private var rejected = 0
    /// Dropped in all when the last notice that says a number was given.
    private var told = 0

    /// A try failed.
    /// - Parameter dropped: spans dropped since the start, for whatever reason.
    mutating func failed(_ trouble: ExportTrouble, refused: Bool, dropped: Int, at now: MonotonicTime) -> Notice? {
        let isNew = self.trouble == nil
        self.trouble = trouble
        if isNew {
            told = dropped
            nextReminder = now.advanced(by: Self.reminder)
            return .failing(trouble, refused: refused)
        }
        guard now >= nextReminder else { return nil }
        nextReminder = now.advanced(by: Self.reminder)
        return .stillFailing(trouble, dropped: dropped - told)
    }

    /// A request was taken, but for `rejected` spans.
    mutating func accepted(rejected: Int, message: String, dropped: Int, at now: MonotonicTime) -> Notice? {
        if trouble != nil {
            trouble = nil
            defer { told = dropped }
            self.rejected += rejected
            return .recovered(dropped: dropped - told)
        }
        if rejected > 0 || !message.isEmpty { return noteRejected(rejected, message, at: now) }
        return noteOverflow(dropped, at: now)
    }

    private mutating func noteRejected(_ spans: Int, _ message: String, at now: MonotonicTime) -> Notice? {
        rejected += spans
        guard now >= nextRejection else { return nil }
        nextRejection = now.advanced(by: Self.reminder)
        defer { rejected = 0 }
        return .rejected(spans: rejected, message: message)
    }

    private mutating func noteOverflow(_ dropped: Int, at now: MonotonicTime) -> Notice? {
        guard dropped > told, now >= nextOverflow else { return nil }
        nextOverflow = now.advanced(by: Self.reminder)
        defer { told = dropped }
        return .overflowing(dropped: dropped - told)
    }
}
