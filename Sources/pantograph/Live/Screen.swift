internal import Foundation
internal import Synchronization

/// A terminal that is drawn upon as a whole; what stood there before comes back at the end.
struct Screen: ~Copyable {
    private static let isEnded = Atomic(false)
    private static let ended: @convention(c) (Int32) -> Void = { _ in Screen.isEnded.store(true, ordering: .relaxed) }

    private let output: Terminal
    private var before = termios()

    init(_ output: Terminal) {
        self.output = output
        tcgetattr(STDIN_FILENO, &before)
        var raw = before
        // Keys come at once and unseen; Ctrl-C stays a signal.
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, Screen.ended) }
        output.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    deinit {
        output.write("\u{1B}[?25h\u{1B}[?1049l")
        var before = before
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    }

    /// Puts `text` in the place of what is seen; lines for which there is no room are left out.
    func draw(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(max(1, (output.height ?? 24) - 1))
        output.write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K\r\n" }.joined() + "\u{1B}[J")
    }

    /// Waits; true where it is to end before, by `q`, a signal or the end of input.
    func isEnded(within milliseconds: Int32) -> Bool {
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        let found = poll(&input, 1, milliseconds)
        guard !Screen.isEnded.load(ordering: .relaxed) else { return true }
        guard found > 0 else { return false }
        var key: UInt8 = 0
        return read(STDIN_FILENO, &key, 1) != 1 || key == UInt8(ascii: "q") || key == UInt8(ascii: "Q")
    }
}
