internal import Exchange

/// The INTERNAL span of a spooled delivery: from acceptance, or the replay of a dead letter, to its end, the wait included.
extension SpanEncoder {
    mutating func write(delivery record: DeliveryRecord) {
        let upstream = upstreams.indices.contains(record.upstream.index) ? upstreams[record.upstream.index] : nil
        open(head(of: record, upstream))
        write(exchangeID: record.story.id)
        if let route = record.story.route, routes.indices.contains(route.index) { write(routes[route.index].attribute) }
        if let upstream { write(upstream.attribute) }
        json.attribute(.role, record.role.rawValue)
        json.attribute(.deliveryResult, record.result.rawValue)
        json.attribute(.attempts, record.attempts)
        if let reason = record.reason { json.attribute(.skipReason, reason.rawValue) }
        if let errorClass = record.errorClass { json.attribute(.errorClass, errorClass.rawValue) }
        let isError = record.result == .dead
        if isError { json.attribute(.errorType, record.errorClass?.rawValue ?? "_OTHER") }
        closeAttributes(record.events, of: record.story)
        write(link: record.link)
        close(isError: isError)
    }

    /// The parent, the SERVER span, is of this service, though it may have been of a process before this one.
    private func head(of record: DeliveryRecord, _ upstream: UpstreamText?) -> Head {
        Head(
            trace: record.span, spanID: record.span.spanID, parent: record.parentSpanID, parentIsRemote: false, kind: .internal,
            start: record.startedAt, end: record.endedAt,
            name: .delivery(verb: record.isCompensation ? "compensate" : "deliver", upstream: upstream?.name))
    }
}
