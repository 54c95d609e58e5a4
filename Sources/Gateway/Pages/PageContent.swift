import Mustache

/// What a page shows: a value whose stored properties are the names in its template. Optional ones that are nil, false
/// flags and empty lists leave their sections out. (A name that an inner value lacks is looked up in the outer one:
/// give inner and outer properties different names.)
protocol PageContent: Sendable {
    static var template: PageTemplate { get }
    /// For `<title>` and the history of the browser; no person's name.
    var title: String { get }
}

/// A page's value within what every form of it needs. A form that was filled in wrongly shows `problems`, a list of
/// ``FieldError``, by `{{> errors}}`.
struct PageScope: MustacheParent {
    let content: any PageContent
    /// Ties the page's forms to its session.
    let formToken: String?
    /// Names what a form of this page sends: sent twice, it is the same event.
    let formKey: String

    func child(named name: String) -> Any? {
        switch name {
        case "formToken": return formToken
        case "formKey": return formKey
        case "hasProblems": return !(child(named: "problems") as? [FieldError] ?? []).isEmpty
        default:
            guard let value = Mirror(reflecting: content).children.first(where: { $0.label == name })?.value else {
                return nil
            }
            let mirror = Mirror(reflecting: value)
            return mirror.displayStyle == .optional ? mirror.children.first?.value : value
        }
    }
}

/// What stands around every page.
struct PageFrame: Sendable {
    var title: String
    var styles: String
    var viewer: String
    var isSignedIn: Bool
    /// Where somebody who is shown counts only can sign in and come back; nil elsewhere.
    var signIn: String?
    var signOutToken: String?
    /// The viewer's first page.
    var home: String
    var links: [PageLink]
    let hasLinks: Bool
    /// The page itself, rendered.
    var main: String
}

/// One entry of the navigation.
struct PageLink: Sendable {
    var text: String
    var path: String
    var isHere = false
}
