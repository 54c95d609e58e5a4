import FoundationEssentials

/// One spell that is spoken of: its id, the spell, and what each recipient should hold of it. A class, as ``SpellFold``
/// is, so that handing it on costs one reference; nothing in it changes.
final class Voice {
    let id: UUID
    let spell: Spell
    let aims: SpellAims

    init(id: UUID, spell: Spell, aims: SpellAims) {
        self.id = id
        self.spell = spell
        self.aims = aims
    }

    /// Eighty-four days after the release nothing of it changes any more.
    var isClosed: Bool { aims.aims.isEmpty }

    /// While a hold runs, or a release that was undone waits for a word, what was asked of people stands.
    var isHeld: Bool { aims.holdEndsAt != nil || aims.waitsUntil != nil }

    /// The prison that knows the person: where the person was released, else is held.
    var prison: PrisonID? { spell.release?.prison ?? aims.facts?.prison ?? spell.prison }
}
