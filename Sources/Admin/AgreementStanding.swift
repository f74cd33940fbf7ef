package import Exchange

/// How the mirrors of one route have agreed with its primary, for `GET /api/agreement`.
package struct AgreementStanding: Sendable {
    package struct Mirror: Sendable {
        package var upstream: String
        package var counts: [AgreementResult: UInt64]
        /// Answers that came and were not compared, by reason.
        package var uncompared: [(reason: String, count: UInt64)]
        /// Those that differed most, most often first.
        package var paths: [Path]

        package init(
            upstream: String, counts: [AgreementResult: UInt64] = [:], uncompared: [(reason: String, count: UInt64)] = [],
            paths: [Path] = []
        ) {
            self.upstream = upstream
            self.counts = counts
            self.uncompared = uncompared
            self.paths = paths
        }
    }

    /// One place in which answers differ, with how they differed last.
    package struct Path: Sendable {
        package var path: String
        package var result: AgreementResult
        package var count: UInt64
        /// What stood there, redacted; nil where nothing did.
        package var primary: String?
        package var mirror: String?
        package var exchange: ExchangeID
        package var trace: TraceID

        package init(
            path: String, result: AgreementResult, count: UInt64, primary: String?, mirror: String?, exchange: ExchangeID, trace: TraceID
        ) {
            self.path = path
            self.result = result
            self.count = count
            self.primary = primary
            self.mirror = mirror
            self.exchange = exchange
            self.trace = trace
        }
    }

    /// A path that is ignored, since it differs between two answers of the primary.
    package struct Noise: Sendable {
        package var path: String
        /// How often it has.
        package var count: UInt64

        package init(path: String, count: UInt64) {
            self.path = path
            self.count = count
        }
    }

    package var route: String
    package var primary: String
    /// Calls that the primary got twice and whose answers were compared.
    package var probes: UInt64
    package var ignored: [Noise]
    package var mirrors: [Mirror]

    package init(route: String, primary: String, probes: UInt64 = 0, ignored: [Noise] = [], mirrors: [Mirror]) {
        self.route = route
        self.primary = primary
        self.probes = probes
        self.ignored = ignored
        self.mirrors = mirrors
    }
}
