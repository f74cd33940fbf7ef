/// What the spool takes up at the moment it is asked.
package struct SpoolGauges: Sendable, Equatable {
    /// Bytes that count against `spool.max_size`.
    package var bytes: Int
    /// `spool.max_size`.
    package var maxBytes: Int

    package init(bytes: Int, maxBytes: Int) {
        self.bytes = bytes
        self.maxBytes = maxBytes
    }
}
