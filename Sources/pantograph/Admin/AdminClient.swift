internal import ArgumentParser
internal import Configuration
internal import Exchange
internal import Foundation

/// Asks a running sidecar, one request after the other.
struct AdminClient {
    /// Nobody answers where the sidecar should (`EX_UNAVAILABLE`).
    static let unreachable = ExitCode(69)

    let address: AdminAddress
    let token: AdminToken?
    private let transfer: AdminTransfer

    init(_ address: AdminAddress, token: AdminToken? = nil) throws(AskingFault) {
        self.address = address
        self.token = token
        transfer = try AdminTransfer(address, token: token?.text)
    }

    /// The answer to a request, as it is.
    ///
    /// - Throws: `AskingFault` where there is none, or none with a status that is wanted.
    func ask(
        _ method: String = "GET", _ path: String, body: String? = nil, alsoWanted: Set<Int> = []
    ) throws(AskingFault) -> (status: Int, body: Data) {
        let (status, body) = try transfer.perform(method, path, body: body)
        guard (200..<300).contains(status) || alsoWanted.contains(status) else {
            throw refusal(status, body)
        }
        return (status, body)
    }

    /// Why the answer with this status and body is not what was asked for.
    func refusal(_ status: Int, _ body: Data) -> AskingFault {
        guard status == 401 else { return .refused(status: status, Refusal.words(body) ?? "\(address) answered with \(status).") }
        let words = token.map { "The sidecar at \(address) does not take the token of \($0.source): it wants its own." }
        return .refused(status: 401, words ?? "The sidecar at \(address) wants its token. \(AdminToken.ways)")
    }

    /// The same, read.
    func read<Document: Decodable>(_ type: Document.Type, _ method: String = "GET", _ path: String, body: String? = nil) throws(AskingFault)
        -> Document
    {
        try AdminClient.decode(type, from: ask(method, path, body: body).body, of: address)
    }

    static func decode<Document: Decodable>(_ type: Document.Type, from body: Data, of address: AdminAddress) throws(AskingFault) -> Document {
        do {
            return try decoder.decode(type, from: body)
        } catch {
            throw .unknownAnswer("What answers at \(address) is not a sidecar of this version.")
        }
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}

/// Why a sidecar could not be asked, or did not do what it was asked.
enum AskingFault: Error, Equatable {
    case unreachable(String)
    /// What the command line or the environment gives to ask with.
    case unusable(String)
    case unknownAnswer(String)
    /// The API's own words.
    case refused(status: Int, String)

    var words: String {
        switch self {
        case .unreachable(let words), .unusable(let words), .unknownAnswer(let words), .refused(_, let words): words
        }
    }

    /// Says it on standard error; what the process ends with.
    func told() -> ExitCode {
        Terminal.errors.line("pantograph: " + Printable.text(words))
        switch self {
        case .unreachable: return AdminClient.unreachable
        // What was asked for can't be understood: the command line's to mend.
        case .refused(400, _), .unusable: return .validationFailure
        default: return .failure
        }
    }
}

/// What a problem of the API (RFC 9457) says.
struct Refusal: Decodable {
    var detail: String

    static func words(_ body: Data) -> String? { (try? JSONDecoder().decode(Refusal.self, from: body))?.detail }
}
