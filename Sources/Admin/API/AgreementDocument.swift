internal import Exchange

/// How a route's mirrors have agreed, as the API shows it.
enum AgreementDocument {
    static func json(_ standing: AgreementStanding) -> JSON {
        .object([
            ("route", .string(standing.route)), ("primary", .string(standing.primary)), ("mirrors", .array(standing.mirrors.map(mirror))),
            ("noise_probes", number(standing.probes)),
            ("ignored", .array(standing.ignored.map { .object([("path", .string($0.path)), ("count", number($0.count))]) })),
        ])
    }

    private static func mirror(_ mirror: AgreementStanding.Mirror) -> JSON {
        let results = AgreementResult.allCases.map { ($0.rawValue, number(mirror.counts[$0] ?? 0)) }
        return .object(
            [("upstream", .string(mirror.upstream)), ("compared", number(mirror.counts.values.reduce(0, &+)))] + results + [
                ("not_compared", .object(mirror.uncompared.map { ($0.reason, number($0.count)) })),
                ("paths", .array(mirror.paths.map(path))),
            ])
    }

    private static func path(_ path: AgreementStanding.Path) -> JSON {
        .object([
            ("path", .string(path.path)), ("result", .string(path.result.rawValue)), ("count", number(path.count)),
            ("primary", JSON(path.primary)), ("mirror", JSON(path.mirror)), ("exchange_id", .string(path.exchange.description)),
            ("trace_id", .string(path.trace.description)),
        ])
    }

    private static func number(_ number: UInt64) -> JSON { .integer(Int64(clamping: number)) }
}
