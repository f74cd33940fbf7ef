import CCurl
import Exchange
import Glibc
import Testing

@testable import Upstream

@Suite struct FailureTableTests {
    @Test(arguments: [
        (6, "", 0, ErrorClass.dns), (7, "", ECONNREFUSED, .connectRefused), (7, "", ENETUNREACH, .connectRefused), (7, "", ETIMEDOUT, .connectTimeout),
        (7, "", 0, .connectRefused), (28, "", 0, .connectTimeout), (1, "", 0, .protocol), (8, "", 0, .protocol), (16, "", 0, .reset), (18, "", 0, .reset),
        (23, "", 0, .protocol), (27, "", 0, .protocol), (35, "", 0, .tls), (51, "", 0, .tls), (53, "", 0, .tls), (54, "", 0, .tls), (55, "", 0, .reset),
        (52, "", 0, .reset), (56, "", 0, .reset), (56, "Illegal or missing hexadecimal sequence in chunked-encoding", 0, .protocol),
        (56, "nghttp2_session_mem_recv() returned -902", 0, .protocol), (58, "", 0, .tls), (59, "", 0, .tls), (60, "", 0, .tls), (61, "", 0, .protocol),
        (64, "", 0, .tls), (65, "", 0, .reset), (66, "", 0, .tls), (77, "", 0, .tls), (80, "", 0, .tls), (82, "", 0, .tls), (83, "", 0, .tls), (90, "", 0, .tls),
        (91, "", 0, .tls), (92, "", 0, .reset), (100, "", 0, .protocol), (9999, "", 0, .protocol),
    ] as [(UInt32, String, Int32, ErrorClass)])
    func classOf(code: UInt32, words: String, systemError: Int32, expected: ErrorClass) {
        let failure = Failure(CURLcode(rawValue: code), words: words, systemError: systemError, isConnected: false)
        #expect(failure.errorClass == expected)
        #expect(!failure.detail.isEmpty)
        #expect(failure.certificateRejected == (code == 60))
    }

    @Test func afterConnecting() {
        #expect(Failure(CURLE_OPERATION_TIMEDOUT, words: "", isConnected: true).errorClass == .totalTimeout)
        #expect(Failure(CURLE_SSL_CONNECT_ERROR, words: "", isConnected: true).errorClass == .reset)
    }

    @Test func everyCodeHasAClassOfAnUpstream() {
        for code in 1...100 as ClosedRange<UInt32> {
            for isConnected in [false, true] {
                let failure = Failure(CURLcode(rawValue: code), words: "", isConnected: isConnected)
                #expect(![.noRoute, .loop, .cancelled].contains(failure.errorClass))
            }
        }
    }
}
