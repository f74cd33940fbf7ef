internal import Exchange

/// Everything that is exposed, read at one time.
struct Scrape: Sendable {
    static let quantiles = [0.5, 0.9, 0.95, 0.99, 0.999]

    let layout: Layout
    let at: MonotonicTime
    /// The same time on the calendar clock.
    let wall: WallTime
    var figures: Figures
    /// By upstream: those in memory.
    var pending: [PendingDeliveries.Summary]
    /// By upstream; nil while nobody has said where to read them.
    var gauges: [UpstreamGauges]?
    /// nil where there is no spool.
    var spool: (gauges: SpoolGauges, figures: SpoolFigures.Snapshot)?
    /// nil where spans are not exported.
    var export: ExportFigures.Snapshot?
    /// nil without a tail rule.
    var tail: TailRule.Snapshot?
    /// nil where metrics are not exported.
    var metricExport: ExportFigures.Snapshot?
    /// nil where logs are not exported.
    var logExport: ExportFigures.Snapshot?
    var process: ProcessFigures?
    var logLinesDropped: UInt64
    var version: String

    func page(_ format: ExpositionFormat) -> [UInt8] {
        var writer = ExpositionWriter(format)
        writeFigures(to: &writer)
        return writer.finished()
    }

    func writeFigures(to writer: inout some FigureWriting & ~Copyable) {
        writeExchanges(&writer)
        writeAttempts(&writer)
        writeUpstreams(&writer)
        writeDeliveries(&writer)
        writeAgreement(&writer)
        writeSpool(&writer)
        writeExport(&writer)
        writeItself(&writer)
    }

    /// Deliveries to an upstream that have not ended, in memory or spooled.
    func pending(of upstream: Int) -> Int { pending[upstream].count + (gauges?[upstream].spooledPending ?? 0) }

    /// Seconds that the oldest pending delivery of an upstream has waited.
    func lag(of upstream: Int) -> Double {
        let inMemory = pending[upstream].oldest.map { at.seconds(since: $0) } ?? 0
        return max(inMemory, gauges?[upstream].spooledOldest.map { wall.seconds(since: $0) } ?? 0)
    }
}

extension Scrape {
    private typealias Labels = [(name: String, value: String)]

    private func writeExchanges(_ writer: inout some FigureWriting & ~Copyable) {
        let series = figures.exchanges.series.sorted {
            ($0.route?.index ?? -1, $0.method, $0.status) < ($1.route?.index ?? -1, $1.method, $1.status)
        }
        for one in series {
            let labels: Labels = [
                ("route", layout.name(of: one.route)), ("method", MethodLabel.names[one.method]), ("code", StatusLabel.name(one.status)),
            ]
            writer.histogram(.exchangeDuration, labels, one.durations)
        }
    }

    private func writeAttempts(_ writer: inout some FigureWriting & ~Copyable) {
        let possible = Set(layout.legs)
        let legs = layout.allLegs
        for leg in legs {
            for (outcome, durations) in figures.legs[leg.place].durations.enumerated() {
                let name = outcome == 0 ? "success" : ErrorClass.allCases[outcome - 1].rawValue
                writer.histogram(.attemptDuration, labels(leg) + [("outcome", name)], durations)
            }
        }
        for leg in legs where possible.contains(leg) || figures.legs[leg.place].latency.count > 0 {
            write(figures.legs[leg.place].latency, of: leg, to: &writer)
        }
        for leg in legs { writer.histogram(.firstByte, labels(leg), figures.legs[leg.place].firstByte) }
        for leg in legs {
            for (status, count) in figures.legs[leg.place].responses.enumerated() where count > 0 {
                writer.count(.responses, labels(leg) + [("code", StatusLabel.name(status))], count)
            }
        }
        for leg in legs {
            for errorClass in ErrorClass.allCases {
                let count = figures.legs[leg.place].errors[errorClass.place]
                guard count > 0 || possible.contains(leg) && ErrorClass.onTheWire.contains(errorClass) else { continue }
                writer.count(.errors, labels(leg) + [("class", errorClass.rawValue)], count)
            }
        }
        for leg in legs where possible.contains(leg) || figures.legs[leg.place].rateLimited > 0 {
            writer.count(.rateLimited, labels(leg), figures.legs[leg.place].rateLimited)
        }
    }

    private func write(_ latency: LatencyWindow, of leg: Layout.Leg, to writer: inout some FigureWriting & ~Copyable) {
        let distribution = latency.distribution(at: at)
        writer.summary(
            .latency, labels(leg), quantiles: Self.quantiles.map { ($0, distribution.quantile($0)) },
            sum: Double(latency.sum) / 1e9, count: latency.count)
    }

    private func writeUpstreams(_ writer: inout some FigureWriting & ~Copyable) {
        write(.inFlight, to: &writer) { Double($0.inFlight) }
        write(.connections, to: &writer) { Double($0.connections) }
        write(.breaker, to: &writer) { $0.breaker.map(Double.init) }
        write(.healthy, to: &writer) { $0.isHealthy.map { $0 ? 1 : 0 } }
        write(.throttled, to: &writer, \.throttledSeconds)
        write(.retryAfter, to: &writer, \.retryAfterSeconds)
        write(.quota, to: &writer) { $0.quotaRemaining.map(Double.init) }
    }

    /// One gauge of each upstream that has it.
    private func write(_ family: Family, to writer: inout some FigureWriting & ~Copyable, _ value: (UpstreamGauges) -> Double?) {
        for (name, gauges) in zip(layout.upstreams, gauges ?? []) {
            if let value = value(gauges) { writer.number(family, [("upstream", name)], value) }
        }
    }

    private func writeDeliveries(_ writer: inout some FigureWriting & ~Copyable) {
        let ways = layout.ways + layout.otherWays.filter { figures.deliveries.hasEnded($0) }
        for way in ways {
            for result in DeliveryResult.allCases {
                writer.count(.deliveries, labels(way) + [("result", result.rawValue)], figures.deliveries.count(way, result))
            }
        }
        for (upstream, name) in layout.upstreams.enumerated() {
            writer.number(.pending, [("upstream", name)], Double(pending(of: upstream)))
        }
        for (upstream, name) in layout.upstreams.enumerated() { writer.number(.lag, [("upstream", name)], lag(of: upstream)) }
        write(.deadLetters, to: &writer) { $0.deadLetters.map(Double.init) }
        for (upstream, name) in layout.upstreams.enumerated() {
            for reason in SkipReason.allCases {
                let count = figures.deliveries.skipped(upstream, reason)
                guard count > 0 || layout.mirrors.contains(upstream) else { continue }
                writer.count(.skipped, [("upstream", name), ("reason", reason.rawValue)], count)
            }
        }
        for (upstream, name) in layout.upstreams.enumerated() {
            for errorClass in ErrorClass.allCases {
                let count = figures.deliveries.retries(upstream, errorClass)
                guard count > 0 || layout.retrying.contains(upstream) && ErrorClass.repeatable.contains(errorClass) else { continue }
                writer.count(.retries, [("upstream", name), ("class", errorClass.rawValue)], count)
            }
        }
        for way in ways { writer.histogram(.deliveryDuration, labels(way), figures.deliveries.durations(way)) }
    }

    private func writeAgreement(_ writer: inout some FigureWriting & ~Copyable) {
        for way in layout.comparing {
            for result in AgreementResult.allCases {
                writer.count(.agreement, labels(way) + [("result", result.rawValue)], figures.agreement.count(way, result))
            }
        }
    }

    private func writeSpool(_ writer: inout some FigureWriting & ~Copyable) {
        guard let spool else { return }
        writer.number(.spoolBytes, [], Double(spool.gauges.bytes))
        writer.number(.spoolMaxBytes, [], Double(spool.gauges.maxBytes))
        writer.histogram(.spoolCommit, [], spool.figures.commits)
        writer.count(.spoolOperations, [], spool.figures.operations)
        let failures = spool.figures.failures
        for fault in Set(spool.gauges.faults).union(failures.keys).sorted() {
            writer.count(.spoolFailures, [("fault", fault)], failures[fault] ?? 0)
        }
    }

    private func writeExport(_ writer: inout some FigureWriting & ~Copyable) {
        write(.spans, export, to: &writer)
        write(.dataPoints, metricExport, to: &writer)
        write(.logRecords, logExport, to: &writer)
        let exports = [export, metricExport, logExport].compactMap { $0 }
        let durations = exports.reduce(into: Histogram()) { $0.merge($1.durations) }
        writer.histogram(.exportDuration, [], durations)
        guard let tail else { return }
        let fates = [("kept", tail.kept), ("dropped", tail.dropped), ("overflowed", tail.overflowed)]
        for (result, count) in fates { writer.count(.tailSpans, [("result", result)], count) }
    }

    private func write(_ family: Family, _ export: ExportFigures.Snapshot?, to writer: inout some FigureWriting & ~Copyable) {
        guard let export else { return }
        let results = [("exported", export.exported), ("rejected", export.rejected), ("dropped", export.dropped)]
        for (result, count) in results { writer.count(family, [("result", result)], count) }
    }

    private func writeItself(_ writer: inout some FigureWriting & ~Copyable) {
        writer.count(.connectionsRefused, [], figures.connectionsRefused)
        writer.count(.logLinesDropped, [], logLinesDropped)
        writer.number(.buildInfo, [("version", version), ("swift", BuildInfo.swift), ("arch", BuildInfo.architecture)], 1)
        guard let process else { return }
        writer.number(.processCPU, [], process.cpuSeconds)
        writer.number(.processResident, [], Double(process.residentBytes))
        writer.number(.processVirtual, [], Double(process.virtualBytes))
        writer.number(.processOpen, [], Double(process.openDescriptors))
        if let limit = process.maxDescriptors { writer.number(.processMax, [], Double(limit)) }
        writer.number(.processStart, [], process.startTime)
    }

    private func labels(_ leg: Layout.Leg) -> Labels { [("upstream", layout.upstreams[leg.upstream]), ("role", leg.role.rawValue)] }

    private func labels(_ way: Layout.Way) -> Labels {
        [("route", layout.name(of: way.route.map { RouteID($0) })), ("upstream", layout.upstreams[way.upstream])]
    }
}

extension WallTime {
    /// Seconds from `earlier` until here; 0 where `earlier` is later, as it may be once the clock is set.
    fileprivate func seconds(since earlier: WallTime) -> Double {
        Double(nanosecondsSinceEpoch - min(nanosecondsSinceEpoch, earlier.nanosecondsSinceEpoch)) / 1e9
    }
}
