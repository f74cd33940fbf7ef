internal import Exchange

/// Everything that is exposed, read at one time.
struct Scrape: Sendable {
    static let quantiles = [0.5, 0.9, 0.95, 0.99, 0.999]

    let layout: Layout
    let at: MonotonicTime
    var figures: Figures
    /// By upstream.
    var pending: [PendingDeliveries.Summary]
    /// By upstream; nil while nobody has said where to read them.
    var gauges: [UpstreamGauges]?
    /// nil where spans are not exported.
    var export: ExportFigures.Snapshot?
    var process: ProcessFigures?
    var logLinesDropped: UInt64
    var version: String

    func page(_ format: ExpositionFormat) -> [UInt8] {
        var writer = ExpositionWriter(format)
        writeExchanges(&writer)
        writeAttempts(&writer)
        writeGauges(&writer)
        writeDeliveries(&writer)
        writeExport(&writer)
        writeItself(&writer)
        return writer.finished()
    }

    /// Seconds that the oldest pending delivery of an upstream has waited.
    func lag(of upstream: Int) -> Double { pending[upstream].oldest.map { at.seconds(since: $0) } ?? 0 }
}

extension Scrape {
    private typealias Labels = ExpositionWriter.Labels

    private func writeExchanges(_ writer: inout ExpositionWriter) {
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

    private func writeAttempts(_ writer: inout ExpositionWriter) {
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

    private func write(_ latency: LatencyWindow, of leg: Layout.Leg, to writer: inout ExpositionWriter) {
        let distribution = latency.distribution(at: at)
        writer.summary(
            .latency, labels(leg), quantiles: Self.quantiles.map { ($0, distribution.quantile($0)) },
            sum: Double(latency.sum) / 1e9, count: latency.count)
    }

    private func writeGauges(_ writer: inout ExpositionWriter) {
        guard let gauges else { return }
        for (name, gauges) in zip(layout.upstreams, gauges) {
            writer.number(.inFlight, [("upstream", name)], Double(gauges.inFlight))
        }
        for (name, gauges) in zip(layout.upstreams, gauges) {
            writer.number(.connections, [("upstream", name)], Double(gauges.connections))
        }
    }

    private func writeDeliveries(_ writer: inout ExpositionWriter) {
        for way in layout.ways {
            for result in DeliveryResult.allCases {
                writer.count(.deliveries, labels(way) + [("result", result.rawValue)], figures.deliveries.count(way, result))
            }
        }
        for (upstream, name) in layout.upstreams.enumerated() {
            writer.number(.pending, [("upstream", name)], Double(pending[upstream].count))
        }
        for (upstream, name) in layout.upstreams.enumerated() { writer.number(.lag, [("upstream", name)], lag(of: upstream)) }
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
                guard count > 0 || layout.retrying.contains(upstream) && ErrorClass.onTheWire.contains(errorClass) else { continue }
                writer.count(.retries, [("upstream", name), ("class", errorClass.rawValue)], count)
            }
        }
        for way in layout.ways { writer.histogram(.deliveryDuration, labels(way), figures.deliveries.durations(way)) }
    }

    private func writeExport(_ writer: inout ExpositionWriter) {
        guard let export else { return }
        let results = [("exported", export.exported), ("rejected", export.rejected), ("dropped", export.dropped)]
        for (result, count) in results { writer.count(.spans, [("result", result)], count) }
        writer.histogram(.exportDuration, [], export.durations)
    }

    private func writeItself(_ writer: inout ExpositionWriter) {
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

    private func labels(_ way: Layout.Way) -> Labels { [("route", layout.routes[way.route]), ("upstream", layout.upstreams[way.upstream])] }
}
