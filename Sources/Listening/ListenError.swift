package import Exchange

/// Why an address can't be listened on, with what to change.
package struct ListenError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case addressInUse = "address_in_use"
        case notPermitted = "not_permitted"
        case notAvailable = "address_not_available"
        case socketFile = "socket_file"
        case system
    }

    package var code: Code
    package var address: ListenAddress
    package var message: String

    package init(_ code: Code, _ address: ListenAddress, _ message: String) {
        self.code = code
        self.address = address
        self.message = message
    }

    package var description: String { "can't listen on \(address): \(message)" }
}
