internal import ArgumentParser
internal import Configuration
internal import Exchange
internal import Foundation

/// Which running sidecar is asked: shared by everything that asks one.
struct AdminOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The sidecar's admin listener; also unix:/path. Without it and without --config: \(AdminAddress.usual).", valueName: "address"))
    var admin: AdminAddress?

    @Option(name: .shortAndLong, help: ArgumentHelp("Take 'admin' of this configuration, its token too.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "The token that the API wants, where it wants one. Without it: \(AdminToken.variable), then that of --config.", valueName: "file"))
    var tokenFile: String?

    @Flag(help: "The API's JSON as it is.")
    var json = false

    func validate() throws {
        guard admin == nil || config == nil else { throw ValidationError("--admin and --config can't be combined: one says where.") }
    }

    /// - Throws: `ExitCode`, once the reason has been said; `AskingFault`.
    func client() throws -> AdminClient {
        let given = try givenToken()
        guard let config else { return try AdminClient(admin ?? .usual, token: given) }
        let settings = try settings(config, withToken: given == nil)
        let own = try settings.token.map { try AdminToken($0, source: config) }
        return try AdminClient(AdminAddress(settings.listen), token: given ?? own)
    }

    /// What is closer to hand wins.
    private func givenToken() throws(AskingFault) -> AdminToken? {
        if let tokenFile { return try AdminToken(.file(tokenFile), source: tokenFile) }
        guard ProcessInfo.processInfo.environment[AdminToken.variable, default: ""] != "" else { return nil }
        return try AdminToken(.environment(AdminToken.variable), source: AdminToken.variable)
    }

    private func settings(_ file: String, withToken: Bool) throws -> AdminSettings {
        let reader = ConfigurationReader(environment: ProcessInfo.processInfo.environment)
        switch reader.readAdmin(file: file, token: withToken) {
        case .success(let settings): return settings
        case .failure(let failure):
            Terminal.errors.errors(failure)
            throw ExitCode(ConfigurationErrors.exitCode)
        }
    }
}
