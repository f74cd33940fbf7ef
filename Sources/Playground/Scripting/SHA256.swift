/// SHA-256 (FIPS 180-4) of bytes that come in parts: what a recorded body is compared by.
struct SHA256: Sendable {
    private var words: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var schedule = [UInt32](repeating: 0, count: 64)
    /// The bytes of the last block while it is not full.
    private var block = [UInt8](repeating: 0, count: 64)
    private var filled = 0
    private var length: UInt64 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var rest = bytes
        if filled > 0 {
            let count = min(64 - filled, rest.count)
            for place in 0..<count { block[filled + place] = rest[place] }
            filled += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard filled == 64 else { return }
            block.withUnsafeBytes { Self.compress(UnsafeRawBufferPointer($0), into: &words, &schedule) }
            filled = 0
        }
        while rest.count >= 64 {
            Self.compress(UnsafeRawBufferPointer(rebasing: rest[..<64]), into: &words, &schedule)
            rest = UnsafeRawBufferPointer(rebasing: rest[64...])
        }
        for (place, byte) in rest.enumerated() { block[place] = byte }
        filled = rest.count
    }

    /// The digest in lower-case hexadecimal of everything so far.
    func hexadecimal() -> String {
        var last = self
        let bits = length &* 8
        var padding = [UInt8](repeating: 0, count: filled < 56 ? 64 - filled : 128 - filled)
        padding[0] = 0x80
        for place in 0..<8 { padding[padding.count - 1 - place] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * place)) }
        padding.withUnsafeBytes { last.update($0) }
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for word in last.words {
            for shift in stride(from: UInt32(28), through: 0, by: -4) { text.append(digits[Int(word >> shift & 0xF)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        var hash = SHA256()
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal()
    }

    private static func compress(_ block: UnsafeRawBufferPointer, into words: inout [UInt32], _ schedule: inout [UInt32]) {
        schedule.withUnsafeMutableBufferPointer { w in
            for place in 0..<16 {
                w[place] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self))
            }
            for place in 16..<64 {
                let small0 = turned(w[place - 15], 7) ^ turned(w[place - 15], 18) ^ (w[place - 15] >> 3)
                let small1 = turned(w[place - 2], 17) ^ turned(w[place - 2], 19) ^ (w[place - 2] >> 10)
                w[place] = w[place - 16] &+ small0 &+ w[place - 7] &+ small1
            }
            rounds(UnsafeBufferPointer(w), into: &words)
        }
    }

    private static func rounds(_ w: UnsafeBufferPointer<UInt32>, into words: inout [UInt32]) {
        var (a, b, c, d) = (words[0], words[1], words[2], words[3])
        var (e, f, g, h) = (words[4], words[5], words[6], words[7])
        constants.withUnsafeBufferPointer { k in
            for round in 0..<64 {
                let big1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
                let first = h &+ big1 &+ ((e & f) ^ (~e & g)) &+ k[round] &+ w[round]
                let big0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
                let second = big0 &+ ((a & b) ^ (a & c) ^ (b & c))
                (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
            }
        }
        for (place, word) in [a, b, c, d, e, f, g, h].enumerated() { words[place] &+= word }
    }

    @inline(__always)
    private static func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
    private static let constants: [UInt32] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ]
}
