/// A setting that cannot be used: its key, what to do, and where it came from; never its value.
struct SettingProblem: Error, CustomStringConvertible {
    let key: String
    let remedy: String
    /// `THROUGHGATE_HTTP_ADDRESS`, or the settings file's path; nil for a default.
    var origin: String?

    var description: String { "\(key): \(remedy)" + (origin.map { " (from \($0))" } ?? "") }
}
