import EventContracts
public import HandoverPipeline

/// Whether every part is ready, for /readyz.
public enum Readiness {
    /// `{"ready": …, "parts": [{"part", "state", "reason"}]}`, each part listed.
    public static func json(_ snapshot: HubStatus.Snapshot) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(snapshot, to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The members of it.
    static func write(_ snapshot: HubStatus.Snapshot, to writer: inout JSONWriter) {
        writer.name("ready")
        writer.bool(snapshot.isReady)
        writer.name("parts")
        writer.beginArray()
        for part in HubStatus.Part.allCases {
            writer.beginObject()
            writer.name("part")
            writer.string(part.rawValue)
            writer.name("state")
            switch snapshot.parts[part] {
            case .ready:
                writer.string("ready")
                writer.name("reason")
                writer.null()
            case .waiting(let reason):
                writer.string("waiting")
                writer.name("reason")
                writer.string(reason)
            case nil:
                writer.string("unknown")
                writer.name("reason")
                writer.null()
            }
            writer.endObject()
        }
        writer.endArray()
    }
}
