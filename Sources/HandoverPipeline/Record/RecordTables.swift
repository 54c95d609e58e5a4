import FoundationEssentials
import HandoverRules
import Postgres

// Which value of a row goes into which column of domain.md §11's tables: persons, facts and kits. In the order in
// which the tables refer to each other.

extension RecordCopy {
    /// Writes every row of these persons.
    func all() throws {
        try identities()
        try copy("episode", \.spells, SpellColumns.all)
        try facts()
        try kits()
        try copy("handover", \.threads, ThreadColumns.all)
        try answers()
    }

    private func identities() throws {
        try copy(
            "person_identifier", \.identifiers,
            [
                .id("person_id") { $0.person }, .text("type") { $0.kind.rawValue }, .text("value") { $0.value },
                .text("status") { $0.status.rawValue }, .text("merged_into") { $0.mergedInto },
                .at("valid_to") { $0.validTo },
            ])
        try copy(
            "address", \.addresses,
            [
                .id("address_id") { $0.id }, .id("person_id") { $0.person }, .text("source") { $0.source.rawValue },
                .text("postcode") { $0.postcode?.text }, .text("status") { $0.status.rawValue },
                .text("utla") { $0.area?.text }, .at("valid_from") { $0.validFrom },
            ])
        try copy(
            "consent", \.consents,
            [
                .id("event_id") { $0.event }, .id("person_id") { $0.person }, .text("scope") { $0.scope.rawValue },
                .text("state") { $0.state.rawValue }, .text("method") { $0.method?.rawValue },
                .date("expires_on") { $0.expiresOn }, .text("override_basis") { $0.overrideBasis?.rawValue },
                .at("override_expires_at") { $0.overrideExpiresAt }, .at("occurred_at") { $0.at },
            ])
    }

    private func facts() throws {
        try copy(
            "movement", \.movements,
            [
                .id("event_id") { $0.event }, .id("episode_id") { $0.spell }, .text("kind") { $0.kind.rawValue },
                .text("reason") { $0.reason }, .text("from_agency") { $0.from }, .text("to_agency") { $0.to },
                .at("occurred_at") { $0.at },
            ])
        try copy(
            "eligibility", \.assessments,
            [
                .id("event_id") { $0.event }, .id("person_id") { $0.person }, .id("episode_id") { $0.spell },
                .text("assessment_id") { $0.assessment.text }, .text("outcome") { $0.outcome.rawValue },
                .list("criteria") { $0.criteria.map(\.rawValue) },
                .text("not_eligible_reason") { $0.notEligibleReason?.rawValue },
                .text("od_self") { $0.overdoseSelf?.rawValue }, .flag("od_witnessed") { $0.overdoseWitnessed },
                .flag("on_ost") { $0.onOst }, .text("wing_regime") { $0.wingRegime?.rawValue },
                .at("occurred_at") { $0.at },
            ])
        try training()
        try copy("release_plan", \.plans, PlanColumns.all)
    }

    private func training() throws {
        try copy(
            "training_offer", \.offers,
            [
                .id("event_id") { $0.event }, .id("episode_id") { $0.spell }, .text("offer_id") { $0.offer.text },
                .text("method") { $0.method?.rawValue }, .at("scheduled_at") { $0.scheduledAt },
                .at("occurred_at") { $0.at },
            ])
        try copy(
            "training", \.trainings,
            [
                .id("event_id") { $0.event }, .id("episode_id") { $0.spell },
                .text("training_id") { $0.training.text }, .list("elements") { $0.elements.map(\.rawValue) },
                .text("result") { $0.result.rawValue }, .text("product") { $0.product?.rawValue },
                .text("trainer_role") { $0.trainerRole?.rawValue }, .at("occurred_at") { $0.at },
            ])
        try copy(
            "refusal", \.refusals,
            [
                .id("event_id") { $0.event }, .id("episode_id") { $0.spell }, .text("offer_id") { $0.offer?.text },
                .text("stage") { $0.stage.rawValue }, .list("reasons") { $0.reasons.map(\.rawValue) },
                .date("reoffer_after") { $0.reofferAfter }, .text("wing_regime") { $0.wingRegime?.rawValue },
                .flag("later_accepted") { $0.laterAccepted }, .at("occurred_at") { $0.at },
            ])
    }

    private func kits() throws {
        try copy(
            "kit", \.kits,
            [
                .id("issue_event_id") { $0.issue }, .text("kit_id") { $0.kit.text },
                .id("holder_person_id") { $0.person }, .id("holder_episode_id") { $0.spell },
                .text("product") { $0.product.rawValue }, .text("batch_no") { $0.batch.text },
                .date("expiry") { $0.expiry }, .number("quantity") { $0.quantity },
                .text("issue_point") { $0.issuePoint.rawValue }, .at("issued_at") { $0.issuedAt },
                .text("state") { $0.state.rawValue }, .flag("held") { $0.isHeld }, .flag("disputed") { $0.isDisputed },
                .flag("unaccounted") { $0.isUnaccounted },
            ])
        try copy(
            "kit_event", \.kitEvents,
            [
                .id("event_id") { $0.event }, .id("person_id") { $0.person }, .id("episode_id") { $0.spell },
                .text("kit_id") { $0.kit?.text }, .text("type") { $0.type.rawValue }, .text("reason") { $0.reason },
                .at("occurred_at") { $0.at },
            ])
    }

    private func answers() throws {
        try copy(
            "acknowledgement", \.acknowledgements,
            [
                .id("event_id") { $0.event }, .id("handover_id") { $0.thread }, .big("version") { $0.version },
                .text("decision") { $0.decision.rawValue }, .text("reject_reason") { $0.rejectReason?.rawValue },
                .at("acked_at") { $0.at },
            ])
        try copy(
            "engagement", \.engagements,
            [
                .id("event_id") { $0.event }, .id("handover_id") { $0.thread },
                .text("outcome") { $0.outcome.rawValue }, .at("at") { $0.at },
                .list("reinforced") { $0.reinforced.map(\.text) }, .text("kit_seen") { $0.kitSeen?.rawValue },
                .flag("before_release") { $0.isBeforeRelease },
            ])
    }
}
