internal import Exchange

/// What can only be said when the whole configuration is known.
enum Checks {
    static func run(_ draft: Draft, _ reading: Reading) {
        checkAddresses(draft.settings, reading)
        checkSelfCalls(draft, reading)
        guard reading.isSound else { return }
        checkCredentials(draft, reading)
        checkUse(draft, reading)
        checkBodies(draft.settings, reading)
        checkToken(draft.settings.admin, reading)
    }

    // MARK: Addresses

    private static func checkAddresses(_ settings: Settings, _ reading: Reading) {
        let listen = Trail("listen"), admin = AdminSettings.address(reading)
        for (trail, address) in [(listen, settings.listen), (admin, settings.admin.listen)]
        where !settings.allowRemote && !address.isLocal && !reading.isFaulty(trail) {
            reading.error(
                Complaint(
                    "\(address) can be reached from other machines", code: .remoteAddress,
                    hint: "listen on 127.0.0.1 or [::1], or write  allow_remote: true  where that is meant"), at: trail)
        }
        guard !reading.isFaulty(listen), !reading.isFaulty(admin), settings.listen.collides(with: settings.admin.listen) else { return }
        reading.error(
            Complaint("\(settings.admin.listen) is the address of 'listen' too", code: .conflict, hint: "give each its own port"),
            at: admin)
    }

    private static func checkToken(_ admin: AdminSettings, _ reading: Reading) {
        guard admin.token == nil, !admin.listen.isLocal else { return }
        reading.warning(
            Complaint(
                "whoever reaches \(admin.listen) can read what passed here and discard dead letters: the API wants no token", code: .noToken,
                hint: "write for example  admin: { listen: \"\(admin.listen)\", token: { env: PANTOGRAPH_ADMIN_TOKEN } }"),
            at: AdminSettings.address(reading))
    }

    /// An upstream that is this process would call itself without end.
    private static func checkSelfCalls(_ draft: Draft, _ reading: Reading) {
        for upstream in draft.upstreams {
            guard let url = upstream.settings?.url, Loopback.contains(url.host) else { continue }
            for (key, address) in [("listen", draft.settings.listen), ("admin", draft.settings.admin.listen)]
            where address.collides(with: .ip(host: url.host, port: url.port)) {
                reading.error(
                    Complaint(
                        "the URL is pantograph's own address ('\(key)')", code: .conflict, hint: "name the API that is to be called"
                    ),
                    at: upstream.trail.key("url"))
            }
        }
    }

    // MARK: Upstreams

    private static func checkCredentials(_ draft: Draft, _ reading: Reading) {
        for (index, upstream) in draft.upstreams.enumerated() where !upstream.needsNoCredentials {
            guard let settings = upstream.settings, settings.credentials == nil, !settings.inheritCredentials,
                !settings.setHeaders.contains(where: { $0.name.lowercased() == "authorization" }),
                let route = draft.settings.routes.first(where: { $0.mirrors.contains(UpstreamID(index)) })
            else { continue }
            reading.warning(
                Complaint(
                    "'\(upstream.name)' \(reason(why: route))", code: .noCredentials,
                    hint: "give it credentials, or  inherit_credentials: true, or say  credentials: none"),
                at: upstream.trail)
        }
    }

    private static func reason(why route: RouteSettings) -> String {
        route.isAccepted
            ? "gets the calls of the accepted route '\(route.name)' without credentials: no upstream of an accepted route gets the "
                + "application's own unless it has  inherit_credentials: true"
            : "is a mirror (of route '\(route.name)') and is called without credentials: the application's own go to the primary alone"
    }

    private static func checkUse(_ draft: Draft, _ reading: Reading) {
        for (index, upstream) in draft.upstreams.enumerated() {
            let id = UpstreamID(index)
            guard !draft.settings.routes.contains(where: { $0.upstreams.contains(id) }) else { continue }
            reading.warning(
                Complaint("no route names '\(upstream.name)': it is never called", code: .unusedUpstream), at: upstream.trail)
        }
    }

    // MARK: Bodies

    private static func checkBodies(_ settings: Settings, _ reading: Reading) {
        guard let spool = settings.spool, settings.limits.body < spool.maxBody, settings.routes.contains(where: \.isAccepted) else {
            return
        }
        let own = Trail("spool", "max_body")
        reading.warning(
            Complaint(
                "limits.body (\(SizeText.string(settings.limits.body))) is smaller than spool.max_body "
                    + "(\(SizeText.string(spool.maxBody))): of an accepted call too the smaller holds", code: .doubtful),
            at: reading.isWritten(own) ? own : Trail("limits", "body"))
    }
}
