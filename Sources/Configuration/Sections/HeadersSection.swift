internal import Exchange

extension UpstreamSettings {
    mutating func readHeaders(_ section: Section) {
        if let value = section.value("set") { setHeaders = HeaderFields.read(value) }
        if let value = section.value("remove") { removeHeaders = readRemove(value) }
        for name in removeHeaders where setHeaders.contains(where: { $0.name.lowercased() == name.lowercased() }) {
            section.reading.error(
                Complaint(
                    "'\(name)' is both set and removed", code: .conflict, hint: "set alone replaces what the application sends"),
                at: section.trail.key("remove"))
        }
    }

    private func readRemove(_ value: Value) -> [String] {
        let items = value.items(expecting: "a list of headers, such as [Cookie]") ?? []
        return items.compactMap { item in
            guard let name = item.read(as: HeaderText.name) else { return nil }
            guard let objection = HeaderText.objection(toRemoving: name) else { return name }
            item.error(objection)
            return nil
        }
    }
}

/// Header fields by name, as they are set on what goes upstream.
enum HeaderFields {
    /// Those that are in error are reported and left out.
    ///
    /// - Parameter objection: what else there is to say against a field's text.
    static func read(_ value: Value, objection: (String) -> Complaint? = { _ in nil }) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for (name, value) in value.entries(expecting: "headers by name, such as { X-Source: checkout }") ?? [] {
            guard let text = value.text(expecting: "a header's value") else { continue }
            if let complaint = complaint(aboutSetting: name, to: text.text, beside: fields) ?? objection(text.text) {
                value.error(complaint)
            } else {
                fields.append((name, text.text))
            }
        }
        return fields
    }

    private static func complaint(
        aboutSetting name: String, to text: String, beside fields: [(name: String, value: String)]
    ) -> Complaint? {
        guard Token.isWhole(name.utf8) else { return Complaint("'\(name.prefix(60))' is not a header's name") }
        if let objection = HeaderText.objection(toSetting: name) { return objection }
        guard HeaderText.isValue(text) else {
            return Complaint("the value holds line breaks, control characters or space at an end, which a header can't carry")
        }
        guard !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
            return Complaint("'\(name)' is set twice: names of headers have no case", code: .duplicateKey)
        }
        return nil
    }
}
