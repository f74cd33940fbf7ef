internal import Glibc

/// Whether two texts are the same byte for byte. `==` takes strings for the same, too, that only look alike (Unicode's canonical
/// equivalence).
package enum SameBytes {
    package static func are(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        guard let left = one.baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, one.count) == 0
    }

    package static func are(_ one: String?, _ other: String?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        let isSame = one.utf8.withContiguousStorageIfAvailable { one in
            other.utf8.withContiguousStorageIfAvailable { are(UnsafeRawBufferPointer(one), UnsafeRawBufferPointer($0)) }
        }
        return (isSame ?? nil) ?? one.utf8.elementsEqual(other.utf8)
    }
}
