package import Exchange

/// Compares answers as a route's `compare:` says. Pure: the same answers compare the same.
package struct AnswerComparison: Sendable {
    /// Differences that are told of two answers.
    package static let shownDifferences = 20

    private let settings: AgreementSettings
    private let redaction: Redaction
    private let ignore: [PointerPattern]
    private let sets: [PointerPattern]

    /// - Parameter redaction: what is not shown of differences.
    package init(_ settings: AgreementSettings, redaction: Redaction = .standard) {
        self.settings = settings
        self.redaction = redaction
        ignore = settings.ignore.compactMap { PointerPattern($0) }
        sets = settings.sets.compactMap { PointerPattern($0) }
    }

    /// - Parameter noise: paths, as `Difference.path` has them, that differ by themselves.
    /// - Returns: nil where it would take too much work to tell.
    package func compare(_ primary: WholeAnswer, _ mirror: WholeAnswer, noise: [String] = []) -> Agreement? {
        if settings.status, primary.status != mirror.status {
            return Agreement(
                result: .status, differences: [Difference(path: "status", primary: String(primary.status), mirror: String(mirror.status))])
        }
        let headers = headerDifferences(primary.headers, mirror.headers, noise)
        if !headers.isEmpty { return Agreement(result: .headers, differences: headers) }
        guard let body = bodyDifferences(primary.body, mirror.body, noise) else { return nil }
        return body.isEmpty ? .match : Agreement(result: .body, differences: body)
    }

    private func headerDifferences(_ primary: Headers, _ mirror: Headers, _ noise: [String]) -> [Difference] {
        settings.headers.compactMap { name in
            let (left, right) = (primary.values(name), mirror.values(name))
            guard left != right, !noise.contains(Difference.header(name)) else { return nil }
            func shown(_ values: [String]) -> String? {
                guard !values.isEmpty else { return nil }
                return SensitiveNames.contains(Array(name.utf8)) || redaction.hides(header: name)
                    ? SensitiveNames.replacement : JSONValue.cut(redaction.url(values.joined(separator: ", ")))
            }
            return Difference(path: Difference.header(name), primary: shown(left), mirror: shown(right))
        }
    }

    private func bodyDifferences(_ primary: [UInt8], _ mirror: [UInt8], _ noise: [String]) -> [Difference]? {
        guard settings.body != .none, primary != mirror else { return [] }
        guard settings.body == .json, let left = JSONValue(primary), let right = JSONValue(mirror) else {
            return [byteDifference(primary, mirror)]
        }
        var comparison = JSONComparison(tolerance: settings.tolerance, redaction: redaction)
        do {
            let ignored = PointerPatterns(ignore + noise.compactMap { PointerPattern($0) })
            try comparison.compare(left, right, ignore: ignored, sets: PointerPatterns(sets))
            return comparison.differences
        } catch {
            return nil
        }
    }

    /// Of a body that is not JSON nothing is shown, since it can't be known what must not be.
    private func byteDifference(_ primary: [UInt8], _ mirror: [UInt8]) -> Difference {
        let common = zip(primary, mirror).prefix { $0 == $1 }.count
        func shown(_ bytes: [UInt8]) -> String { "\(bytes.count) bytes, another from byte \(common) on" }
        return Difference(path: Difference.body, primary: shown(primary), mirror: shown(mirror))
    }
}
