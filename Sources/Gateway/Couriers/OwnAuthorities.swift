import NIOSSL

/// Authorities of one's own that receivers' and relays' certificates may come from, beside the system's.
public enum OwnAuthorities {
    /// Whether a PEM file holds at least one certificate.
    public static func areIn(_ path: String) -> Bool {
        (try? NIOSSLCertificate.fromPEMFile(path))?.isEmpty == false
    }
}
