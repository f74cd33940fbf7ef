internal import CCurl
internal import Exchange

/// What the upstream thread does to a transfer from outside libcurl.
extension Transfer {
    /// Goes on where it was held: the pauses that are left are told to libcurl.
    func goOn(room: Bool, more: Bool) {
        let freesAnswer = room && progress.isAnswerHeld
        let freesBody = more && progress.isBodyHeld
        guard freesAnswer || freesBody else { return }
        if freesAnswer {
            progress.isAnswerHeld = false
            attempt?.goOn()
        }
        if freesBody { progress.isBodyHeld = false }
        let held = (progress.isAnswerHeld ? CURLPAUSE_RECV : 0) | (progress.isBodyHeld ? CURLPAUSE_SEND : 0)
        // Calls the callback for what it had put aside before it returns; that callback may hold again.
        let code = curl_easy_pause(easy, held)
        // Without a connection there is nothing to go on with: libcurl ends the transfer by itself.
        if code != CURLE_OK, code != CURLE_BAD_FUNCTION_ARGUMENT { origin.end(self, failure(code) ?? .cancelled) }
    }

    /// libcurl's result as a failure; nil for a success.
    func failure(_ code: CURLcode) -> Failure? {
        if let failure = progress.failure { return failure }
        if progress.isSettled { return nil }
        guard code != CURLE_OK else {
            return progress.reader.isComplete ? nil : Failure(.reset, "the connection was closed within the answer's head")
        }
        if code == CURLE_HTTP2_STREAM, errorWords.isEmpty { return answeredEarly() }
        var systemError = 0
        if code == CURLE_COULDNT_CONNECT { _ = pantograph_easy_get_long(easy, CURLINFO_OS_ERRNO, &systemError) }
        return Failure(
            code, words: errorWords, systemError: Int32(truncatingIfNeeded: systemError), isConnected: progress.connectedAt != nil)
    }

    /// The upstream has answered before it had the whole request, and ended the stream well: only then does libcurl say nothing of why
    /// no more can be sent (see `shortBody` for what it may forget of the answer).
    private func answeredEarly() -> Failure? {
        guard !progress.reader.isWhole(bodyBytes: progress.answerBytes) else { return nil }
        let lost = progress.reader.isComplete ? "a part of its answer" : "its answer"
        return Failure(.reset, "the upstream answered before it had the whole request, and \(lost) was lost")
    }
}
