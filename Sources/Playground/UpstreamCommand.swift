import ArgumentParser

struct UpstreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upstream", abstract: "An API that misbehaves as it is told.",
        discussion: """
            Prints one line of JSON with its address when it can be called. SIGTERM and SIGINT end it at once.

            A behaviour is made of these, joined by commas:
              status=503              the answer's status
              delay=250ms             before the answer; delay=2ms..8ms draws one from between
              body=1KiB               the answer's body is exactly so long
              echo                    the answer tells the request
              chunked                 the answer is framed by chunks
              sse=5/100ms             five server-sent events, one every 100 ms
              trickle=1/100ms         the answer's body goes out so slowly
              slow-read=1/1s          the request's body is read so slowly
              early                   answers at the head and does not read the body
              interim=103             an interim answer goes before; may be repeated
              header=Name:value       in the answer; may be repeated
              retry-after=5           the same as header=Retry-After:5
              hang                    never answers
              reset, reset-early      RST when the request is complete, when its head has come
              reset-after=512         RST after so many bytes of the answer's body
              close, close-after=512  the same with a FIN
              close-idle              answers, then closes the kept connection without a word
              garbage                 answers with what is no HTTP
              ok                      status 200
            A backslash takes a comma as it is: header=Vary:a\\,b. With --mix "ok:90;status=500:4;reset:2" one is drawn for
            each request by its weight; what --behave says holds in each. A request with the header x-playground-NAME, for
            the server of this name, brings its own behaviour in place of both.

            GET /__playground/stats tells the counts, GET /__playground/requests?limit=N the latest requests, oldest
            first, and DELETE /__playground/requests begins anew.
            """)

    @Option(help: "The name in answers and in the header that brings a behaviour.")
    var name = "upstream"

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 0

    @Option(help: "How every request is treated.")
    var behave = ""

    @Option(help: "Behaviours with weights: 'ok:90;status=500:4'.")
    var mix: String?

    @Option(help: "What the draws begin with: the same seed draws the same.")
    var seed: UInt64 = 1

    @Option(help: "How many of the latest requests are kept; 0 for none, and for speed.")
    var record = 1000

    @Option(help: "Event loops.")
    var threads = 1

    func validate() throws {
        guard (0...1_000_000).contains(record) else { throw ValidationError("--record is a number from 0 to 1000000") }
        guard (1...64).contains(threads) else { throw ValidationError("--threads is a number from 1 to 64") }
        guard (0...65535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535") }
        do {
            _ = try Repertoire(name: name, behave: behave, mix: mix, seed: seed)
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() async throws {
        Ending.onSignal()
        let repertoire = try Repertoire(name: name, behave: behave, mix: mix, seed: seed)
        let upstream = ScriptedUpstream(name: name, repertoire: repertoire, ledger: Ledger(capacity: record))
        let server = try await ScriptedServer(upstream, host: host, port: port, threads: threads)
        server.announce(as: "upstream", name: name)
        await Ending.never()
    }
}
