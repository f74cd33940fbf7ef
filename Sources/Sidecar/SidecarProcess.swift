package import Exchange
internal import CGlibc
internal import Glibc
internal import UnixSignals

/// The sidecar as a process: from its start to the exit code.
package enum SidecarProcess {
    /// Runs until SIGTERM or SIGINT. A second signal ends the process at once, with 128 and the signal's number.
    ///
    /// - Parameters:
    ///   - configuration: what `GET /api/config` shows.
    ///   - warnings: what is doubtful in the configuration, for the log.
    package static func run(_ settings: Settings, configuration: String, warnings: [String]) async throws {
        // A peer that is gone is an error of one write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        raiseFileLimit()
        keepLargeBlocksApart()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let sidecar = try await Sidecar(settings, configuration: configuration, warnings: warnings)
        Task { try await StartupPages.giveBackWhenSettled() }
        var shutdown: Task<Void, Never>?
        for await signal in signals {
            guard shutdown == nil else { _exit(128 + signal.rawValue) }
            shutdown = Task {
                await sidecar.shutDown()
                exit(0)
            }
        }
    }

    /// Each call holds up to three sockets: the usual soft limit of 1,024 would be the first bound to be met.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Left to itself, glibc raises this size with each larger block that is freed, to 32 MiB: then batches of spans lie among
    /// small blocks that live longer, and a busy sidecar holds half as much again, which nothing needs. Where it is refused,
    /// memory is all that it costs.
    private static func keepLargeBlocksApart() {
        _ = pantograph_map_blocks_from(1 << 20)
    }
}
