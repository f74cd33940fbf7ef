internal import Exchange

/// A configuration while it is read: settings beside what only the reading knows.
struct Draft {
    var settings = Settings(upstreams: [], routes: [])
    /// In the order of the configuration; `settings` is nil for one that is in error, so that places stay true.
    var upstreams: [Upstream] = []
    /// How each signal is exported where it is, by the environment and the defaults.
    var exporters = Exporters()

    struct Upstream {
        var name: String
        var trail: Trail
        var settings: UpstreamSettings?
        /// `credentials: none`: the upstream is meant to be called without.
        var needsNoCredentials = false
    }

    var names: [String] { upstreams.map(\.name) }

    /// The value of what has been read without an error.
    func finished() -> Settings {
        var settings = settings
        settings.upstreams = upstreams.compactMap(\.settings)
        return settings
    }
}
