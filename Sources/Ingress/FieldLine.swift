internal import Exchange

/// One line of a field section (RFC 9112, 5): a name, a colon, a value.
struct FieldLine {
    /// Bytes of the name, which begins the line.
    var nameLength: Int
    /// The value, without the blanks around it.
    var value: UnsafeRawBufferPointer

    /// - Parameter line: not empty and without its CRLF.
    static func parse(_ line: UnsafeRawBufferPointer) throws(Refusal) -> FieldLine {
        guard let first = line.first, !Bytes.isBlank(first) else { throw .foldedField }
        let length = Token.length(atFrontOf: line)
        guard length < line.count else { throw .missingColon }
        guard line[length] == Bytes.colon else { throw refusal(ofNameIn: line, endingAt: length) }
        guard length > 0 else { throw .emptyName }
        let value = Bytes.trimmed(Bytes.slice(line, length + 1..<line.count))
        for byte in Bytes.behindPlainText(value) where !Bytes.isFieldValue(byte) {
            throw byte == Bytes.carriageReturn ? .bareCarriageReturn : .invalidValue
        }
        return FieldLine(nameLength: length, value: value)
    }

    /// Why a line that nobody is to get can't stand.
    static func refusal(of line: UnsafeRawBufferPointer) -> Refusal? {
        do throws(Refusal) {
            _ = try parse(line)
            return nil
        } catch {
            return error
        }
    }

    private static func refusal(ofNameIn line: UnsafeRawBufferPointer, endingAt place: Int) -> Refusal {
        if line[place] == Bytes.carriageReturn { return .bareCarriageReturn }
        guard Bytes.isBlank(line[place]) else { return .invalidName }
        let next = line[place...].firstIndex { !Bytes.isBlank($0) }
        return next.map { line[$0] } == Bytes.colon ? .blankBeforeColon : .invalidName
    }
}
