import Foundation
import Testing

@testable import Configuration

/// The built command, as a shell would run it: what it prints where, and its exit codes.
@Suite struct ProcessTests {
    private struct Outcome {
        var code: Int32
        var output: String
        var errors: String
    }

    private let directory: Directory

    init() throws { directory = try Directory() }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Outcome {
        let process = Process()
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let directories = [tests] + Bundle.allBundles.map(\.bundlePath) + CommandLine.arguments.filter { $0.contains(".xctest") }
        let candidates = directories.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("pantograph")
        }
        let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        let executable: URL = try #require(found, "\(candidates)")
        process.executableURL = executable
        process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
        process.arguments = arguments
        process.environment = environment
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Both texts are shorter than a pipe holds, so that reading one never keeps the other's writer waiting.
        let texts = [output, errors].map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
        process.waitUntilExit()
        return Outcome(code: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    @Test(.timeLimit(.minutes(1))) func initThenCheck() throws {
        let written = try run(["init"])
        #expect(written.code == 0 && written.output.hasPrefix("wrote pantograph.yaml\nnext: ") && written.errors.isEmpty)
        #expect(try String(contentsOfFile: "\(directory.path)/pantograph.yaml", encoding: .utf8) == StarterFile.text)
        let check = try run(["check"])
        #expect(check.code == 0 && check.errors.isEmpty && check.output.hasSuffix("ok: pantograph.yaml can be run\n"))
        #expect(!check.output.contains("\u{1B}"))
        let again = try run(["init"])
        #expect(again.code == 1 && again.errors.hasPrefix("pantograph: pantograph.yaml: is there already") && again.output.isEmpty)
        try directory.write("pantograph.yaml", "old")
        #expect(try run(["init", "--force"]).code == 0)
        #expect(try String(contentsOfFile: "\(directory.path)/pantograph.yaml", encoding: .utf8) == StarterFile.text)
        #expect(try run(["init", "--output", "-"]).output == StarterFile.text)
        #expect(
            try run(["init", "--output", "no/such/directory.yaml"]).errors
                == "pantograph: no/such/directory.yaml: can't be written: No such file or directory\n")
    }

    @Test(.timeLimit(.minutes(1))) func errorsAreOneLineEachWithTheirPlace() throws {
        try directory.write("bad.yaml", "upstreams:\n  a:\n    url: a.example\n    timout: { total: 1s }\n")
        for command in ["check", "run"] {
            let outcome = try run([command, "--config", "bad.yaml"])
            #expect(outcome.code == 78 && outcome.output.isEmpty)
            #expect(
                outcome.errors == """
                    pantograph: bad.yaml:3:10: upstreams.a.url: the URL has no scheme, found 'a.example'
                        did you mean 'https://a.example'?
                    pantograph: bad.yaml:4:5: upstreams.a.timout: unknown key
                        did you mean 'timeout'?

                    """)
        }
    }

    @Test(.timeLimit(.minutes(1))) func withoutAnythingItShowsBothWays() throws {
        let outcome = try run(["run"])
        #expect(outcome.code == 78)
        #expect(outcome.errors.contains("pantograph init") && outcome.errors.contains("pantograph run --upstream"))
    }

    @Test(.timeLimit(.minutes(1))) func jsonForPrograms() throws {
        let good = try run(["check", "--json", "--upstream", "a=https://a.example", "--upstream", "b=https://b.example"])
        let object = try #require(JSONSerialization.jsonObject(with: Data(good.output.utf8)) as? [String: Any])
        #expect(good.code == 0 && object["ok"] as? Bool == true && good.errors.isEmpty)
        #expect((object["warnings"] as? [[String: Any]])?.map { $0["code"] as? String } == ["no_credentials"])
        let bad = try run(["check", "--json", "--upstream", "a=ftp://a"])
        #expect(bad.code == 78 && bad.output.contains("\"ok\":false") && bad.errors.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func theEnvironmentIsTaken() throws {
        try directory.write("pantograph.yaml", "upstreams: { a: { url: \"${URL}\", credentials: { bearer: { env: TOKEN } } } }\n")
        let environment = ["URL": "https://a.example", "TOKEN": "hunter2", "OTEL_SERVICE_NAME": "till", "OTEL_TRACES_SAMPLER": "x"]
        let outcome = try run(["check"], environment)
        #expect(outcome.code == 0 && outcome.output.contains("till") && !outcome.output.contains("hunter2"))
        #expect(outcome.errors.hasPrefix("pantograph: warning: environment: OTEL_TRACES_SAMPLER: "))
        #expect(try run(["check"]).code == 78)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ["--nonsense"], ["run", "--upstream", "a"], ["run", "--upstream", "=x"], ["run", "--config", "x", "--upstream", "a=b"],
            ["chek"],
        ])
    func aCommandLineThatCannotBeRead(_ arguments: [String]) throws {
        let outcome = try run(arguments)
        #expect(outcome.code == 64 && outcome.output.isEmpty && !outcome.errors.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func versionAndHelp() throws {
        #expect(try run(["version"]).output == "pantograph 0.1.0\n")
        #expect(try run(["version", "--json"]).output == "{\"name\":\"pantograph\",\"version\":\"0.1.0\"}\n")
        for command in ["run", "check", "init", "version"] {
            let help = try run([command, "--help"])
            #expect(help.code == 0 && help.output.contains("Examples:") && help.output.contains("pantograph \(command)"))
        }
        #expect(try run(["--help"]).output.contains("Exit codes:"))
    }
}
