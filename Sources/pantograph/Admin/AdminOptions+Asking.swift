internal import ArgumentParser
internal import Foundation

extension AdminOptions {
    /// Does `work` with the sidecar that is meant; says what went wrong and ends with its code where something does.
    func asking(_ work: (AdminClient) throws -> Void) throws {
        do {
            try work(client())
        } catch let fault as AskingFault {
            throw fault.told()
        }
    }

    /// Shows an answer: as it is with `--json`, else as `show` does.
    func show<Document: Decodable>(
        _ type: Document.Type, at path: String, of client: AdminClient, _ show: (Document) throws(AskingFault) -> Void
    ) throws(AskingFault) {
        let answer = try client.ask("GET", path).body
        if json {
            Terminal.output.write(String(decoding: answer, as: UTF8.self))
        } else {
            try show(try AdminClient.decode(type, from: answer, of: client.address))
        }
    }

    /// What every command that asks a sidecar ends with, for its `--help`.
    static let exitCodes = """
        Exit codes: 0 it went well, 1 there is no such thing or the sidecar refused, 64 the command line can't be used, 69 no \
        sidecar is reachable, 78 the configuration that --config names can't be used.
        """
}
