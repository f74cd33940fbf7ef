internal import Exchange

/// What the fields of an answer's head say of the upstream's quota: `RateLimit` with `RateLimit-Policy`
/// (draft-ietf-httpapi-ratelimit-headers), the fields that its earlier forms had in their place, and the `X-RateLimit-*` and
/// `X-Rate-Limit-*` that are in use beside them. What is malformed is ignored.
///
/// A class, since few answers have any of it: it would make every reader of an answer several times as large.
final class QuotaFields {
    /// Quotas, and policies, that are kept of one head; others are ignored.
    static let maximumItems = 16

    /// Until the quota is there again, as it is written: from now on, or a point on the calendar.
    struct Reset {
        var seconds: UInt64
        var nanoseconds: UInt64
    }

    private struct Item {
        var policy: [UInt8]
        var remaining: Int
        var reset: Reset?
    }

    /// Two fields that say together what others say in one; of several of a kind the tightest.
    private struct Pair {
        private(set) var remaining: Int?
        private(set) var reset: Reset?

        mutating func note(remaining number: QuotaNumber?) {
            guard let number else { return }
            remaining = min(number.whole, remaining ?? .max)
        }

        mutating func note(reset number: QuotaNumber?) {
            guard let number, number.reset.seconds >= reset?.seconds ?? 0 else { return }
            reset = number.reset
        }
    }

    private var items: [Item] = []
    private var windows: [(policy: [UInt8], seconds: UInt64)] = []
    /// `RateLimit-*`, `X-RateLimit-*`, `X-Rate-Limit-*`.
    private var pairs = (Pair(), Pair(), Pair())

    /// Which field this is, if one of a quota's: nearly every other is told by its first letter and its length.
    enum Field {
        case rateLimit, policy
        case remaining, reset
        case xRemaining, xReset
        case xDashedRemaining, xDashedReset

        init?(_ name: UnsafeRawBufferPointer) {
            guard let first = name.first, first | 0x20 == UInt8(ascii: "r") || first | 0x20 == UInt8(ascii: "x") else { return nil }
            switch name.count {
            case 9 where Headers.equal(name, literal: "ratelimit"): self = .rateLimit
            case 15 where Headers.equal(name, literal: "ratelimit-reset"): self = .reset
            case 16 where Headers.equal(name, literal: "ratelimit-policy"): self = .policy
            case 17 where Headers.equal(name, literal: "x-ratelimit-reset"): self = .xReset
            case 18 where Headers.equal(name, literal: "x-rate-limit-reset"): self = .xDashedReset
            case 19 where Headers.equal(name, literal: "ratelimit-remaining"): self = .remaining
            case 21 where Headers.equal(name, literal: "x-ratelimit-remaining"): self = .xRemaining
            case 22 where Headers.equal(name, literal: "x-rate-limit-remaining"): self = .xDashedRemaining
            default: return nil
            }
        }
    }

    // MARK: Reading

    func note(_ field: Field, _ value: UnsafeRawBufferPointer) {
        switch field {
        case .rateLimit: noteLimits(value)
        case .policy: notePolicies(value)
        case .remaining: pairs.0.note(remaining: QuotaNumber(value))
        case .reset: pairs.0.note(reset: QuotaNumber(value))
        case .xRemaining: pairs.1.note(remaining: QuotaNumber(value))
        case .xReset: pairs.1.note(reset: QuotaNumber(value))
        case .xDashedRemaining: pairs.2.note(remaining: QuotaNumber(value))
        case .xDashedReset: pairs.2.note(reset: QuotaNumber(value))
        }
    }

    /// `"burst";r=50;t=30, "daily";r=900;t=4000`; of earlier drafts `limit=100, remaining=50, reset=30`.
    private func noteLimits(_ value: UnsafeRawBufferPointer) {
        guard let members = StructuredList.read(value) else { return }
        for member in members where items.count < Self.maximumItems {
            guard let remaining = member.number("r")?.whole else { continue }
            items.append(Item(policy: member.name, remaining: remaining, reset: member.number("t")?.reset))
        }
        let named = { (name: String) in members.first { $0.name.elementsEqual(name.utf8) }?.value.flatMap { QuotaNumber($0) } }
        guard let remaining = named("remaining")?.whole, items.count < Self.maximumItems else { return }
        items.append(Item(policy: [], remaining: remaining, reset: named("reset")?.reset))
    }

    /// `"burst";q=100;w=60`.
    private func notePolicies(_ value: UnsafeRawBufferPointer) {
        guard let members = StructuredList.read(value) else { return }
        for member in members where windows.count < Self.maximumItems {
            guard let seconds = member.number("w")?.reset.seconds else { continue }
            windows.append((member.name, seconds))
        }
    }

    // MARK: What it comes to

    /// The tightest: the one with the fewest calls left, and of several the one that takes longest to be there again. One that does
    /// not say when that is takes its policy's whole window.
    func quota(now: WallTime) -> Quota? {
        var tightest: Quota?
        func consider(_ remaining: Int, _ reset: Duration?) {
            if let other = tightest {
                guard (remaining, other.reset ?? .zero) < (other.remaining, reset ?? .zero) else { return }
            }
            tightest = Quota(remaining: remaining, reset: reset)
        }
        for item in items {
            let window = windows.first { $0.policy == item.policy }.map { Reset(seconds: $0.seconds, nanoseconds: 0) }
            consider(item.remaining, (item.reset ?? window)?.duration(now: now))
        }
        for pair in [pairs.0, pairs.1, pairs.2] {
            if let remaining = pair.remaining { consider(remaining, pair.reset?.duration(now: now)) }
        }
        return tightest
    }
}

extension QuotaFields.Reset {
    /// GitHub, Twitter and many others send the time itself, in seconds since 1970, and some in milliseconds; the draft and others
    /// send seconds from now. No wait is as long as 31 years, and no time in milliseconds as early as 2001.
    private static let firstEpochSecond: UInt64 = 1_000_000_000
    private static let firstEpochMillisecond: UInt64 = 1_000_000_000_000

    /// From now on; zero for what is past, and never longer than `RetryAfter.longest`.
    func duration(now: WallTime) -> Duration {
        let wait: UInt64
        switch seconds {
        case ..<Self.firstEpochSecond: wait = seconds * 1_000_000_000 + nanoseconds
        case ..<Self.firstEpochMillisecond: wait = since(now, seconds.multipliedReportingOverflow(by: 1_000_000_000), nanoseconds)
        default: wait = since(now, seconds.multipliedReportingOverflow(by: 1_000_000), 0)
        }
        return min(RetryAfter.longest, .nanoseconds(Int64(clamping: wait)))
    }

    private func since(_ now: WallTime, _ time: (partialValue: UInt64, overflow: Bool), _ fraction: UInt64) -> UInt64 {
        guard !time.overflow else { return .max }
        let (sum, overflow) = time.partialValue.addingReportingOverflow(fraction)
        return overflow ? .max : sum - min(sum, now.nanosecondsSinceEpoch)
    }
}
