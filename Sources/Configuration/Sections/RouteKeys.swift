internal import Exchange

extension RouteSettings {
    var isAccepted: Bool { primary == nil }

    /// Whether its deliveries, all or the mirrors', go through the spool without being asked to by a call.
    var needsSpool: Bool { isAccepted || durable }

    /// Reads what says how its calls are delivered.
    mutating func readKeys(_ section: Section) {
        section.read("durable", as: .flag, into: &durable)
        section.read("mirror_when_cancelled", as: .flag, into: &mirrorWhenCancelled)
        if let value = section.value("order_by") { orderBy = value.read(as: HeaderText.name) }
        section.section("idempotency") {
            $0.read("required", as: .flag, into: &requiresIdempotencyKey)
            $0.read("header", as: IdempotencySettings.headerName, into: &idempotencyHeader)
        }
        onPartialFailure = section.value("on_partial_failure").flatMap(CompensationSettings.read)
        compare = section.value("compare").flatMap(AgreementSettings.read)
    }

    /// What can only be said once it is known what the application gets back and which upstreams get the call.
    ///
    /// - Parameter hasSpool: whether the configuration has a `spool` block, so that a call can ask to be accepted.
    mutating func checkKeys(_ section: Section, hasSpool: Bool) {
        if isAccepted {
            RouteSettings.warnOfKeysOfPrimaries(section)
            durable = false
            mirrorWhenCancelled = true
        } else {
            checkKeysOfPrimary(section, hasSpool: hasSpool)
        }
        checkPartialFailure(section)
        checkCompare(section)
    }

    private static func warnOfKeysOfPrimaries(_ section: Section) {
        let keys = [
            ("durable", "every delivery of an accepted route goes through the spool"),
            ("mirror_when_cancelled", "once a call is accepted, every upstream of the route gets it"),
        ]
        for (key, why) in keys where section.has(key) {
            section.reading.warning(
                Complaint("\(key) says nothing where the route has  respond: accepted: \(why)", code: .doubtful, hint: "leave it out"),
                at: section.trail.key(key))
        }
    }

    private func checkKeysOfPrimary(_ section: Section, hasSpool: Bool) {
        if section.has("idempotency") {
            // To go on would be to promise what does not hold: a call that an upstream answers is not looked at for its key.
            section.reading.error(
                Complaint(
                    "an upstream answers the calls of this route: they are not looked at for a key", code: .conflict,
                    hint: "write  respond: accepted, or leave it out; 'idempotency' of an upstream names the header it gets a key in"),
                at: section.trail.key("idempotency"))
        }
        if durable, mirrors.isEmpty {
            section.reading.warning(
                Complaint("durable is for mirrors, and the route has none", code: .doubtful), at: section.trail.key("durable"))
        }
        if orderBy != nil, !durable, !hasSpool {
            section.reading.warning(
                Complaint(
                    "order_by never applies: nothing of this route goes through the spool", code: .doubtful,
                    hint: "write  respond: accepted  or  durable: true"),
                at: section.trail.key("order_by"))
        }
    }

    private func checkPartialFailure(_ section: Section) {
        guard onPartialFailure != nil, !needsSpool || mirrors.count < 2 else { return }
        section.reading.error(
            Complaint(
                "a failure is partial among at least two upstreams that get the call from the spool: this route has "
                    + (needsSpool ? mirrors.isEmpty ? "none" : "one" : "none"), code: .conflict,
                hint: "write  respond: accepted  with two upstreams, or  durable: true  with two mirrors"),
            at: section.trail.key("on_partial_failure"))
    }
}
