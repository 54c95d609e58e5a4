import HandoverRules

// The same switch as in HandoverRules, compiled here where the visitors are, so that the compiler can make one
// straight function of a payload and a visitor. Both switches are exhaustive: neither can forget a type.
extension Payload {
    /// Fills a payload of `type` from a reading visitor.
    static func read<V: FieldVisitor>(_ type: EventType, _ v: inout V) throws(FieldProblem) -> Payload {
        switch type {
        case .custodyReceived: .custodyReceived(try filled(&v))
        case .eligibilityAssessed: .eligibilityAssessed(try filled(&v))
        case .consentRecorded: .consentRecorded(try filled(&v))
        case .kitIssued: .kitIssued(try filled(&v))
        case .kitCollected: .kitCollected(try filled(&v))
        case .kitReturned: .kitReturned(try filled(&v))
        case .kitLost: .kitLost(try filled(&v))
        case .releasePlanned: .releasePlanned(try filled(&v))
        case .releaseChanged: .releaseChanged(try filled(&v))
        case .releaseCancelled: .releaseCancelled(try filled(&v))
        case .releaseActual: .releaseActual(try filled(&v))
        case .custodyMovedOut: .custodyMovedOut(try filled(&v))
        case .custodyEndedOther: .custodyEndedOther(try filled(&v))
        case .identityMerged: .identityMerged(try filled(&v))
        case .bookingMoved: .bookingMoved(try filled(&v))
        case .trainingOffered: .trainingOffered(try filled(&v))
        case .trainingCompleted: .trainingCompleted(try filled(&v))
        case .trainingRefused: .trainingRefused(try filled(&v))
        case .kitConfirmed: .kitConfirmed(try filled(&v))
        case .kitReplaced: .kitReplaced(try filled(&v))
        case .kitUsed: .kitUsed(try filled(&v))
        case .handoverAcknowledged: .handoverAcknowledged(try filled(&v))
        case .engagementRecorded: .engagementRecorded(try filled(&v))
        case .routingAssigned: .routingAssigned(try filled(&v))
        case .taskResolved: .taskResolved(try filled(&v))
        case .referenceChanged: .referenceChanged(try filled(&v))
        case .recordCorrected: .recordCorrected(try filled(&v))
        case .timerFired: .timerFired(try filled(&v))
        }
    }

    /// Shows this payload's fields to a writing visitor.
    func show<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        switch self {
        case .custodyReceived(var p): try p.visit(&v)
        case .eligibilityAssessed(var p): try p.visit(&v)
        case .consentRecorded(var p): try p.visit(&v)
        case .kitIssued(var p): try p.visit(&v)
        case .kitCollected(var p): try p.visit(&v)
        case .kitReturned(var p): try p.visit(&v)
        case .kitLost(var p): try p.visit(&v)
        case .releasePlanned(var p): try p.visit(&v)
        case .releaseChanged(var p): try p.visit(&v)
        case .releaseCancelled(var p): try p.visit(&v)
        case .releaseActual(var p): try p.visit(&v)
        case .custodyMovedOut(var p): try p.visit(&v)
        case .custodyEndedOther(var p): try p.visit(&v)
        case .identityMerged(var p): try p.visit(&v)
        case .bookingMoved(var p): try p.visit(&v)
        case .trainingOffered(var p): try p.visit(&v)
        case .trainingCompleted(var p): try p.visit(&v)
        case .trainingRefused(var p): try p.visit(&v)
        case .kitConfirmed(var p): try p.visit(&v)
        case .kitReplaced(var p): try p.visit(&v)
        case .kitUsed(var p): try p.visit(&v)
        case .handoverAcknowledged(var p): try p.visit(&v)
        case .engagementRecorded(var p): try p.visit(&v)
        case .routingAssigned(var p): try p.visit(&v)
        case .taskResolved(var p): try p.visit(&v)
        case .referenceChanged(var p): try p.visit(&v)
        case .recordCorrected(var p): try p.visit(&v)
        case .timerFired(var p): try p.visit(&v)
        }
    }

    private static func filled<G: FieldGroup, V: FieldVisitor>(_ v: inout V) throws(FieldProblem) -> G {
        var group = G()
        try group.visit(&v)
        return group
    }
}
