internal import Exchange

extension TailSettings {
    /// - Returns: nil where there is none; the defaults for `true` and for an empty block.
    static func read(_ value: Value) -> TailSettings? {
        let expected = "a block such as { slower_than: 1s }, true or false"
        if value.isScalar { return value.read(as: .flag(expected: expected)) == true ? TailSettings() : nil }
        var settings = TailSettings()
        value.section(expecting: expected) { settings.read($0) }
        return settings
    }

    private mutating func read(_ section: Section) {
        section.read("errors", as: .flag, into: &errors)
        section.read("rate_limited", as: .flag, into: &rateLimited)
        section.read("disagreements", as: .flag, into: &disagreements)
        section.read("slower_than", as: .duration(Bound.millisecond...Bound.day), into: &slowerThan)
        section.read("wait", as: .duration(Bound.millisecond...Bound.hour), into: &wait)
        section.read("buffer", as: .number(1...1_000_000), into: &buffer)
    }
}
