import HummingbirdTLS
import NIOSSL

/// The certificate and key by which the HTTP server is known: files in PEM, read once at start.
public struct ServerIdentity: Sendable {
    let configuration: TLSConfiguration

    /// - Throws: ``Unusable`` naming the file that cannot be used.
    public init(certificateFile: String, keyFile: String) throws(Unusable) {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw Unusable(isKey: false)
        }
        guard !chain.isEmpty else { throw Unusable(isKey: false) }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        } catch {
            throw Unusable(isKey: true)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Unusable(isKey: true)
        }
        self.configuration = configuration
    }

    /// A file that is no certificate, no key, or not the certificate's key.
    public struct Unusable: Error, Sendable {
        /// Whether it is the key; else the certificate.
        public let isKey: Bool
    }
}
