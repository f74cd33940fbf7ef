internal import Exchange
internal import Foundation
internal import GRDB
internal import NIOCore

/// Reads the columns of a row one after the other. Anything that can't be what was written throws `Unreadable`: the file may
/// have been damaged.
struct Columns {
    private let row: Row
    private var place = 0

    init(_ row: Row) { self.row = row }

    mutating func optionalText() throws -> String? {
        switch value().storage {
        case .null: nil
        case .string(let text): text
        default: throw Unreadable(what: "column \(place) holds no text")
        }
    }

    mutating func text() throws -> String {
        guard let text = try optionalText() else { throw Unreadable(what: "column \(place) is empty") }
        return text
    }

    mutating func optionalInteger() throws -> Int64? {
        switch value().storage {
        case .null: nil
        case .int64(let number): number
        default: throw Unreadable(what: "column \(place) holds no number")
        }
    }

    mutating func integer() throws -> Int64 {
        guard let number = try optionalInteger() else { throw Unreadable(what: "column \(place) is empty") }
        return number
    }

    mutating func int() throws -> Int { Int(try integer()) }
    mutating func flag() throws -> Bool { try integer() != 0 }
    mutating func optionalTime() throws -> WallTime? { try optionalInteger().map(WallTime.init(column:)) }
    mutating func time() throws -> WallTime { WallTime(column: try integer()) }

    /// nil where there is none, an empty one where there is one without bytes.
    mutating func buffer() throws -> ByteBuffer? {
        defer { place += 1 }
        guard !row.hasNull(atIndex: place) else { return nil }
        return try row.withUnsafeData(atIndex: place) { data in data.map { ByteBuffer(bytes: $0) } } ?? ByteBuffer()
    }

    /// A word of an enumeration; nil also for one that this version doesn't know.
    mutating func word<Word: RawRepresentable<String>>(_: Word.Type = Word.self) throws -> Word? {
        try optionalText().flatMap(Word.init(rawValue:))
    }

    private mutating func value() -> DatabaseValue {
        defer { place += 1 }
        return row[place]
    }
}

extension Database {
    /// Runs a statement that is kept prepared for the next time.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func first<Value>(_ sql: String, _ arguments: StatementArguments, _ read: (inout Columns) throws -> Value) throws -> Value? {
        let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        guard let row = try cursor.next() else { return nil }
        var columns = Columns(row)
        return try read(&columns)
    }

    func all<Value>(_ sql: String, _ arguments: StatementArguments, _ read: (inout Columns) throws -> Value) throws -> [Value] {
        let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        var values: [Value] = []
        while let row = try cursor.next() {
            var columns = Columns(row)
            values.append(try read(&columns))
        }
        return values
    }
}

extension WallTime {
    /// Nanoseconds in 63 bits, which last until 2262.
    var column: Int64 { Int64(clamping: nanosecondsSinceEpoch) }
    init(column: Int64) { self.init(nanosecondsSinceEpoch: UInt64(max(0, column))) }
}

extension ByteBuffer {
    var data: Data { Data(readableBytesView) }
}

extension ExchangeID {
    /// From its text, as `description` writes it.
    init?(column text: String) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32, text.utf8.count == 36, let high = Hexadecimal.value(digits[..<16]),
            let low = Hexadecimal.value(digits[16...])
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension TraceID {
    init?(column text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32, let high = Hexadecimal.value(digits[..<16]), let low = Hexadecimal.value(digits[16...])
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension SpanID {
    init?(column text: String) {
        guard text.utf8.count == 16, let value = Hexadecimal.value(Array(text.utf8)) else { return nil }
        self.init(value)
    }
}
