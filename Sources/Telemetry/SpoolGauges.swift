/// What the spool takes up at the moment it is asked.
package struct SpoolGauges: Sendable, Equatable {
    /// Bytes that count against `spool.max_size`.
    package var bytes: Int
    /// `spool.max_size`.
    package var maxBytes: Int
    /// The faults by which its commits can fail: each has its series before the first failure.
    package var faults: [String]

    package init(bytes: Int, maxBytes: Int, faults: [String] = []) {
        self.bytes = bytes
        self.maxBytes = maxBytes
        self.faults = faults
    }
}
