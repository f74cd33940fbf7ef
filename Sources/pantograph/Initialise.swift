internal import ArgumentParser
internal import Configuration
internal import Foundation

struct Initialise: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented configuration to start from.",
        discussion: """
            The file names every key with its default and passes 'pantograph check' as it is.

            Examples:

              pantograph init
              pantograph init --output /etc/pantograph/pantograph.yaml
              pantograph init --output - | less
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"))
    var output = StarterFile.name

    @Flag(name: .shortAndLong, help: "Write over a file that is there.")
    var force = false

    func run() throws {
        guard output != "-" else { return Terminal.output.write(StarterFile.text) }
        do {
            try Data(StarterFile.text.utf8).write(to: URL(fileURLWithPath: output), options: force ? [] : .withoutOverwriting)
        } catch {
            Terminal.errors.line("pantograph: \(output): \(reason(error))")
            throw ExitCode.failure
        }
        Terminal.output.line("wrote \(output)")
        Terminal.output.line("next: put your upstreams into it, then  pantograph check\(argument)  and  pantograph run\(argument)")
    }

    private var argument: String { output == StarterFile.name ? "" : " --config \(output)" }

    private func reason(_ error: any Error) -> String {
        if (error as? CocoaError)?.code == .fileWriteFileExists {
            return "is there already and was left as it is\n    --force  writes over it"
        }
        if let system = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError, system.domain == NSPOSIXErrorDomain {
            return "can't be written: \(String(cString: strerror(Int32(system.code))))"
        }
        return "can't be written: \(error.localizedDescription)"
    }
}
