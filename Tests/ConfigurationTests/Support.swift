import Exchange
import Foundation
import Testing

@testable import Configuration

/// Reads a text as the file `test.yaml` in no directory.
func reading(_ text: String, _ environment: [String: String] = [:]) -> Result<Checked, ConfigurationErrors> {
    ConfigurationReader(environment: environment).read(text: text, file: "test.yaml")
}

func checked(
    _ text: String, _ environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
) throws -> Checked {
    switch reading(text, environment) {
    case .success(let checked): return checked
    case .failure(let failure):
        Issue.record("\(failure.errors.map(\.description))", sourceLocation: sourceLocation)
        throw failure
    }
}

func errors(_ text: String, _ environment: [String: String] = [:]) -> [Finding] {
    guard case .failure(let failure) = reading(text, environment) else { return [] }
    return failure.errors
}

func warnings(_ text: String, _ environment: [String: String] = [:]) -> [Finding] {
    switch reading(text, environment) {
    case .success(let checked): checked.warnings
    case .failure(let failure): failure.warnings
    }
}

/// What one value is read as, or the complaint about it.
func parse<Result>(_ form: Form<Result>, _ text: String) -> Swift.Result<Result, Complaint> {
    do throws(Complaint) {
        return .success(try form.parse(text))
    } catch {
        return .failure(error)
    }
}

/// Two upstreams without doubts, to put other keys beside.
let twoUpstreams = """
    upstreams:
      inventory: { url: "https://inventory.example.com/v2" }
      shipping: { url: "https://api.shipping.example", credentials: none }

    """

/// A directory that is gone with the value.
final class Directory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "pantograph-configuration-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// - Returns: the file's path.
    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}

/// A certificate of its own authority, P-256; its key is thrown away.
let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBczCCARmgAwIBAgIUFi5rHNxyU/3UR/ZA8Xwotu3iM44wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjQwNjUxMTBaFw0zNjExMjEwNjUxMTBa
    MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATNdVu4
    pXf/cQnE41QI4kTycVcP8/J+m2fwDP6oDEdji6p/pgqxZoyRDfTNTddUt3NWtmYM
    EHVvlAviLdV2Pkn4o1MwUTAdBgNVHQ4EFgQUKnTSk0lJOXaZ6jrWLhfkR1zwAsMw
    HwYDVR0jBBgwFoAUKnTSk0lJOXaZ6jrWLhfkR1zwAsMwDwYDVR0TAQH/BAUwAwEB
    /zAKBggqhkjOPQQDAgNIADBFAiBhuxnKxkEsUZ/Gm/J8Avk6l8z1ad24BReqxbiL
    A0y5UwIhALqXgunpUr/MrDivc7bLyPKK4r1CPpYg3YpwHa2Sli6D
    -----END CERTIFICATE-----

    """
