import NIOCore

/// The bytes of bodies that have a size and no content: at offset `n` stands character `n % 64` of `alphabet`, so that
/// both ends know every byte without sending a copy.
enum Pattern {
    static let alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n"
    /// The longest slice.
    static let reach = 64 * 1024

    private static let bytes = ByteBuffer(string: String(repeating: alphabet, count: reach / 64 + 1))

    /// The bytes from `offset` on, without a copy; `count` is at most `reach`.
    static func slice(at offset: Int, count: Int) -> ByteBuffer {
        bytes.getSlice(at: offset % 64, length: min(count, reach)) ?? ByteBuffer()
    }
}
