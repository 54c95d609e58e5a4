import Foundation

/// A synthetic person whose every field is a mark that stands nowhere else, and the search for the marks.
enum CanaryPerson {
    static let noms = "Z7319QX"
    /// A second number of the kind, for what HMPPS tells.
    static let otherNoms = "Z7319QY"
    static let register = """
        noms_number,name,date_of_birth,crn,pnc_id,nhs_number,postcode,last_home_utla
        \(noms),Marrowby Quillfeather,1931-02-27,Q731902,1931/7319021Q,9990731902,LS9 9QX,E08000035
        \(otherNoms),Marrowby Quillfeather-Oakenshade,1931-02-27,Q731903,1931/7319031Q,9990731903,LS9 9QX,E08000035

        """

    /// Marks by the field that they come from; several forms of one field where pages and files write it otherwise.
    static let marks: [(field: String, text: String)] = [
        ("name", "Quillfeather"), ("name", "Marrowby"), ("name", "Oakenshade"),
        ("date of birth", "1931-02-27"), ("date of birth", "27 February 1931"), ("date of birth", "27/02/1931"),
        ("crn", "Q731902"), ("crn", "Q731903"), ("pnc", "1931/73190"), ("nhs number", "999073190"),
        ("postcode", "LS9 9QX"), ("postcode", "LS99QX"), ("prison number", noms), ("prison number", otherNoms),
        ("booking", "73190027"), ("kit", "kit-canary"), ("batch", "CNB7319"), ("recorded by", "officer-canary"),
        ("assessment", "assessment-canary"), ("plan", "plan-canary"), ("description", "description-canary"),
        ("note", "note-canary"), ("message", "message-canary"), ("approver", "approver-canary"),
    ]

    /// The fields whose marks stand in a text: as they are, in any case, percent-encoded, or as PostgreSQL's hex.
    static func found(in text: String, sparing spared: Set<String> = []) -> Set<String> {
        let folded = text.lowercased()
        return Set(
            forms.filter { form in !spared.contains(form.field) && form.texts.contains(where: folded.contains) }
                .map(\.field))
    }

    private static let forms: [(field: String, texts: [String])] = marks.map { mark in
        let text = mark.text.lowercased()
        let hex = mark.text.utf8.map { String(format: "%02x", $0) }.joined()
        let spaced =
            text.contains(" ")
            ? [text.replacing(" ", with: "%20"), text.replacing(" ", with: "+"), text.replacing(" ", with: "\\u0020")]
            : []
        return (mark.field, [text, hex, text.replacing("/", with: "%2f")] + spaced)
    }
}
