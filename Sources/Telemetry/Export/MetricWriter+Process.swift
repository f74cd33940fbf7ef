internal import Exchange

extension MetricWriter {
    /// What the kernel says of this process, by the conventions' names (`process-metrics.md` of 1.44).
    ///
    /// - Parameter now: for how long it has run.
    mutating func process(_ figures: ProcessFigures, at now: WallTime) {
        for (mode, seconds) in [("user", figures.userSeconds), ("system", figures.systemSeconds)] {
            begin("process.cpu.time", unit: "s", help: "Total CPU seconds broken down by different states.", "sum", isMonotonic: true)
            open()
            json.attribute(key: "cpu.mode", .string(mode), limit: 16)
            json.raw("],\"asDouble\":")
            json.number(seconds)
            json.raw("}")
        }
        amount("process.memory.usage", unit: "By", "The amount of physical memory in use.", figures.residentBytes)
        amount("process.memory.virtual", unit: "By", "The amount of committed virtual memory.", figures.virtualBytes)
        amount("process.thread.count", unit: "{thread}", "Process threads count.", figures.threads)
        amount(
            "process.unix.file_descriptor.count", unit: "{file_descriptor}",
            "Number of unix file descriptors in use by the process.", figures.openDescriptors)
        begin("process.uptime", unit: "s", help: "The time the process has been running.", "gauge", isMonotonic: false)
        open()
        json.raw("],\"asDouble\":")
        json.number(max(0, Double(now.nanosecondsSinceEpoch) / 1e9 - figures.startTime))
        json.raw("}")
    }

    /// An amount that goes up and down, and can be added up over instances.
    private mutating func amount(_ name: String, unit: String, _ help: String, _ value: UInt64) {
        begin(name, unit: unit, help: help, "sum", isMonotonic: false)
        open()
        json.raw("],\"asDouble\":")
        json.integer(value)
        json.raw("}")
    }
}
