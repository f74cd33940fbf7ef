import Testing

@testable import Policy

@Suite struct FieldTableTests {
    private let names = ["te", "host", "connection", "content-length", "transfer-encoding", "x-~^|`-eight-and-more"]

    private func rule(_ name: String) -> FieldRule? {
        FieldTable(names.map { ($0, .drop) }).rule(for: name)
    }

    @Test func namesAreFoundInAnyCase() {
        for name in names {
            #expect(rule(name) == .drop && rule(name.uppercased()) == .drop)
            for place in name.utf8.indices { #expect(rule(name[..<place] + "" + name[place...].uppercased()) == .drop) }
        }
    }

    /// Only letters have a case: every other byte that differs makes another name.
    @Test func aNameThatDiffersInOneByteIsAnother() {
        for name in names {
            for place in 0..<name.utf8.count {
                for byte in UInt8.min..<0x80 {
                    var other = Array(name.utf8)
                    let isSame = other[place] == byte || (0x61...0x7A).contains(other[place]) && other[place] ^ 0x20 == byte
                    other[place] = byte
                    if (rule(String(decoding: other, as: UTF8.self)) == .drop) != isSame { Issue.record("\(name) \(place) \(byte)") }
                }
            }
        }
    }
}

extension FieldTable {
    fileprivate func rule(for name: String) -> FieldRule? {
        var name = name
        return name.withUTF8 { rule(for: UnsafeRawBufferPointer($0)) }
    }
}
