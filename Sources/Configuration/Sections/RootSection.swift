internal import Exchange

extension Draft {
    /// Reads the whole document; what the command line says is taken into account by the caller.
    mutating func read(_ root: Section) {
        let directory = root.reading.directory
        root.read("listen", as: AddressText.form(in: directory), into: &settings.listen)
        if let value = root.value("admin") { settings.admin.read(value) }
        root.read("allow_remote", as: .flag, into: &settings.allowRemote)
        if let upstreams = root.required("upstreams", example: "upstreams: { inventory: { url: https://api.example.com } }") {
            readUpstreams(upstreams)
        }
        // Before the routes: what some of their keys mean depends on there being one.
        root.section("spool") { settings.spool = SpoolSettings.read($0) }
        readRoutes(root.value("routes"))
        takeSpool(in: directory)
        root.section("limits") { settings.limits.read($0) }
        root.section("telemetry") { settings.telemetry.read($0, exporters: exporters) }
        root.read("drain", as: .duration(.zero...Bound.hour), into: &settings.drain)
        root.read("threads", as: .number(0...256), into: &settings.threads)
    }
}

/// Bounds that many settings share.
enum Bound {
    static let millisecond = Duration.milliseconds(1)
    static let hour = Duration.seconds(3600)
    static let day = Duration.seconds(24 * 3600)
    static let month = Duration.seconds(31 * 24 * 3600)
    static let year = Duration.seconds(366 * 24 * 3600)
    static let tebibyte = 1 << 40
    /// Upstreams and routes are labels of metrics.
    static let upstreams = 64
    static let routes = 256
}
