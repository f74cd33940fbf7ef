/// A day of the Gregorian calendar.
package struct CivilDate: Sendable, Hashable {
    package let year: Int
    /// 1…12
    package let month: Int
    /// 1…31
    package let day: Int

    /// Counted in eras of 400 years (146,097 days) that begin in March, so that the leap day comes last.
    ///
    /// - Parameter days: whole days since 1970-01-01, not negative.
    package init(daysSinceEpoch days: Int) {
        let daysFromEraStart = days + 719_468
        let era = daysFromEraStart / 146_097
        let dayOfEra = daysFromEraStart % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    }
}
