internal import Exchange

/// The room that one exchange's body takes of `limits.mirror`, so that mirrors and retries can read it from its start.
struct KeptBody {
    private var length = BodyLength.none
    private var bytes = 0
    private(set) var isOpen = false

    /// Takes the room for a body of known length at once; one of unknown length takes it as it comes.
    mutating func open(_ length: BodyLength, _ works: Works) -> SkipReason? {
        self.length = length
        isOpen = true
        guard case .sized(let count) = length else { return nil }
        return reserve(count, works)
    }

    /// Takes room for bytes that have come; the reason where there is none, after which nothing is kept.
    mutating func take(_ count: Int, _ works: Works) -> SkipReason? {
        guard isOpen, case .unknown = length else { return nil }
        return reserve(count, works)
    }

    mutating func close(_ works: Works) {
        if bytes > 0 { works.releaseMirror(bodyBytes: bytes) }
        bytes = 0
        isOpen = false
    }

    private mutating func reserve(_ count: Int, _ works: Works) -> SkipReason? {
        let refused = bytes + count > works.limits.mirrorBody ? .bodyTooLarge : works.admitMirror(bodyBytes: count)
        if refused == nil { bytes += count } else { close(works) }
        return refused
    }
}
