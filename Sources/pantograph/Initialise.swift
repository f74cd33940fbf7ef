internal import ArgumentParser
internal import Configuration

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
        do throws(FileText.Fault) {
            try FileText.write(StarterFile.text, to: output, overwriting: force)
        } catch {
            let reason = error.isThereAlready ? "is there already and was left as it is" : "can't be written: \(error.reason)"
            Terminal.errors.line("pantograph: \(output): \(reason)")
            if error.isThereAlready { Terminal.errors.line("    --force  writes over it") }
            throw ExitCode.failure
        }
        Terminal.output.line("wrote \(output)")
        Terminal.output.line("next: put your upstreams into it, then  pantograph check\(argument)  and  pantograph run\(argument)")
    }

    private var argument: String { output == StarterFile.name ? "" : " --config \(output)" }
}
