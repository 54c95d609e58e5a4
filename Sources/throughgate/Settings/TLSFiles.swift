import Gateway

/// The files of `http.tls`.
struct TLSFiles: Sendable {
    let certificate: String
    let key: String

    /// nil when neither is given.
    init?(certificate: String, key: String) throws(SettingProblem) {
        switch (certificate.isEmpty, key.isEmpty) {
        case (true, true): return nil
        case (false, true):
            throw SettingProblem(key: "http.tls.keyFile", remedy: "is missing beside http.tls.certificateFile")
        case (true, false):
            throw SettingProblem(key: "http.tls.certificateFile", remedy: "is missing beside http.tls.keyFile")
        case (false, false):
            self.certificate = certificate
            self.key = key
        }
    }
}

extension Settings {
    /// What the HTTP server is known by. Handovers are about people, so plain HTTP stays on this machine unless the
    /// settings say otherwise by name.
    func serverIdentity() throws -> ServerIdentity? {
        guard let tls else {
            guard Gateway.isLoopback(http.host) || allowsInsecureHTTP else {
                throw SettingProblem(
                    key: "http.address",
                    remedy: "reaches beyond this machine without TLS; give http.tls.certificateFile and "
                        + "http.tls.keyFile, or say http.insecure: true behind a proxy that has TLS")
            }
            return nil
        }
        do throws(ServerIdentity.Unusable) {
            return try ServerIdentity(certificateFile: tls.certificate, keyFile: tls.key)
        } catch {
            throw error.isKey
                ? SettingProblem(key: "http.tls.keyFile", remedy: "is not the PEM key of the certificate")
                : SettingProblem(key: "http.tls.certificateFile", remedy: "holds no PEM certificate")
        }
    }
}
