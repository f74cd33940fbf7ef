internal import Exchange

/// The line before a chunk's data (RFC 9112, 7.1): its size and extensions.
enum ChunkLine {
    /// The size; extensions are checked against their grammar and left aside. Blanks around `;` and `=`, which the
    /// grammar only tolerates, are refused: implementations disagree about them.
    static func size(_ line: UnsafeRawBufferPointer) -> Result<Int, Refusal> {
        var size: UInt64 = 0
        var place = 0
        while place < line.count, let digit = Bytes.hexadecimal(line[place]) {
            guard place < 16 else { return .failure(.invalidChunkSize) }
            size = size << 4 | UInt64(digit)
            place += 1
        }
        guard place > 0, let size = Int(exactly: size) else { return .failure(.invalidChunkSize) }
        if Bytes.first(Bytes.carriageReturn, in: line) != nil { return .failure(.bareCarriageReturn) }
        if place < line.count, line[place] != 0x3B { return .failure(.invalidChunkSize) }
        return areExtensions(line, from: place) ? .success(size) : .failure(.invalidChunkExtension)
    }

    /// *( ";" token [ "=" ( token / quoted-string ) ] )
    private static func areExtensions(_ line: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var place = start
        while place < line.count {
            guard line[place] == 0x3B, let name = endOfToken(line, from: place + 1) else { return false }
            place = name
            guard place < line.count, line[place] == 0x3D else { continue }
            let isQuoted = place + 1 < line.count && line[place + 1] == 0x22
            guard let value = isQuoted ? endOfQuoted(line, from: place + 2) : endOfToken(line, from: place + 1) else { return false }
            place = value
        }
        return true
    }

    /// Behind a token of at least one byte.
    private static func endOfToken(_ line: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var place = start
        while place < line.count, Token.contains(line[place]) { place += 1 }
        return place > start ? place : nil
    }

    /// Behind the closing quote.
    private static func endOfQuoted(_ line: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var place = start
        while place < line.count {
            if line[place] == 0x22 { return place + 1 }
            if line[place] == 0x5C { place += 1 }
            guard place < line.count, Bytes.isFieldValue(line[place]) else { return nil }
            place += 1
        }
        return nil
    }
}
