internal import Exchange
internal import Foundation

/// The token that the API of a sidecar wants, and where it was found: never on the command line, which everybody on the machine
/// can read.
struct AdminToken: Equatable {
    static let variable = "PANTOGRAPH_ADMIN_TOKEN"

    /// How to bring it, as sentences.
    static let ways = "Set \(variable) to it, or name the file that holds it with --token-file, or the sidecar's configuration with --config."

    let text: String
    /// As a message names it.
    let source: String

    /// - Throws: one sentence, where the secret has no text or one that no header can carry.
    init(_ secret: Secret, source: String) throws(AskingFault) {
        do throws(SecretError) {
            text = try SecretReader(secret).current()
        } catch {
            throw .unusable("The token can't be used: \(error).")
        }
        self.source = source
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .unusable("The token of \(source) holds line breaks or control characters, which no token has.")
        }
    }
}
