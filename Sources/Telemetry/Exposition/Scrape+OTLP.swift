internal import Exchange

extension Scrape {
    /// Writes everything that goes to a collector.
    ///
    /// - Parameters:
    ///   - upstreams: of the configuration, by place: where they are.
    ///   - paths: the routes' paths, by place.
    func write(to writer: inout MetricWriter, upstreams: [BaseURL], paths: [String]) {
        for one in figures.exchanges.series { writer.request(.server, attributes(of: one, paths), one.durations) }
        for (series, durations) in figures.clients?.durations ?? [:] {
            writer.request(.client, attributes(of: series, upstreams), durations)
        }
        writeFigures(to: &writer)
        if let process { writer.process(process, at: wall) }
    }

    private typealias Attributes = [(key: String, value: SpanValue)]

    private func attributes(of series: ExchangeFigures.Series, _ paths: [String]) -> Attributes {
        var attributes: Attributes = [("http.request.method", .string(MethodLabel.names[series.method])), ("url.scheme", .string("http"))]
        if series.status == StatusLabel.place(StatusLabel.clientGone) {
            // No status was sent.
            attributes.append(("error.type", .string(ErrorClass.cancelled.rawValue)))
        } else if let status = Int(StatusLabel.name(series.status)) {
            attributes.append(("http.response.status_code", .int(status)))
            if status >= 500 { attributes.append(("error.type", .string("\(status)"))) }
        }
        if let route = series.route, paths.indices.contains(route.index) {
            attributes.append(("http.route", .string(paths[route.index])))
            attributes.append(("pantograph.route", .string(layout.name(of: route))))
        }
        return attributes
    }

    private func attributes(of series: ClientFigures.Series, _ upstreams: [BaseURL]) -> Attributes {
        var attributes: Attributes = [("http.request.method", .string(MethodLabel.names[series.method]))]
        if upstreams.indices.contains(series.leg.upstream) {
            let url = upstreams[series.leg.upstream]
            attributes += [("server.address", .string(url.host)), ("server.port", .int(url.port)), ("url.scheme", .string(url.scheme))]
            attributes.append(("pantograph.upstream", .string(layout.upstreams[series.leg.upstream])))
        }
        attributes.append(("pantograph.role", .string(series.leg.role.rawValue)))
        if let status = series.status { attributes.append(("http.response.status_code", .int(status))) }
        if let errorClass = series.errorClass {
            let status = errorClass.isOfStatus ? series.status : nil
            attributes.append(("error.type", .string(status.map { "\($0)" } ?? errorClass.rawValue)))
        }
        return attributes
    }
}
