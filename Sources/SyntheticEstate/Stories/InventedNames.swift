/// Names that nobody bears by accident: every surname says that it is made up.
enum InventedNames {
    static let given = [
        "Alvin", "Brindle", "Corvin", "Dellan", "Ebba", "Farrow", "Gilda", "Hollis", "Ithen", "Jorun", "Kestrel",
        "Linnet", "Marlo", "Nerys", "Ossian", "Perrin", "Quillan", "Rowan", "Sorrel", "Tamsin", "Ulric", "Vesper",
        "Wren", "Yarrow",
    ]
    static let first = [
        "Sample", "Test", "Mock", "Demo", "Example", "Dummy", "Trial", "Specimen", "Fable", "Placeholder",
    ]
    static let second = [
        "wright", "ton", "well", "field", "by", "worth", "stone", "shaw", "ley", "combe", "wick", "dale",
    ]

    /// `given.count * first.count * second.count` names before one comes again.
    static func name(_ dice: inout Dice) -> String {
        "\(dice.pick(given)) \(dice.pick(first))\(dice.pick(second))"
    }
}
