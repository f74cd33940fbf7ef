#if canImport(Glibc)
internal import Glibc
#endif

/// How many freed blocks of each size glibc keeps at hand for each thread: seven, unless it is told otherwise. What the calls of one
/// turn of an event loop free is several times as much, and the rest goes the long way, through the arena that threads share, and
/// comes back by it: that is a thirtieth of a call's instructions.
///
/// Only the environment that a program starts with can tell it otherwise (glibc manual, "Memory Allocation Tunables"), so the program
/// starts itself once more, in the same process and with the same arguments.
enum AllocatorCaches {
    private static let variable = "GLIBC_TUNABLES"
    private static let tunable = "glibc.malloc.tcache_count"
    private static let blocks = 64

    /// Does not return where the program has to start anew. Nothing may have been read from standard input before. What the
    /// environment says of these caches already holds; where the system refuses, it costs speed alone.
    static func enlarge() {
        let others = getenv(variable).map { String(cString: $0) } ?? ""
        guard !others.contains(tunable), let program = program() else { return }
        setenv(variable, (others.isEmpty ? "" : others + ":") + "\(tunable)=\(blocks)", 1)
        execv(program, CommandLine.unsafeArgv)
    }

    /// Its own name, by which the system shows the process: `/proc/self/exe` itself would show it as `exe`.
    private static func program() -> String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count)
        guard length > 0, length < path.count else { return nil }
        return String(decoding: path[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
