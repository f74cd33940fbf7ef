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

    @Option(name: .shortAndLong, help: ArgumentHelp("Take 'admin' of this configuration.", valueName: "file"))
    var config: String?

    @Flag(help: "The API's JSON as it is.")
    var json = false

    func validate() throws {
        guard admin == nil || config == nil else { throw ValidationError("--admin and --config can't be combined: one says where.") }
    }

    /// - Throws: `ExitCode`, once the reason has been said.
    func client() throws -> AdminClient { AdminClient(try address()) }

    private func address() throws -> AdminAddress {
        guard let config else { return admin ?? .usual }
        switch ConfigurationReader(environment: ProcessInfo.processInfo.environment).read(file: config) {
        case .success(let checked): return AdminAddress(checked.settings.admin)
        case .failure(let failure):
            Terminal.errors.errors(failure)
            throw ExitCode(ConfigurationErrors.exitCode)
        }
    }
}
