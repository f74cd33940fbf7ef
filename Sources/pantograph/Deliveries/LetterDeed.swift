internal import ArgumentParser
internal import Exchange

/// What is done to many dead letters: slice by slice, so that it can be seen how far it is and nothing has to wait long.
struct LetterDeed {
    /// What the API's path is called.
    let name: String
    /// What it is when it is done, which is also the answer's member.
    let done: String
    var rate: RateSettings?
    /// The rate as it was given.
    var rateText: String?

    /// Ids in one request.
    static let slice = 500
    /// Of a paced deed: how much a request covers, so that it can be seen going on.
    private static let pacedSlice: Duration = .seconds(5)

    /// Dead letters in one request.
    var sliceLength: Int {
        guard let rate else { return LetterDeed.slice }
        let ofRate = Double(rate.count) * LetterDeed.pacedSlice.seconds / rate.per.seconds
        return max(1, min(LetterDeed.slice, Int(min(ofRate, Double(LetterDeed.slice)))))
    }

    /// How long so many take at the rate.
    func span(of count: Int) -> Duration {
        rate.map { .nanoseconds(Int64(min(Double(count) * Double($0.per.nanoseconds) / Double($0.count), 1e18))) } ?? .zero
    }

    func body(_ ids: [Int64]) -> String {
        let rate = rateText.map { ",\"rate\":" + JSONText.quoted($0) } ?? ""
        return "{\"ids\":[\(ids.map { String($0) }.joined(separator: ","))]\(rate)}"
    }

    /// - Throws: `ExitCode`, once what there is to say has been said.
    func run(_ selection: LetterSelection, _ options: AdminOptions) async throws {
        var count = 0
        do {
            let client = try options.client()
            let ids = try selection.gathered(from: client)
            try agree(on: ids.count, selection)
            try await perform(ids, client, &count)
            if count > 0 || options.json { say(count, options) }
            if !selection.ids.isEmpty, count < ids.count {
                Terminal.errors.line("pantograph: " + LetterDeed.missing(ids, found: count))
                throw ExitCode.failure
            }
            if count == 0, !options.json {
                try selection.filter.common.sayNothingMatches("Nothing was \(done): no dead letter matches.", client)
            }
        } catch let fault as AskingFault {
            let code = fault.told()
            if count > 0 { say(count, options) }
            throw code
        }
    }

    /// Of ids that were named, so many were found.
    static func missing(_ ids: [Int64], found count: Int) -> String {
        if ids.count == 1 { return "There is no dead letter \(ids[0]): it never was one, or was replayed or discarded." }
        let words = count == 0 ? "None of these \(ids.count) is a dead letter" : "\(ids.count - count) of these \(ids.count) are no dead letters"
        return words + ": they never were, or were replayed or discarded."
    }

    private func agree(on count: Int, _ selection: LetterSelection) throws {
        guard count > 1, !selection.yes else { return }
        guard Terminal.canAsk else {
            Terminal.errors.line("pantograph: \(count) dead letters are meant, and there is no terminal to ask on: --yes \(name)s them.")
            throw ExitCode.validationFailure
        }
        guard Terminal.errors.isAgreed(to: "\(name.prefix(1).uppercased() + name.dropFirst()) \(count) dead letters?") else {
            Terminal.errors.line("Nothing was \(done).")
            throw ExitCode.failure
        }
    }

    private func perform(_ ids: [Int64], _ client: AdminClient, _ count: inout Int) async throws {
        defer { Terminal.errors.progress("") }
        var next = MonotonicTime.now()
        for start in stride(from: 0, to: ids.count, by: sliceLength) {
            // Where each slice is paced on its own, the next one's time has come when this one's is over.
            let wait = next.nanoseconds(since: .now())
            if wait > 0 { try await Task.sleep(nanoseconds: wait) }
            let slice = ids[start..<min(start + sliceLength, ids.count)]
            next = MonotonicTime.now().advanced(by: span(of: slice.count))
            let answer = try client.read([String: Int].self, "POST", "/api/dead-letters/\(name)", body: body(Array(slice)))
            count += answer[done] ?? 0
            if ids.count > sliceLength { Terminal.errors.progress("\(done) \(count) of \(ids.count)") }
        }
    }

    private func say(_ count: Int, _ options: AdminOptions) {
        if options.json { return Terminal.output.line("{\"\(done)\":\(count)}") }
        Terminal.output.line("\(done) \(count) dead \(count == 1 ? "letter" : "letters")")
    }
}
