internal import CCurl
internal import Exchange
internal import Glibc

/// The request's fields as libcurl wants them: a `curl_slist` whose nodes and text lie in memory of its own, used again for
/// each request and left alone while a transfer runs.
///
/// All fields but `Host` go as one node, their lines joined by CRLF: libcurl writes a node as it is, so the bytes are those of
/// one node for each field, and looks at every node some ten times for each request, which was the largest part of its work.
/// In front stand nodes without a value, which keep libcurl from adding fields of its own.
struct HeaderLines: ~Copyable {
    /// Text kept for the next request; what a larger one needed is given back.
    private static let kept = 16 * 1024
    private static let suppressed = ["Accept:", "Content-Type:", "Expect:"]
    private static let host = suppressed.count
    private static let block = host + 1

    private let nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: block + 1)
    private var text = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 1)
    private var used = 0

    init() {
        for place in 0...Self.block {
            let word = place < Self.host ? strdup(Self.suppressed[place]) : nil
            nodes[place] = curl_slist(data: word, next: place + 1 < Self.host ? nodes + place + 1 : nil)
        }
    }

    deinit {
        for place in 0..<Self.host { free(nodes[place].data) }
        nodes.deallocate()
        text.deallocate()
    }

    /// The list, at the same place for every request.
    var first: UnsafeMutablePointer<curl_slist> { nodes }

    /// Puts these fields in place of the last request's. Framing (`Content-Length`, `Transfer-Encoding`) is libcurl's to write
    /// and `Expect` Ingress's to answer: such fields are left out.
    ///
    /// - Returns: false where a field holds a byte that would break its line.
    mutating func fill(_ headers: Headers) -> Bool {
        reserve(headers.byteCount + 4 * headers.count + 2)
        used = 0
        var isSound = true
        var hasHost = false
        headers.forEach { name, value in
            guard !hasHost, Self.isHost(name) else { return }
            hasHost = true
            isSound = write(name, value) && isSound
        }
        if hasHost { put(0x00) }
        let start = used
        var lines = 0
        headers.forEach { name, value in
            guard !Self.isHost(name), !Self.isFraming(name) else { return }
            if lines > 0 {
                put(0x0D)
                put(0x0A)
            }
            lines += 1
            isSound = write(name, value) && isSound
        }
        guard isSound else {
            link(host: nil, block: nil)
            return false
        }
        // A sole field without a value would read as one to suppress: a semicolon says that it is meant.
        if lines == 1, text[used - 1] == 0x3A { text[used - 1] = 0x3B }
        put(0x00)
        link(host: hasHost ? 0 : nil, block: lines > 0 ? start : nil)
        return true
    }

    /// Gives back the memory of an unusually large request.
    mutating func trim() {
        guard text.count > Self.kept else { return }
        text.deallocate()
        text = .allocate(byteCount: 1024, alignment: 1)
        link(host: nil, block: nil)
    }

    private mutating func reserve(_ bytes: Int) {
        guard text.count < bytes else { return }
        text.deallocate()
        text = .allocate(byteCount: bytes, alignment: 1)
    }

    private func link(host: Int?, block: Int?) {
        let base = text.baseAddress?.assumingMemoryBound(to: CChar.self)
        nodes[Self.host].data = host.flatMap { base?.advanced(by: $0) }
        nodes[Self.block].data = block.flatMap { base?.advanced(by: $0) }
        let last = block != nil ? nodes + Self.block : nil
        nodes[Self.host].next = last
        nodes[Self.host - 1].next = host != nil ? nodes + Self.host : last
    }

    // MARK: Writing

    private mutating func put(_ byte: UInt8) {
        text[used] = byte
        used += 1
    }

    /// `Name: value`, or `Name:` where there is no value.
    private mutating func write(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        guard Token.isWhole(name), !FieldText.breaksLine(value) else { return false }
        copy(name)
        put(0x3A)
        guard !value.isEmpty else { return true }
        put(0x20)
        copy(value)
        return true
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: text[used...]).copyMemory(from: bytes)
        used += bytes.count
    }

    private static func isHost(_ name: UnsafeRawBufferPointer) -> Bool { name.count == 4 && Headers.equal(name, literal: "host") }

    private static func isFraming(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 6: Headers.equal(name, literal: "expect")
        case 14: Headers.equal(name, literal: "content-length")
        case 17: Headers.equal(name, literal: "transfer-encoding")
        default: false
        }
    }
}
