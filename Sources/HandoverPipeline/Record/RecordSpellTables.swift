import FoundationEssentials
import HandoverRules

/// Columns of `episode`.
enum SpellColumns {
    static var all: [RecordColumn<SpellRow>] { custody + release + health + followUp }

    private static var custody: [RecordColumn<SpellRow>] {
        [
            .id("episode_id") { $0.id }, .id("person_id") { $0.person }, .number("spell_no") { $0.number },
            .big("booking_id") { $0.booking?.value }, .flag("provisional") { $0.isProvisional },
            .text("prison_id") { $0.prison?.text }, .at("admitted_at") { $0.admittedAt },
            .text("custody_state") { $0.custody }, .flag("is_open") { $0.isOpen },
            .text("thn_state") { $0.training.rawValue }, .text("ended") { $0.ended?.rawValue },
            .at("ended_at") { $0.endedAt }, .text("cohort_exclusion") { $0.exclusion?.rawValue },
            .date("planned_date") { $0.plannedDate }, .text("planned_prison_id") { $0.plannedPrison?.text },
            .text("utla") { $0.area?.text }, .list("dq_flags") { $0.flags },
        ]
    }

    private static var release: [RecordColumn<SpellRow>] {
        [
            .id("release_event_id") { $0.release?.event }, .at("released_at") { $0.release?.at },
            .date("released_on") { $0.release?.date }, .at("release_received_at") { $0.release?.receivedAt },
            .at("hold_ends_at") { $0.release?.holdEndsAt }, .text("release_prison_id") { $0.release?.prison.text },
            .text("release_reason") { $0.release?.reason?.rawValue }, .flag("planned") { $0.release?.isPlanned },
            .flag("adult") { $0.release?.isAdult }, .flag("onboarded") { $0.release?.isOnboarded },
            .text("kit_at_release") { $0.release?.kit }, .text("kit_doubt") { $0.release?.kitDoubt?.rawValue },
        ]
    }

    private static var health: [RecordColumn<SpellRow>] {
        [
            .text("eligibility") { $0.eligibility.rawValue }, .at("assessed_at") { $0.assessedAt },
            .text("assessed_outcome") { $0.assessed?.rawValue }, .text("wing_regime") { $0.wingRegime?.rawValue },
            .at("offered_at") { $0.offeredAt }, .at("trained_at") { $0.trainedAt },
            .at("partly_trained_at") { $0.partlyTrainedAt }, .number("offers") { $0.offers },
            .at("last_offered_at") { $0.lastOfferedAt }, .date("reoffer_after") { $0.reofferAfter },
            .flag("has_kit") { $0.hasKit },
        ]
    }

    private static var followUp: [RecordColumn<SpellRow>] {
        [
            .list("consent_asked") { $0.asked.map(\.rawValue) }, .list("consent_given") { $0.given.map(\.rawValue) },
            .flag("had_notice") { $0.hadNotice }, .number("engaged_after_days") { $0.engagedAfterDays },
            .text("follow_up_end") { $0.followUpEnd?.rawValue },
        ]
    }
}

/// Columns of `release_plan`.
enum PlanColumns {
    static var all: [RecordColumn<PlanRow>] {
        [
            .id("episode_id") { $0.spell }, .text("plan_id") { $0.plan.text }, .big("plan_version") { $0.version },
            .id("event_id") { $0.event }, .date("planned_date") { $0.fields.plannedDate },
            .text("release_reason") { $0.fields.releaseReason?.rawValue },
            .text("prison_id") { $0.fields.prison?.text },
            .id("address_id") { $0.address }, .text("supervision_type") { $0.fields.supervision?.type.rawValue },
            .text("supervision_allocation") { $0.fields.supervision?.allocation?.rawValue },
            .text("office_code") { $0.fields.supervision?.officeCode?.text },
            .text("appointment_provider") { $0.fields.appointment?.provider.text },
            .at("appointment_at") { $0.fields.appointment?.at }, .text("status") { $0.status.rawValue },
            .at("occurred_at") { $0.at },
        ]
    }
}

/// Columns of `handover`.
enum ThreadColumns {
    static var all: [RecordColumn<ThreadRow>] {
        [
            .id("handover_id") { $0.id }, .id("person_id") { $0.person }, .id("spell_id") { $0.spell },
            .id("episode_id") { $0.hasNoSpell ? nil : $0.spell },
            .text("recipient_kind") { $0.recipient.kind.rawValue },
            .text("recipient_id") { $0.recipient.provider.text },
            .text("state") { $0.state.rawValue }, .flag("live") { $0.isLive }, .number("version") { $0.version },
            .text("kind") { $0.kind.rawValue }, .small("priority") { $0.priority?.rawValue },
            .at("sent_at") { $0.sentAt },
            .at("ack_due_at") { $0.ackDueAt }, .at("contact_due_at") { $0.contactDueAt },
            .at("planned_sent_at") { $0.plannedSentAt }, .at("released_sent_at") { $0.releasedSentAt },
            .at("released_ack_by") { $0.releasedAckBy }, .at("stood_down_at") { $0.stoodDownAt },
            .at("acked_at") { $0.ackedAt }, .text("reject_reason") { $0.rejectReason?.rawValue },
            .at("urgent_sent_at") { $0.urgent?.sentAt }, .at("urgent_ack_due_at") { $0.urgent?.ackDueAt },
            .at("urgent_acked_at") { $0.urgent?.ackedAt }, .at("urgent_ended_at") { $0.urgent?.endedAt },
            .at("engaged_at") { $0.engagedAt }, .at("supplied_at") { $0.suppliedAt },
            .number("reinforced_early") { $0.reinforcedEarly }, .at("closed_at") { $0.closedAt },
        ]
    }
}
