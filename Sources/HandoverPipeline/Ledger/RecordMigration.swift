extension LedgerMigrations {
    /// Migration 4: the record tables of domain.md §11. Derived, all of them: the projector writes a person's rows
    /// anew from `person_state`, and `throughgate replay` can write everybody's. Deleting a person's row of
    /// `recorded_person` deletes all rows of that person.
    ///
    /// A person stands in them under an id; prison numbers, postcodes and other identifiers are in three tables only:
    /// `recorded_person`, `person_identifier`, `address`.
    static let record =
        recordPersons + recordSpells + recordFacts + recordKits + recordHandovers + recordViews + coverageOverlap

    private static let recordPersons = """
        create table record_due (seq bigint generated always as identity primary key, noms text not null,
            attempts int not null default 0);
        comment on table record_due is
            'Persons whose record tables are behind person_state. Appended, never waited for.';
        insert into record_due (noms) select noms from person_state order by noms;

        create table record_fault (
            noms text primary key, code text not null, constraint_name text not null,
            noticed_at timestamptz not null default now());
        comment on table record_fault is 'Persons whose rows a constraint of the record tables refused.';

        create table recorded_person (
            person_id uuid primary key, noms text not null unique, changes bigint not null,
            recorded_at timestamptz not null default now());
        comment on table recorded_person is 'Who is in the record tables, and the state of person_state they show.';

        create table person_identifier (
            person_id uuid not null references recorded_person on delete cascade,
            type text not null check (type in ('NOMS', 'CRN', 'PNC', 'SPIN')), value text not null,
            status text not null check (status in ('ACTIVE', 'MERGED', 'REMOVED')),
            merged_into text, valid_from timestamptz, valid_to timestamptz,
            primary key (type, value, person_id),
            check ((status = 'MERGED') = (merged_into is not null)), check (merged_into <> value));
        create index person_identifier_person on person_identifier (person_id);
        create unique index person_identifier_one_active on person_identifier (value)
            where type = 'NOMS' and status = 'ACTIVE';

        create table address (
            address_id uuid primary key, person_id uuid not null references recorded_person on delete cascade,
            source text not null check (source in ('RECORD', 'PLAN', 'RELEASE')),
            postcode text, status text not null, utla text, valid_from timestamptz, valid_to timestamptz,
            check (valid_to >= valid_from));
        create index address_person on address (person_id);

        create table consent (
            event_id uuid primary key, person_id uuid not null references recorded_person on delete cascade,
            scope text not null check (scope in ('DRUG_SERVICE', 'SUPERVISION', 'CHILD_SERVICE')),
            state text not null
                check (state in ('GIVEN', 'REFUSED', 'WITHDRAWN', 'NOT_ASKED', 'LACKS_CAPACITY', 'OVERRIDE')),
            method text, expires_on date, override_basis text, override_expires_at timestamptz,
            occurred_at timestamptz not null,
            check ((state = 'OVERRIDE') = (override_basis is not null)));
        create index consent_person on consent (person_id);

        """

    private static let recordSpells = """
        create table episode (
            episode_id uuid primary key, person_id uuid not null references recorded_person on delete cascade,
            spell_no int not null check (spell_no > 0), booking_id bigint, provisional boolean not null,
            prison_id text, admitted_at timestamptz,
            custody_state text not null check (custody_state in ('IN_PRISON', 'IN_TRANSIT', 'AT_COURT', 'TEMP_ABSENCE',
                'HOSPITAL_ESCORT', 'RELEASED', 'ENDED_OTHER')),
            is_open boolean not null,
            thn_state text not null check (thn_state in ('NOT_ASSESSED', 'NOT_ELIGIBLE', 'ELIGIBLE', 'OFFERED',
                'REFUSED', 'TRAINED_PARTIAL', 'TRAINED')),
            release_event_id uuid, released_at timestamptz, released_on date, release_received_at timestamptz,
            hold_ends_at timestamptz, release_prison_id text, release_reason text, planned boolean, adult boolean,
            onboarded boolean,
            kit_at_release text check (kit_at_release in ('YES', 'UNCONFIRMED', 'NO')),
            kit_doubt text check (kit_doubt in ('UNCONFIRMED', 'DISPUTED')),
            ended text check (ended in ('DIED', 'NOT_COMMUNITY')), ended_at timestamptz,
            cohort_exclusion text check (cohort_exclusion in ('NOT_RELEASED', 'DIED', 'NOT_COMMUNITY', 'CHILD',
                'NOT_ELIGIBLE', 'NOT_ASSESSED', 'NOT_ONBOARDED')),
            eligibility text not null check (eligibility in ('ASSESSED', 'IMPLIED', 'NOT_ELIGIBLE', 'NOT_ASSESSED')),
            assessed_at timestamptz, assessed_outcome text, wing_regime text, offered_at timestamptz,
            trained_at timestamptz, partly_trained_at timestamptz, offers int not null check (offers >= 0),
            last_offered_at timestamptz, reoffer_after date, has_kit boolean not null,
            planned_date date, planned_prison_id text, utla text,
            consent_asked text[] not null, consent_given text[] not null, had_notice boolean not null,
            engaged_after_days int check (engaged_after_days >= 0),
            follow_up_end text check (follow_up_end in ('RETURNED_TO_CUSTODY', 'DIED', 'MOVED')),
            dq_flags text[] not null,
            unique (person_id, spell_no),
            check ((released_at is not null) = (custody_state = 'RELEASED')),
            check ((released_at is not null) = (released_on is not null and release_event_id is not null
                and release_received_at is not null and hold_ends_at is not null and release_prison_id is not null
                and planned is not null and adult is not null and onboarded is not null
                and kit_at_release is not null)),
            check (hold_ends_at >= release_received_at),
            check (released_at is null or not is_open),
            check (custody_state <> 'ENDED_OTHER' or ended is not null),
            check (kit_doubt is null or kit_at_release <> 'YES'),
            check (cohort_exclusion is not null
                or (released_at is not null and adult and onboarded and ended is null
                    and eligibility in ('ASSESSED', 'IMPLIED'))),
            check ((assessed_at is null) = (assessed_outcome is null)),
            check ((offered_at is null) = (offers = 0)),
            check (consent_given <@ consent_asked));
        comment on table episode is 'One custody spell, from one admission to one final release.';
        create unique index episode_one_open on episode (person_id) where is_open;
        create index episode_released on episode (released_on);
        create index episode_admitted on episode (admitted_at);
        create index episode_planned on episode (planned_date) where is_open;

        create table movement (
            event_id uuid primary key, episode_id uuid not null references episode on delete cascade,
            kind text not null, reason text not null, from_agency text, to_agency text,
            occurred_at timestamptz not null);
        create index movement_episode on movement (episode_id);

        """

    private static let recordFacts = """
        create table eligibility (
            event_id uuid primary key, person_id uuid not null references recorded_person on delete cascade,
            episode_id uuid references episode on delete cascade, assessment_id text not null,
            outcome text not null check (outcome in ('ELIGIBLE', 'NOT_ELIGIBLE', 'UNABLE')), criteria text[] not null,
            not_eligible_reason text, od_self text, od_witnessed boolean, on_ost boolean not null, wing_regime text,
            occurred_at timestamptz not null,
            check (outcome <> 'ELIGIBLE' or cardinality(criteria) > 0),
            check (outcome <> 'NOT_ELIGIBLE' or not_eligible_reason is not null));
        create index eligibility_person on eligibility (person_id);
        create index eligibility_episode on eligibility (episode_id);

        create table training_offer (
            event_id uuid primary key, episode_id uuid not null references episode on delete cascade,
            offer_id text not null, method text, scheduled_at timestamptz, occurred_at timestamptz not null);
        create index training_offer_episode on training_offer (episode_id);

        create table training (
            event_id uuid primary key, episode_id uuid not null references episode on delete cascade,
            training_id text not null, elements text[] not null check (cardinality(elements) > 0),
            result text not null check (result in ('COMPLETE', 'PARTIAL')), product text, trainer_role text,
            occurred_at timestamptz not null);
        create index training_episode on training (episode_id);

        create table refusal (
            event_id uuid primary key, episode_id uuid not null references episode on delete cascade,
            offer_id text, stage text not null check (stage in ('TRAINING', 'KIT', 'BOTH')),
            reasons text[] not null check (cardinality(reasons) between 1 and 3), reoffer_after date, wing_regime text,
            later_accepted boolean not null, occurred_at timestamptz not null);
        create index refusal_episode on refusal (episode_id);
        create index refusal_time on refusal (occurred_at);

        create table release_plan (
            episode_id uuid not null references episode on delete cascade, plan_id text not null,
            plan_version bigint not null check (plan_version > 0), event_id uuid not null, planned_date date,
            release_reason text, prison_id text, address_id uuid references address on delete set null,
            supervision_type text, supervision_allocation text, office_code text, appointment_provider text,
            appointment_at timestamptz, status text not null check (status in ('LIVE', 'SUPERSEDED', 'CANCELLED')),
            occurred_at timestamptz not null,
            primary key (episode_id, plan_id, plan_version));
        create unique index release_plan_one_live on release_plan (episode_id, plan_id) where status = 'LIVE';
        create index release_plan_address on release_plan (address_id);

        """

    private static let recordKits = """
        create table kit (
            issue_event_id uuid primary key, kit_id text not null,
            holder_person_id uuid not null references recorded_person on delete cascade,
            holder_episode_id uuid not null references episode on delete cascade, product text not null,
            batch_no text not null, expiry date not null, quantity int not null check (quantity between 1 and 3),
            issue_point text not null check (issue_point in ('PROPERTY', 'GATE', 'IN_POSSESSION', 'COMMUNITY')),
            issued_at timestamptz not null,
            state text not null check (state in ('PROPERTY', 'COLLECTED', 'HELD', 'USED', 'LOST', 'EXPIRED',
                'REPLACED', 'RETURNED')),
            held boolean not null, disputed boolean not null, unaccounted boolean not null,
            check (not held or state in ('PROPERTY', 'COLLECTED', 'HELD', 'EXPIRED')),
            check (not disputed or held), check (not unaccounted or held));
        comment on table kit is
            'A kit as one person''s record has it; the batch is not unique, the label only while held.';
        create unique index kit_one_holder on kit (kit_id) where held and not disputed;
        create index kit_person on kit (holder_person_id);
        create index kit_episode on kit (holder_episode_id);
        create index kit_issued on kit (issued_at);

        create table kit_event (
            event_id uuid primary key, person_id uuid not null references recorded_person on delete cascade,
            episode_id uuid references episode on delete cascade, kit_id text, type text not null, reason text,
            occurred_at timestamptz not null);
        create index kit_event_person on kit_event (person_id);
        create index kit_event_episode on kit_event (episode_id);

        """

    private static let recordHandovers = """
        create table handover (
            handover_id uuid primary key, person_id uuid not null references recorded_person on delete cascade,
            spell_id uuid not null, episode_id uuid references episode on delete cascade,
            recipient_kind text not null, recipient_id text not null,
            state text not null check (state in ('SENT', 'ACKED', 'REJECTED', 'OVERDUE', 'ENGAGED', 'NOT_ENGAGED',
                'CLOSED', 'STOOD_DOWN')),
            live boolean not null, version int not null check (version > 0),
            kind text not null check (kind in ('PLANNED', 'RELEASED', 'CORRECTION', 'STOOD_DOWN')),
            priority smallint check (priority between 1 and 4), sent_at timestamptz not null,
            ack_due_at timestamptz, contact_due_at timestamptz, planned_sent_at timestamptz,
            released_sent_at timestamptz, released_ack_by timestamptz, stood_down_at timestamptz,
            acked_at timestamptz, reject_reason text, urgent_sent_at timestamptz, urgent_ack_due_at timestamptz,
            urgent_acked_at timestamptz, urgent_ended_at timestamptz, engaged_at timestamptz,
            supplied_at timestamptz, reinforced_early int not null check (reinforced_early >= 0),
            closed_at timestamptz,
            check (episode_id = spell_id), check (episode_id is not null or not live),
            check (live = (state not in ('STOOD_DOWN', 'CLOSED'))),
            check ((kind = 'STOOD_DOWN') = (stood_down_at is not null)),
            check ((state = 'STOOD_DOWN') = (kind = 'STOOD_DOWN')),
            check ((kind = 'STOOD_DOWN') = (priority is null)),
            check ((released_sent_at is null) = (released_ack_by is null)),
            check (stood_down_at is null or closed_at = stood_down_at));
        comment on table handover is 'One thread per spell and recipient; its versions are in handover_version.';
        comment on column handover.episode_id is
            'Null where the spell is no more: its events went to another spell or person, the thread was stood down.';
        create index handover_person on handover (person_id);
        create index handover_spell on handover (spell_id);
        create unique index handover_one_live on handover (episode_id, recipient_kind) where live;
        create index handover_recipient on handover (recipient_id, released_sent_at);
        create index handover_closed on handover (closed_at);

        create table acknowledgement (
            event_id uuid primary key, handover_id uuid not null references handover on delete cascade,
            version bigint not null check (version > 0),
            decision text not null check (decision in ('ACCEPTED', 'REJECTED', 'NEEDS_INFO')), reject_reason text,
            acked_at timestamptz not null,
            check (decision <> 'REJECTED' or reject_reason is not null));
        create index acknowledgement_handover on acknowledgement (handover_id);

        create table engagement (
            event_id uuid primary key, handover_id uuid not null references handover on delete cascade,
            outcome text not null, at timestamptz not null, reinforced text[] not null,
            kit_seen text check (kit_seen in ('YES', 'NO', 'REPLACED', 'FIRST_SUPPLY')),
            before_release boolean not null);
        create index engagement_handover on engagement (handover_id);

        """

    /// The versions are the messages themselves; the view leaves the bodies out. Retention looks for bodies by stream.
    private static let recordViews = """
        create view handover_version as
            select stream_id as handover_id, version, kind, priority, content_digest as content_hash, sent_at,
                ack_due_at, contact_due_at, case when held then 'HELD' else 'DECIDED' end as delivery_state,
                length(body) = 0 as is_emptied
            from message where recipient_kind is not null;

        create view dq_exception as
            select code, event_id, opened_at, resolved_at from data_quality;

        """

    /// No two rows for one area, pathway, age band and rank at one time (domain.md §11). For supervision only rows of
    /// one provider: CRC and NPS shared an area. Where the extension is not to be had, or rows that overlap are stored
    /// already, a trigger refuses new ones.
    private static let coverageOverlap = """
        create function coverage_overlap() returns trigger language plpgsql as $body$
        begin
            if exists (select from coverage c
                where c.utla = new.utla and c.pathway = new.pathway and c.age_band = new.age_band
                    and c.rank = new.rank and (c.pathway <> 'SUPERVISION' or c.provider_id = new.provider_id)
                    and (c.provider_id, c.valid_from) <> (new.provider_id, new.valid_from)
                    and daterange(c.valid_from, c.valid_to, '[]') && daterange(new.valid_from, new.valid_to, '[]'))
            then
                raise exclusion_violation using constraint = 'coverage_no_overlap', table = 'coverage',
                    message = 'two rows of coverage for one area, pathway, age band and rank at one time';
            end if;
            return null;
        end $body$;
        do $body$
        begin
            create extension if not exists btree_gist;
            alter table coverage add constraint coverage_no_overlap exclude using gist (
                utla with =, pathway with =, age_band with =, rank with =,
                (case when pathway = 'SUPERVISION' then provider_id else '' end) with =,
                daterange(valid_from, valid_to, '[]') with &&) deferrable initially immediate;
        exception when others then
            create constraint trigger coverage_no_overlap after insert or update on coverage
                deferrable initially immediate for each row execute function coverage_overlap();
        end $body$;
        """
}
