"""Opens a sealed body with jwcrypto, and seals one for the hub's own reader.

Reads one JSON object from standard input: {"key": private JWK, "sealed": compact JWE}. Prints {"header": …, "body": …,
"sealed": a compact JWE of the same body to the same key}.
"""
import json
import sys

from jwcrypto import jwe, jwk

given = json.load(sys.stdin)
key = jwk.JWK(**given["key"])
opened = jwe.JWE()
opened.deserialize(given["sealed"], key=key)
header = json.loads(opened.objects["protected"])
own = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": header["kid"], "handoverId": header["handoverId"],
       "version": header["version"], "apu": "QWxpY2U", "apv": "Qm9i"}
sealed = jwe.JWE(opened.payload, json.dumps(own), recipient=jwk.JWK(**key.export_public(as_dict=True)))
print(json.dumps({
    "header": header, "body": opened.payload.decode(), "sealed": sealed.serialize(compact=True)}))
