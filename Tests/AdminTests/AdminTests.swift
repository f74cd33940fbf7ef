@testable import Admin
