import Exchange
import Testing

@testable import Configuration

@Suite struct CommandLineReadingTests {
    private func read(_ upstreams: [(String, String)], _ change: (inout ConfigurationReader.Overrides) -> Void = { _ in })
        -> Result<Checked, ConfigurationErrors>
    {
        var overrides = ConfigurationReader.Overrides()
        change(&overrides)
        return ConfigurationReader(environment: [:], overrides: overrides).read(upstreams: upstreams.map { ($0.0, $0.1) })
    }

    private func failures(_ result: Result<Checked, ConfigurationErrors>) -> [String] {
        guard case .failure(let failure) = result else { return [] }
        return failure.errors.map(\.description)
    }

    @Test func upstreamsAlone() throws {
        let checked = try read([("a", "https://a.example/v1"), ("b", "http://b.example"), ("c", "http://c.example")]).get()
        #expect(
            checked.settings.upstreams.map(\.url.description) == ["https://a.example/v1", "http://b.example", "http://c.example"])
        #expect(
            checked.settings.routes.map { "\($0.name) \($0.path) \($0.primary?.index ?? -1) \($0.mirrors.map(\.index))" } == [
                "default /** 0 [1, 2]"
            ])
        #expect(
            checked.warnings.map { "\($0.file): \($0.keyPath)" } == ["command line: --upstream b", "command line: --upstream c"])
        #expect(checked.file == nil && checked.settings.spool == nil)
    }

    @Test func saysWhatIsWrong() {
        #expect(failures(read([])) == ["command line: --upstream: there is no upstream"])
        #expect(failures(read([("a", "a.example")])) == ["command line: --upstream a: the URL has no scheme, found 'a.example'"])
        #expect(failures(read([("a b", "http://a")])).first?.hasPrefix("command line: --upstream a b: a name is 1 to 64") == true)
        #expect(
            failures(read([("a", "http://a"), ("a", "http://b")])) == [
                "command line: --upstream a: there is an upstream 'a' already"
            ])
        #expect(
            failures(read([("a", "http://u:hunter2@a")])) == ["command line: --upstream a: the URL has a user or password in it"])
        #expect(
            failures(read((0..<65).map { ("u\($0)", "http://u") })) == [
                "command line: --upstream: at most 64 upstreams are possible"
            ])
        #expect(
            failures(read([("a", "http://127.0.0.1:4100")])).first?.hasPrefix(
                "command line: --upstream a: the URL is pantograph's own") == true)
    }

    @Test func flagsWinOverTheFile() throws {
        var overrides = ConfigurationReader.Overrides()
        overrides.listen = "[::1]:5000"
        overrides.admin = "unix:/run/admin.sock"
        overrides.logLevel = "debug"
        let text = "listen: 127.0.0.1:1\nadmin: 127.0.0.1:2\n" + twoUpstreams + "telemetry: { log: { level: error } }\n"
        let settings = try ConfigurationReader(environment: [:], overrides: overrides).read(text: text, file: "f").get().settings
        #expect(settings.listen == .ip(host: "::1", port: 5000) && settings.admin.listen == .unix(path: "/run/admin.sock"))
        #expect(settings.telemetry.log.level == .debug)
    }

    @Test func flagsAreCheckedAsTheFileIs() throws {
        let pairs = [("a", "https://a.example")]
        #expect(
            failures(read(pairs) { $0.listen = "4100" }).first?.hasPrefix("command line: --listen: expected an address such as")
                == true)
        #expect(
            failures(read(pairs) { $0.logLevel = "loud" }) == [
                "command line: --log-level: expected one of debug, info, warning, error, found 'loud'"
            ])
        #expect(
            failures(read(pairs) { $0.admin = "127.0.0.1:4100" }) == [
                "command line: --admin: 127.0.0.1:4100 is the address of 'listen' too"
            ])
        #expect(
            failures(read(pairs) { $0.listen = "0.0.0.0:1" }) == [
                "command line: --listen: 0.0.0.0:1 can be reached from other machines"
            ])
        let remote = read(pairs) {
            $0.listen = "0.0.0.0:1"
            $0.allowRemote = true
        }
        #expect(try remote.get().settings.allowRemote)
    }
}

@Suite struct StarterFileTests {
    @Test func passesWithoutAWarning() throws {
        let checked = try checked(StarterFile.text)
        #expect(checked.warnings.isEmpty, "\(checked.warnings)")
        #expect(checked.settings.upstreams.map(\.name) == ["inventory", "shipping"])
    }

    /// What it shows as set is the default, so that leaving a line out changes nothing.
    @Test func showsDefaults() throws {
        let settings = try checked(StarterFile.text).settings
        let bare = try checked("upstreams: { a: { url: \"http://a\" } }\n").settings
        func json(_ settings: Settings, _ key: String) -> String? {
            guard case .block(let entries) = ConfigurationReport(settings).tree else { return nil }
            return entries.first { $0.key == key }?.value.json
        }
        for key in ["listen", "admin", "allow_remote", "limits", "telemetry", "drain", "threads"] {
            #expect(json(settings, key) == json(bare, key), "\(key)")
        }
    }

    /// Every key in a comment is a key that is known: uncommented one by one, the file still passes or misses a secret.
    @Test func commentedKeysAreKnown() {
        let lines = StarterFile.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let pattern = #/^(?<indent> *)# (?<key>[a-z_]+): (?<value>[^ ].*)$/#
        var count = 0
        for (index, line) in lines.enumerated() {
            guard let match = line.wholeMatch(of: pattern) else { continue }
            var changed = lines
            changed[index] = "\(match.indent)\(match.key): \(match.value)"
            if match.indent.isEmpty, !["allow_remote", "threads", "spool"].contains(match.key) { continue }
            let codes = Set(errors(changed.joined(separator: "\n"), ["INVENTORY_TOKEN": "t"]).map(\.code))
            count += 1
            #expect(codes.subtracting([.unreadableFile, .conflict]).isEmpty, "\(line): \(errors(changed.joined(separator: "\n")))")
        }
        #expect(count >= 14, "\(count)")
    }

    /// The other way to write `admin`, in the place of the first.
    @Test func theCommentedBlockOfAdminIsTheDefaultButForItsToken() throws {
        let lines = StarterFile.text.split(separator: "\n").filter { !$0.hasPrefix("admin: ") }.map { $0.replacing("# admin: ", with: "admin: ") }
        let settings = try checked(lines.joined(separator: "\n"), ["PANTOGRAPH_ADMIN_TOKEN": "t"]).settings
        var expected = AdminSettings()
        expected.token = .environment("PANTOGRAPH_ADMIN_TOKEN")
        #expect(settings.admin == expected)
    }

    /// The whole commented route, as it is when it is no longer a comment.
    @Test func theCommentedRouteIsAccepted() throws {
        let lines = StarterFile.text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasSuffix("# - name: orders") })
        let end = try #require(lines[start...].firstIndex { !$0.contains("# ") || $0.contains("  - name: everything") })
        let text = lines.enumerated().map { index, line in
            (start..<end).contains(index) ? String(line.replacing("  # ", with: "  ", maxReplacements: 1)) : String(line)
        }
        let checked = try checked(text.joined(separator: "\n"))
        #expect(checked.warnings.map(\.code) == [.noCredentials], "\(checked.warnings)")
        let route = checked.settings.routes[0]
        #expect(route.name == "orders" && route.isAccepted && route.orderBy == "X-Order-Id" && route.requiresIdempotencyKey)
        #expect(route.onPartialFailure?.path == "{path}/cancel" && checked.settings.spool != nil)
    }
}
