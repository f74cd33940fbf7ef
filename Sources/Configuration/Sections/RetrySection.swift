internal import Exchange

extension RetrySettings {
    mutating func read(_ section: Section) {
        section.read("attempts", as: .number(1...10_000), into: &attempts)
        section.read("backoff", as: .duration(Bound.millisecond...Bound.hour), into: &backoff)
        section.read("max_backoff", as: .duration(Bound.millisecond...Bound.day), into: &maxBackoff)
        section.read("give_up_after", as: .duration(Bound.millisecond...Bound.month), into: &giveUpAfter)
        if let triggers = section.value("on")?.list(of: RetryTrigger.form, expecting: "a list such as [connect, timeout, 429, 5xx]")
        {
            on = Set(triggers)
        }
        guard !section.reading.isFaulty(section.trail) else { return }
        check(section)
    }

    private func check(_ section: Section) {
        if maxBackoff < backoff {
            section.reading.error(
                Complaint(
                    "max_backoff (\(DurationText.string(maxBackoff))) is shorter than backoff (\(DurationText.string(backoff)))",
                    code: .conflict),
                at: section.trail.key(section.has("max_backoff") ? "max_backoff" : "backoff"))
        }
        if attempts == 1 {
            section.reading.warning(
                Complaint(
                    "attempts: 1 counts the first, so nothing is tried again and the rest of retry never applies", code: .doubtful),
                at: section.trail.key("attempts"))
        } else if on.isEmpty {
            section.reading.warning(
                Complaint(
                    "'on' is empty: nothing is tried again", code: .doubtful, hint: "write for example  on: [connect, timeout, 429]"
                ),
                at: section.trail.key("on"))
        } else if giveUpAfter < backoff {
            section.reading.warning(
                Complaint(
                    "give_up_after (\(DurationText.string(giveUpAfter))) is over before the first backoff "
                        + "(\(DurationText.string(backoff))) is", code: .doubtful),
                at: section.trail.key("give_up_after"))
        }
    }
}

extension RetryTrigger {
    private static let expected = "one of connect, timeout, reset, 5xx or a status such as 429"

    static let form = Form<RetryTrigger>(expected) { text throws(Complaint) in
        switch text {
        case "connect": return .connect
        case "timeout": return .timeout
        case "reset": return .reset
        case "5xx": return .serverErrors
        case "4xx":
            throw Complaint("4xx as a whole is not worth another attempt", hint: "write the statuses, such as 408, 425, 429")
        default: break
        }
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let status = Int(text) else {
            let nearest = NearestName.of(text, among: ["connect", "timeout", "reset", "5xx"])
            throw Complaint("expected \(expected)", hint: nearest.map { "did you mean '\($0)'?" })
        }
        guard (400...599).contains(status) else {
            throw Complaint("only statuses from 400 to 599 are worth another attempt", code: .outOfRange)
        }
        return .status(status)
    }
}
