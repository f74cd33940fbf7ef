internal import Exchange

extension CompensationSettings {
    static func read(_ value: Value) -> CompensationSettings? {
        value.section(expecting: "a block such as { method: DELETE, path: \"/orders/{id}\" }") { section in
            let method = section.required("method", example: "method: POST")?.read(as: HeaderText.method)
            let path = section.required("path", example: "path: \"/orders/{id}/cancel\"")?.read(as: CompensationText.path)
            let body = section.value("body")?.read(as: CompensationText.body)
            let headers = section.value("headers").map { HeaderFields.read($0, objection: CompensationText.objection) } ?? []
            guard let method, let path else { return nil }
            return CompensationSettings(method: method, path: path, body: body, headers: headers)
        } ?? nil
    }
}
