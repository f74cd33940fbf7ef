internal import Exchange

extension BreakerSettings {
    /// - Returns: nil where there is none; the defaults for `true` and for an empty block.
    static func read(_ value: Value) -> BreakerSettings? {
        let expected = "a block such as { failure_ratio: 0.5 }, true or false"
        if value.isScalar { return value.read(as: .flag(expected: expected)) == true ? BreakerSettings() : nil }
        var settings = BreakerSettings()
        value.section(expecting: expected) { settings.read($0) }
        return settings
    }

    private mutating func read(_ section: Section) {
        section.read("failure_ratio", as: .positiveRatio, into: &failureRatio)
        section.read("window", as: .duration(Bound.millisecond...Bound.hour), into: &window)
        section.read("minimum", as: .number(1...1_000_000), into: &minimum)
        section.read("open_for", as: .duration(Bound.millisecond...Bound.day), into: &openFor)
    }
}
