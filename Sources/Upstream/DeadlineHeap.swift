internal import Exchange

/// Something that has one deadline at a time. The heap alone writes what is in here.
class Deadlined {
    fileprivate(set) final var due = MonotonicTime.never
    fileprivate final var place = -1
    /// Whether it stands in a heap.
    final var isArmed: Bool { place >= 0 }
}

/// Deadlines in a binary heap that each member knows its place in.
///
/// A member stands in it at most once, so it never holds more than there are transfers, and deadlines only move forward in
/// it lazily: one that is armed for an earlier time than asked for stays as it is, fires early, and is armed anew by whoever
/// looks then. A transfer that is used again and again so costs the heap nothing for most requests.
struct DeadlineHeap {
    private var members: [Deadlined] = []

    var count: Int { members.count }
    var earliest: MonotonicTime? { members.first?.due }

    /// Sees to it that the member comes out of `expired` at `due` or before.
    mutating func arm(_ member: Deadlined, at due: MonotonicTime) {
        guard member.isArmed else {
            member.due = due
            member.place = members.count
            members.append(member)
            return rise(from: member.place)
        }
        guard due < member.due else { return }
        member.due = due
        rise(from: member.place)
    }

    /// Takes out one member whose time has come.
    mutating func expired(at now: MonotonicTime) -> Deadlined? {
        guard let first = members.first, first.due <= now else { return nil }
        remove(first)
        return first
    }

    mutating func remove(_ member: Deadlined) {
        guard member.isArmed else { return }
        let place = member.place
        member.place = -1
        let last = members.removeLast()
        guard last !== member else { return }
        put(last, at: place)
        rise(from: place)
        sink(from: last.place)
    }

    private mutating func put(_ member: Deadlined, at place: Int) {
        members[place] = member
        member.place = place
    }

    private mutating func rise(from start: Int) {
        let member = members[start]
        var place = start
        while place > 0, member.due < members[(place - 1) / 2].due {
            put(members[(place - 1) / 2], at: place)
            place = (place - 1) / 2
        }
        put(member, at: place)
    }

    private mutating func sink(from start: Int) {
        let member = members[start]
        var place = start
        while let child = earlierChild(of: place), members[child].due < member.due {
            put(members[child], at: place)
            place = child
        }
        put(member, at: place)
    }

    private func earlierChild(of place: Int) -> Int? {
        let left = 2 * place + 1
        guard left < members.count else { return nil }
        let right = left + 1
        return right < members.count && members[right].due < members[left].due ? right : left
    }
}
