#if canImport(Glibc)
internal import Glibc
#endif

/// What the kernel says of this process, under the names that every Prometheus client gives it.
struct ProcessFigures: Sendable, Equatable {
    var userSeconds: Double
    var systemSeconds: Double
    var threads: UInt64
    var residentBytes: UInt64
    var virtualBytes: UInt64
    /// Seconds since 1970.
    var startTime: Double
    var openDescriptors: UInt64
    /// nil where there is no limit.
    var maxDescriptors: UInt64?

    var cpuSeconds: Double { userSeconds + systemSeconds }

    /// Reads `/proc/self`; nil where there is none.
    static func read() -> ProcessFigures? {
        guard let stat = text(of: "/proc/self/stat").flatMap(Stat.init) else { return nil }
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return ProcessFigures(
            userSeconds: Double(stat.userTicks) / ticks,
            systemSeconds: Double(stat.systemTicks) / ticks,
            threads: stat.threads,
            residentBytes: stat.residentPages.multipliedReportingOverflow(by: UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))).partialValue,
            virtualBytes: stat.virtualBytes,
            startTime: bootTime + Double(stat.startTicks) / ticks,
            openDescriptors: entries(of: "/proc/self/fd"),
            maxDescriptors: text(of: "/proc/self/limits").flatMap(maxDescriptors(limits:)))
    }

    /// The fields of `/proc/self/stat` (proc(5)) that are exported.
    struct Stat: Equatable {
        var userTicks: UInt64
        var systemTicks: UInt64
        var threads: UInt64
        var startTicks: UInt64
        var virtualBytes: UInt64
        var residentPages: UInt64

        /// nil for a text that isn't of that form.
        init?(_ text: String) {
            // The program's name stands in parentheses and may itself hold spaces and parentheses.
            guard let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
            guard fields.count > 21, let user = UInt64(fields[11]), let system = UInt64(fields[12]), let threads = UInt64(fields[17]),
                let start = UInt64(fields[19]),
                let virtual = UInt64(fields[20]), let resident = UInt64(fields[21])
            else { return nil }
            (userTicks, systemTicks) = (user, system)
            self.threads = threads
            startTicks = start
            virtualBytes = virtual
            residentPages = resident
        }
    }

    /// The soft limit in `/proc/self/limits`.
    static func maxDescriptors(limits: String) -> UInt64? {
        let title = "Max open files"
        guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix(title) }) else { return nil }
        return line.dropFirst(title.count).split(separator: " ").first.flatMap { UInt64($0) }
    }

    /// Seconds since 1970. Read once, so that what follows from it stands still between scrapes.
    private static let bootTime = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME)

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The first 16 KiB of a file.
    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    private static func entries(of path: String) -> UInt64 {
        guard let directory = opendir(path) else { return 0 }
        defer { closedir(directory) }
        var count: UInt64 = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        // One of them is the directory that is being read.
        return count > 0 ? count - 1 : 0
    }
}
