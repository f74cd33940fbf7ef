internal import Exchange

extension Limits {
    mutating func read(_ section: Section) {
        section.read("connections", as: .number(1...1_000_000), into: &connections)
        section.section("headers") {
            $0.read("bytes", as: .size(1024...16 << 20), into: &headerBytes)
            $0.read("count", as: .number(1...10_000), into: &headerCount)
        }
        section.read("body", as: .size(1...Bound.tebibyte), into: &body)
        section.section("mirror") { readMirror($0) }
        let range = Bound.millisecond...Bound.day
        section.read("header_timeout", as: .duration(range), into: &headerTimeout)
        section.read("body_timeout", as: .duration(range), into: &bodyTimeout)
        section.read("idle_timeout", as: .duration(range), into: &idleTimeout)
    }

    private mutating func readMirror(_ section: Section) {
        section.read("body", as: .size(1...Bound.tebibyte), into: &mirrorBody)
        section.read("memory", as: .size(1...Bound.tebibyte), into: &mirrorMemory)
        section.read("calls", as: .number(1...1_000_000), into: &mirrorCalls)
        guard !section.reading.isFaulty(section.trail) else { return }
        if mirrorBody > mirrorMemory {
            section.reading.error(
                Complaint(
                    "body (\(SizeText.string(mirrorBody))) is larger than memory (\(SizeText.string(mirrorMemory))), "
                        + "which all mirrored bodies share", code: .conflict),
                at: section.trail.key(section.has("body") ? "body" : "memory"))
        }
    }
}
