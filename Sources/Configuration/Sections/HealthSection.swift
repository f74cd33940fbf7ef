internal import Exchange

extension HealthSettings {
    /// - Returns: nil where there is none, or its path is missing.
    static func read(_ value: Value) -> HealthSettings? {
        let expected = "a block such as { path: /healthz }, or false"
        if value.isScalar {
            if value.read(as: .flag(expected: expected)) == true {
                value.error(Complaint("a probe needs a path", code: .missingValue, hint: "write  health: { path: /healthz }"))
            }
            return nil
        }
        return value.section(expecting: expected) { section -> HealthSettings? in
            let path = section.required("path", example: "path: /healthz")?.read(as: pathForm)
            var settings = HealthSettings(path: path ?? "/")
            settings.read(section)
            return path == nil ? nil : settings
        } ?? nil
    }

    private mutating func read(_ section: Section) {
        section.read("interval", as: .duration(.milliseconds(100)...Bound.day), into: &interval)
        section.read("timeout", as: .duration(Bound.millisecond...Bound.hour), into: &timeout)
        section.read("expect", as: HealthSettings.statuses, into: &expected)
        section.read("required", as: .flag, into: &isRequired)
    }

    private static let pathForm = Form<String>("a path such as /healthz") { text in
        text.hasPrefix("/") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") } ? text : nil
    }

    /// One status, or the first and the last of several.
    private static let statuses = Form<ClosedRange<Int>>("a status such as 200, or a range such as 200-399") { text in
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end in
            end.utf8.count == 3 && end.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(end) : nil
        }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, (200...599).contains(first), first <= last,
            last <= 599
        else { return nil }
        return first...last
    }
}
