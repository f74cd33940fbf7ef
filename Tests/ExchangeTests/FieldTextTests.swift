import Exchange
import Testing

@Suite struct FieldTextTests {
    @Test func aByteThatBreaksALineIsFoundWhereverItStands() {
        for byte in UInt8.min...UInt8.max {
            for (length, place) in [(1, 0), (7, 6), (8, 0), (8, 7), (21, 3), (21, 15), (21, 20)] {
                for filler: UInt8 in [0x09, 0x20, 0x41, 0xFF] {
                    var bytes = [UInt8](repeating: filler, count: length)
                    bytes[place] = byte
                    let breaks = bytes.withUnsafeBytes { FieldText.breaksLine($0) }
                    if breaks != (byte == 0 || byte == 10 || byte == 13) { Issue.record("\(byte) at \(place) of \(length)") }
                }
            }
        }
        #expect(![UInt8]().withUnsafeBytes { FieldText.breaksLine($0) })
    }
}
