internal import Exchange
internal import NIOCore

/// What the connections of one event loop use in turn, so that it stays in the processor's caches however many they are.
///
/// `@unchecked Sendable`: used on its event loop alone.
final class LoopMemory: @unchecked Sendable {
    /// What has just come.
    let input = ReadMemory()
    private var spareOutput: ByteBuffer?

    /// Memory for an answer, empty.
    func takeOutput() -> ByteBuffer { spareOutput.take() ?? ByteBuffer() }

    /// What was written has left, and nobody holds on to its memory.
    func giveBack(output: consuming ByteBuffer) {
        // Where there was nothing to send, what is here is better.
        guard output.capacity > 0 else { return }
        output.clear()
        spareOutput = output
    }
}
