import FoundationEssentials

// Plans version by version, and the addresses that they, the release and the record name.

extension RecordReading {
    func plansAndAddresses() -> (plans: [PlanRow], addresses: [AddressRow]) {
        var plans: [PlanRow] = [], addresses: [AddressRow] = []
        if let own = recordAddress() { addresses.append(own) }
        for spell in fold.spells {
            for plan in spell.plans { add(plan, of: spell, &plans, &addresses) }
            if let release = spell.release, let address: ReleaseAddress = release.first(events, { $0.address }) {
                let date = London.date(of: release.at)
                addresses.append(
                    row(address, .release, events[release.event].id, date: date, from: release.at))
            }
        }
        return (plans, addresses)
    }

    private func recordAddress() -> AddressRow? {
        guard let record, record.postcode != nil || record.addressStatus != nil else { return nil }
        var own = ReleaseAddress()
        own.postcode = record.postcode
        own.status = record.addressStatus ?? .unknown
        return row(own, .record, SpellRecord.person(state.subject), date: London.date(of: now), from: nil)
    }

    private func row(
        _ address: ReleaseAddress, _ source: AddressRow.Source, _ about: UUID, date: LocalDate, from: Instant?
    ) -> AddressRow {
        let router = Router(registers: fold.registers, rules: rules, date: date)
        return AddressRow(
            id: NamedUUID.task(about, "address", source.rawValue), source: source, postcode: address.postcode,
            status: address.status,
            area: router.area([address], localConnection: nil, lastHome: nil, office: nil), validFrom: from)
    }

    private func add(
        _ plan: Plan, of spell: Spell, _ plans: inout [PlanRow], _ addresses: inout [AddressRow]
    ) {
        var merged = PlanFields()
        var mine: [PlanRow] = []
        var address: UUID?
        for (version, i) in plan.events {
            var isCancelled = false, named: ReleaseAddress?
            switch events[i].payload {
            case .releasePlanned(let p): (merged, named) = (overlaid(merged, p.fields), p.fields.address)
            case .releaseChanged(let p): (merged, named) = (overlaid(merged, p.fields), p.fields.address)
            default: isCancelled = true
            }
            if let named {
                let date = merged.plannedDate ?? London.date(of: now)
                let row = row(named, .plan, events[i].id, date: date, from: time(i))
                addresses.append(row)
                address = row.id
            }
            for before in mine.indices where mine[before].status == .live { mine[before].status = .superseded }
            // Two events with one version: the later in the total order counts.
            mine.removeAll { $0.version == version }
            mine.append(
                PlanRow(
                    plan: plan.id, version: version, spell: id(spell), event: events[i].id, fields: merged,
                    address: address, status: isCancelled ? .cancelled : .live, at: time(i)))
        }
        plans += mine
    }

    private func overlaid(_ fields: PlanFields, _ newer: PlanFields) -> PlanFields {
        var fields = fields
        fields.overlay(newer)
        return fields
    }
}
