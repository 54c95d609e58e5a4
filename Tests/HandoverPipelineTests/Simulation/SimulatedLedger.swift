import BrokerModel
import HandoverPipeline
import HandoverRules
import Postgres

/// The ledger under a simulation, with what the simulation itself does to it.
protocol SimulatedLedger: AnyObject {
    var stepped: SteppedLedger { get }
    func fill(_ estate: SimulatedEstate) throws
    func change(isNasalStocked: Bool, _ rules: Rulebook) throws
    func sight() throws -> LedgerSight
}

/// The model.
final class SimulatedModelLedger: SimulatedLedger {
    let model = ModelLedger()
    let stepped: SteppedLedger

    init() { stepped = SteppedLedger(model) }

    func fill(_ estate: SimulatedEstate) {
        model.put(estate.records)
        change(isNasalStocked: true, estate.rules)
    }

    func change(isNasalStocked: Bool, _ rules: Rulebook) {
        model.put(SimulatedEstate.registers(isNasalStocked: isNasalStocked), rules: rules)
    }

    func sight() -> LedgerSight { model.sight }
}
