import Testing

@testable import Playground

@Suite("SHA-256")
struct SHA256Tests {
    /// The examples of FIPS 180-4 and the empty message.
    @Test("known digests", arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func vectors(text: String, digest: String) {
        #expect(SHA256.hexadecimal(text.utf8) == digest)
    }

    @Test("a million times the letter a")
    func long() {
        let part = [UInt8](repeating: 0x61, count: 1000)
        var hash = SHA256()
        for _ in 0..<1000 { part.withUnsafeBytes { hash.update($0) } }
        #expect(hash.hexadecimal() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("every split of a message in two gives the same digest, and asking for it changes nothing")
    func splits() {
        let message = (0..<200).map { UInt8($0) }
        let whole = SHA256.hexadecimal(message)
        for place in 0...message.count {
            var hash = SHA256()
            message[..<place].withUnsafeBytes { hash.update($0) }
            _ = hash.hexadecimal()
            message[place...].withUnsafeBytes { hash.update($0) }
            #expect(hash.hexadecimal() == whole)
        }
    }
}
