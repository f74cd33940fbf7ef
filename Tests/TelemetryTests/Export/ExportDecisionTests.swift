import CCurl
import Exchange
import Testing

@testable import Telemetry

@Suite("What to do about the collector's answer")
struct ExportDecisionTests {
    @Test("Every status")
    func statuses() {
        for status in 100...999 {
            let decision = ExportDecision(.status(status, retryAfter: .seconds(7), body: []), spans: 5)
            switch (status, decision) {
            case (200..<300, .accepted(rejected: 0, message: "")): break
            case (429, .again(after: .seconds(7), let trouble)): #expect(trouble.errorClass == .http429)
            case (502, .again(after: .seconds(7), let trouble)), (503, .again(after: .seconds(7), let trouble)),
                (504, .again(after: .seconds(7), let trouble)):
                #expect(trouble.errorClass == .http5xx)
            case (429, _), (502...504, _): Issue.record("\(status) is to be tried again")
            case (400..<500, .refused(let trouble)): #expect(trouble.errorClass == .http4xx && trouble.detail.contains("\(status)"))
            case (500..., .refused(let trouble)): #expect(trouble.errorClass == .http5xx)
            case (_, .refused(let trouble)): #expect(trouble.errorClass == .protocol)
            default: Issue.record("\(status): \(decision)")
            }
        }
    }

    @Test("Without Retry-After the pause is ours to choose")
    func noRetryAfter() {
        let trouble = ExportTrouble(errorClass: .http5xx, detail: "it answered 503")
        #expect(ExportDecision(.status(503, retryAfter: nil, body: []), spans: 1) == .again(after: nil, trouble))
    }

    @Test("A failure of the transfer is tried again or not, as it says", arguments: ErrorClass.allCases, [true, false])
    func failures(errorClass: ErrorClass, mayRetry: Bool) {
        let trouble = ExportTrouble(errorClass: errorClass, detail: "d")
        let decision = ExportDecision(.failed(errorClass, detail: "d", mayRetry: mayRetry), spans: 1)
        #expect(decision == (mayRetry ? .again(after: nil, trouble) : .refused(trouble)))
        #expect(trouble.isAbsence == (errorClass == .dns || errorClass == .connectRefused))
    }

    @Test("Every code of libcurl: a connection lost or never made is tried again, and nothing else")
    func codes() {
        let classes: [UInt32: ErrorClass] = [
            6: .dns, 7: .connectRefused, 18: .reset, 28: .firstByteTimeout, 35: .tls, 52: .reset, 55: .reset, 56: .reset, 58: .tls, 59: .tls,
            60: .tls, 77: .tls, 83: .tls,
        ]
        for code in 1..<100 as Range<UInt32> {
            let failure = TransferFailure(CURLcode(code), isConnected: true)
            #expect(failure.errorClass == classes[code] ?? .protocol, "\(code)")
            #expect(failure.mayRetry == (classes[code] != nil), "\(code)")
            #expect(!failure.words(CURLcode(code)).isEmpty)
        }
        #expect(TransferFailure(nil, isConnected: true).errorClass == .firstByteTimeout)
        #expect(TransferFailure(nil, isConnected: false).errorClass == .connectTimeout)
        #expect(TransferFailure(nil, isConnected: false).mayRetry)
        #expect(TransferFailure(nil, isConnected: false).words(nil) == "no answer in time")
    }

    @Test(
        "What was rejected of an accepted request",
        arguments: [
            ("", 0, ""), ("{}", 0, ""), ("{\"partialSuccess\":{}}", 0, ""), ("{\"partialSuccess\":null}", 0, ""), ("not json", 0, ""), ("[]", 0, ""),
            ("{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"bad\"}}", 3, "bad"),
            ("{\"partialSuccess\":{\"rejectedSpans\":3}}", 3, ""), ("{\"partialSuccess\":{\"rejectedSpans\":\"-3\"}}", 0, ""),
            ("{\"partialSuccess\":{\"rejectedSpans\":\"99\"}}", 5, ""), ("{\"partialSuccess\":{\"rejectedSpans\":1e300}}", 0, ""),
            ("{\"partialSuccess\":{\"rejectedSpans\":\"x\"}}", 0, ""), ("{\"partialSuccess\":{\"rejectedSpans\":[]}}", 0, ""),
            ("{\"partialSuccess\":{\"errorMessage\":\"be\\u0000 \\ncareful\"}}", 0, "be   careful"),
            ("{\"partialSuccess\":{\"errorMessage\":7}}", 0, ""), ("{\"partialSuccess\":[1]}", 0, ""),
        ])
    func partial(body: String, rejected: Int, message: String) {
        let decision = ExportDecision(.status(200, retryAfter: nil, body: Array(body.utf8)), spans: 5)
        #expect(decision == .accepted(rejected: rejected, message: message))
    }

    @Test("A collector's message is cut, and nesting without end does no harm")
    func longMessages() {
        let long = String(repeating: "m", count: 10_000)
        #expect(PartialSuccess(Array("{\"partialSuccess\":{\"errorMessage\":\"\(long)\"}}".utf8)).message.count == 200)
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(PartialSuccess(Array(deep.utf8)).message.isEmpty)
        #expect(PartialSuccess(Array("{\"partialSuccess\":\(deep)".utf8)).rejectedSpans == 0)
    }

    @Test("Pauses double, with jitter, from one second to thirty")
    func backoff() {
        let backoff = ExportBackoff()
        let shortest = (1...10).map { backoff.delay(after: $0, random: 0).seconds }
        let longest = (1...10).map { backoff.delay(after: $0, random: 1).seconds }
        #expect(shortest == [1, 2, 4, 8, 15, 15, 15, 15, 15, 15])
        #expect(longest == [2, 4, 8, 16, 30, 30, 30, 30, 30, 30])
        for failures in [Int.min, -1, 0, 1, 63, 64, 1000, .max] {
            for random in [0, 0.5, 1] {
                let delay = backoff.delay(after: failures, random: random)
                #expect(delay >= .seconds(1) && delay <= .seconds(30))
            }
        }
    }
}
