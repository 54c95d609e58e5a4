/// A language in which words can be given (domain.md §9). English always is; what is said in another stands beside it.
public enum WordingLanguage: String, Sendable, Hashable, CaseIterable {
    case english = "en"
    case welsh = "cy"

    /// The language of a person's record, where it is one that words can be given in: its ISO code, `WEL` or its name.
    public init?(record text: String?) {
        switch text?.lowercased() {
        case "en", "eng", "english": self = .english
        case "cy", "cym", "wel", "welsh", "cymraeg": self = .welsh
        default: return nil
        }
    }
}
