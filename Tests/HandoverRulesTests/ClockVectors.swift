import HandoverRules
import Testing

@Suite("rules: clocks") struct ClockVectors {
    static let england = WorkingCalendar(holidays: World.registers.holidays[.englandAndWales] ?? [])
    static let scotland = WorkingCalendar(holidays: World.registers.holidays[.scotland] ?? [])

    @Test(
        "the four vectors of the specification",
        arguments: [
            (Priority.p3, "06-05 16:00", "06-09 17:00"), (.p3, "06-06 11:00", "06-10 17:00"),
            (.p3, "04-02 10:00", "04-08 17:00"), (.p1, "06-05 16:00", "06-08 12:00"),
        ])
    func vectors(priority: Priority, sent: String, due: String) {
        #expect(DueTimes(priority, sentAt: time(sent), Self.england).ackDueAt == time(due))
    }

    @Test(
        "the edges of the working day",
        arguments: [
            (Priority.p1, "06-05 10:00", "06-05 14:00"), (.p1, "06-05 13:00", "06-05 17:00"),
            (.p1, "06-05 17:00", "06-08 13:00"), (.p1, "06-05 08:59", "06-05 13:00"),
            (.p2, "06-05 10:00", "06-08 17:00"), (.p2, "06-05 17:00", "06-09 17:00"),
            (.p4, "06-05 10:00", "06-09 17:00"),
        ])
    func edges(priority: Priority, sent: String, due: String) {
        #expect(DueTimes(priority, sentAt: time(sent), Self.england).ackDueAt == time(due))
    }

    @Test("Scotland has its own holidays")
    func nations() {
        // Early May bank holiday is England's here; the first Monday of August is Scotland's.
        #expect(DueTimes(.p2, sentAt: time("07-31 10:00"), Self.scotland).ackDueAt == time("08-04 17:00"))
        #expect(DueTimes(.p2, sentAt: time("07-31 10:00"), Self.england).ackDueAt == time("08-03 17:00"))
    }

    @Test(
        "working time is counted and added over nights, weekends, holidays and both changes of the clocks",
        arguments: [
            ("06-05 16:00", 120, "06-08 10:00"), ("06-05 16:00", 60, "06-05 17:00"),
            ("06-05 17:00", 60, "06-08 10:00"), ("04-02 16:00", 120, "04-07 10:00"),
            // Clocks go forward on 29 March and back on 25 October, both Sundays.
            ("03-27 16:00", 240, "03-30 12:00"), ("10-23 16:00", 240, "10-26 12:00"),
        ])
    func workingTime(start: String, minutes: Int64, end: String) {
        #expect(Self.england.adding(.minutes(minutes), to: time(start)) == time(end))
        #expect(Self.england.workingTime(from: time(start), to: time(end)) == .minutes(minutes))
    }

    @Test("a P1 clock across the change of the clocks has four working hours, not four hours")
    func summerTime() {
        #expect(DueTimes(.p1, sentAt: time("03-27 16:00"), Self.england).ackDueAt == time("03-30 12:00"))
        #expect(DueTimes(.p1, sentAt: time("10-23 16:00"), Self.england).ackDueAt == time("10-26 12:00"))
        #expect(DueTimes(.p3, sentAt: time("10-23 16:00"), Self.england).ackDueAt == time("10-27 17:00"))
    }

    @Test("Scotland: the first vector of the specification with its own holiday in it")
    func scottishVectors() {
        // Monday 3 August is a holiday in Scotland only.
        #expect(DueTimes(.p3, sentAt: time("07-31 16:00"), Self.scotland).ackDueAt == time("08-05 17:00"))
        #expect(DueTimes(.p3, sentAt: time("07-31 16:00"), Self.england).ackDueAt == time("08-04 17:00"))
        #expect(DueTimes(.p1, sentAt: time("07-31 16:00"), Self.scotland).ackDueAt == time("08-04 12:00"))
        // Easter Monday is none in Scotland.
        #expect(DueTimes(.p3, sentAt: time("04-02 10:00"), Self.scotland).ackDueAt == time("04-07 17:00"))
    }

    @Test("a contact is due 24 hours, 72 hours or 7 days after sending, and not at all for a far plan")
    func contact() {
        let sent = time("06-05 10:00")
        #expect(DueTimes(.p1, sentAt: sent, Self.england).contactDueAt == time("06-06 10:00"))
        #expect(DueTimes(.p2, sentAt: sent, Self.england).contactDueAt == time("06-08 10:00"))
        #expect(DueTimes(.p3, sentAt: sent, Self.england).contactDueAt == time("06-12 10:00"))
        #expect(DueTimes(.p4, sentAt: sent, Self.england).contactDueAt == nil)
    }

    @Test("a plan becomes P2 at 09:00 two working days before, by timer")
    func near() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-08"), "05-10 10:00")
        story.wait(until: "06-04 08:59")
        #expect(story.drug.last?.priority == .p4)
        story.wait(until: "06-04 09:00")
        #expect(story.drug.last?.headline == "v2 PLANNED P2")
    }
}
