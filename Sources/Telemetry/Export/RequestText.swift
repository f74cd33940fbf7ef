internal import CCurl

/// The text of a request to the collector, which is read front to back in parts, and from its front again where it is sent again.
class RequestText {
    /// Bytes of the whole.
    var count: Int { 0 }

    /// Copies out what comes next, as much as there is room for: nothing behind the end.
    func read(into room: UnsafeMutableRawBufferPointer) -> Int { 0 }

    /// Goes back to the front.
    func rewind() {}

    // MARK: For libcurl, with the text as context

    static let reading: pantograph_transfer_callback = { bytes, size, count, context in
        guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
        let text = Unmanaged<RequestText>.fromOpaque(context).takeUnretainedValue()
        return text.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }

    /// A kept connection may turn out to be dead after the first part was read: libcurl then begins anew on another.
    static let seeking: curl_seek_callback = { context, offset, origin in
        guard let context, offset == 0, origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
        Unmanaged<RequestText>.fromOpaque(context).takeUnretainedValue().rewind()
        return CURL_SEEKFUNC_OK
    }
}

/// Text that lies in one piece.
final class WholeText: RequestText {
    private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    private var place = 0

    /// Has these bytes read from now on: they must stay where they are as long as they are read.
    func hold(_ bytes: UnsafeRawBufferPointer) { (self.bytes, place) = (bytes, 0) }

    override var count: Int { bytes.count }

    override func read(into room: UnsafeMutableRawBufferPointer) -> Int {
        let part = UnsafeRawBufferPointer(rebasing: bytes[place...].prefix(room.count))
        room.copyMemory(from: part)
        place += part.count
        return part.count
    }

    override func rewind() { place = 0 }
}
