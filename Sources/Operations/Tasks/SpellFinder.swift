public import FoundationEssentials
public import HandoverRules
public import Postgres

/// Looks up what a decision by hand names, before it is published.
public enum SpellFinder {
    /// The person of a spell that was decided about; nil where no spell has the id.
    public static func subject(of spell: UUID, on connection: PostgresConnection) throws -> NomsNumber? {
        try connection.query("select subject from outcome where spell = \(spell) limit 1").first
            .flatMap { NomsNumber(try $0.text(0)) }
    }

    /// Whether the hub holds an event of the person, under this number or another.
    public static func isKnown(_ person: NomsNumber, on connection: PostgresConnection) throws -> Bool {
        try connection.query("select exists (select from person_state where noms = \(person.text))").only()[0]
    }

    /// What kind of provider this is; nil where the register has none of the id.
    public static func kind(of provider: ProviderID, on connection: PostgresConnection) throws -> ProviderKind? {
        try connection.query("select kind from provider where provider_id = \(provider.text)").first
            .flatMap { ProviderKind(rawValue: try $0.text(0)) }
    }
}

extension ProviderKind {
    /// Which kind of handover this provider receives, nil for those that receive none.
    public var recipient: RecipientKind? {
        switch self {
        case .drugService: .drugService
        case .youngPeopleDrugService: .youngPeopleDrugService
        case .youthJustice: .youthJustice
        case .crc, .npsDivision, .probationRegion: .supervision
        case .healthUnit, .commissioner: nil
        }
    }
}
