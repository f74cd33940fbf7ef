internal import Foundation

/// A file of CA certificates in PEM (RFC 7468), looked at closely enough to say before the start what is wrong with it.
enum CertificateFile {
    private static let bound = 8 * 1024 * 1024
    private static let begin = "-----BEGIN CERTIFICATE-----"
    private static let end = "-----END CERTIFICATE-----"

    /// Certificates found.
    @discardableResult
    static func check(_ path: String) throws(Complaint) -> Int {
        let text: String
        do {
            text = String(decoding: try FileText.read(path, bound: bound).bytes, as: UTF8.self)
        } catch {
            throw Complaint("the certificate file \(path) can't be read: \(error.reason)", code: .unreadableFile)
        }
        return try count(in: text, of: path)
    }

    private static func count(in text: String, of path: String) throws(Complaint) -> Int {
        var count = 0
        var body: String?
        for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line == begin {
                guard body == nil else { throw unfinished(path) }
                body = ""
            } else if line == end {
                guard let certificate = body, isCertificate(certificate) else { throw broken(path, count + 1) }
                count += 1
                body = nil
            } else {
                body?.append(line)
            }
        }
        guard body == nil else { throw unfinished(path) }
        guard count > 0 else {
            throw Complaint(
                "the file \(path) holds no certificate", code: .invalidCertificate, hint: "a CA file is PEM text with '\(begin)'")
        }
        return count
    }

    /// Base64 of a DER sequence that is as long as it says.
    private static func isCertificate(_ base64: String) -> Bool {
        guard let bytes = Data(base64Encoded: base64).map({ [UInt8]($0) }), bytes.count > 64, bytes[0] == 0x30 else { return false }
        guard bytes[1] >= 0x80 else { return bytes.count == 2 + Int(bytes[1]) }
        let width = Int(bytes[1] & 0x7F)
        guard (1...4).contains(width) else { return false }
        let length = bytes[2..<2 + width].reduce(0) { $0 << 8 | Int($1) }
        return bytes.count == 2 + width + length
    }

    private static func unfinished(_ path: String) -> Complaint {
        Complaint("a certificate in \(path) has no '\(end)'", code: .invalidCertificate)
    }

    private static func broken(_ path: String, _ number: Int) -> Complaint {
        Complaint("certificate \(number) in \(path) is not base64 of a certificate", code: .invalidCertificate)
    }
}
