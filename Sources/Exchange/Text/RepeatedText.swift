/// A text that is mostly the same as the last time, such as what an application calls itself: made once, and then shared by all who
/// keep it.
package struct RepeatedText: Sendable {
    private var last = ""

    package init() {}

    /// These bytes as text; what is not UTF-8 in them is replaced.
    package mutating func text(_ bytes: UnsafeRawBufferPointer) -> String {
        // A text in which something was replaced is not the same as its bytes, and is made anew each time.
        let isSame = last.withUTF8 { SameBytes.are(UnsafeRawBufferPointer($0), bytes) }
        if !isSame { last = String(decoding: bytes, as: UTF8.self) }
        return last
    }
}
