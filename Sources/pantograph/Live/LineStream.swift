internal import CCurl
internal import Exchange
internal import Foundation

/// An answer that goes on, read line by line as it comes.
final class LineStream {
    /// Bytes of one line.
    static let longestLine = 1024 * 1024

    private let handle: AdminHandle
    private let take: (Data) -> Void
    /// What was answered instead of a stream.
    private var refusal = Data()
    private var rest = Data()
    private var isTooLong = false

    private init(_ handle: AdminHandle, _ take: @escaping (Data) -> Void) {
        self.handle = handle
        self.take = take
    }

    /// Asks for `path` and calls `take` with each line that is not empty, until the other end has no more to say.
    ///
    /// - Throws: `AskingFault` where it is not reached, answers with anything but 200, or breaks off.
    static func follow(_ client: AdminClient, _ path: String, _ take: @escaping (Data) -> Void) throws(AskingFault) {
        let stream = LineStream(try AdminHandle(client.address, token: client.token?.text), take)
        stream.setUp()
        let result = withExtendedLifetime(stream) { stream.handle.perform(client.address.base + path) }
        guard result == CURLE_OK else { throw stream.fault(result, client.address) }
        guard stream.handle.status == 200 else { throw client.refusal(stream.handle.status, stream.refusal) }
    }

    private func setUp() {
        // The sidecar says something each 15 s, be it an empty line.
        pantograph_easy_set_long(handle.easy, CURLOPT_LOW_SPEED_LIMIT, 1)
        pantograph_easy_set_long(handle.easy, CURLOPT_LOW_SPEED_TIME, 60)
        pantograph_easy_set_transfer_callback(handle.easy, CURLOPT_WRITEFUNCTION, LineStream.received)
        pantograph_easy_set_pointer(handle.easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
    }

    private func fault(_ result: CURLcode, _ address: AdminAddress) -> AskingFault {
        switch result {
        case CURLE_WRITE_ERROR where isTooLong:
            .unknownAnswer("What answers at \(address) is not a sidecar of this version.")
        case CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_OPERATION_TIMEDOUT:
            .unreachable("The connection to the sidecar at \(address) is gone.")
        default:
            .unreachable("The sidecar is not reachable at \(address). Is it running? --admin ADDRESS or --config FILE names another.")
        }
    }

    private func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        rest.append(contentsOf: bytes)
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            if handle.status != 200 { refusal.append(line.prefix(LineStream.longestLine - refusal.count)) } else if !line.isEmpty { take(Data(line)) }
            rest = Data(rest[(end + 1)...])
        }
        isTooLong = rest.count > LineStream.longestLine
        return !isTooLong
    }

    private static let received: pantograph_transfer_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let stream = Unmanaged<LineStream>.fromOpaque(context).takeUnretainedValue()
        return stream.received(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
}
