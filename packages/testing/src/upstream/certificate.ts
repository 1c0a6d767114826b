import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";

/** Key and certificate in PEM format, as `node:https` accepts them. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** DNS names that it is valid for. @defaultValue `localhost` */
  readonly names?: readonly string[];
  /** IPv4 addresses that it is valid for. @defaultValue `127.0.0.1` */
  readonly addresses?: readonly string[];
  /** In milliseconds since the epoch. @defaultValue 2020-01-01 */
  readonly notBefore?: number;
  /** In milliseconds since the epoch. @defaultValue 2049-01-01 */
  readonly notAfter?: number;
}

/** A DER value: tag, length, content. Source: ITU-T X.690, sections 8.1 and 10.1. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const time = (at: number): Buffer => {
  const digits = new Date(at).toISOString().replaceAll(/\D/gu, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
};

/** Object identifiers: ecdsa-with-SHA256, commonName, subjectAltName, basicConstraints. */
const ecdsaSha256 = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
const commonName = Buffer.from("0603550403", "hex");
const subjectAltName = Buffer.from("0603551d11", "hex");
const basicConstraints = Buffer.from("0603551d13", "hex");

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/gu) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/**
 * Creates a key and a self-signed certificate.
 * Source: RFC 5280, section 4.1.
 */
export function selfSigned(options: CertificateOptions = {}): Certificate {
  const { names = ["localhost"], addresses = ["127.0.0.1"] } = options;
  const { notBefore = Date.UTC(2020, 0, 1), notAfter = Date.UTC(2049, 0, 1) } = options;
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  const subject = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from("scripted upstream")))));
  const alternatives = sequence(
    ...names.map((name) => der(0x82, Buffer.from(name))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split(".").map(Number)))),
  );
  const extensions = sequence(
    sequence(subjectAltName, der(0x04, alternatives)),
    sequence(basicConstraints, der(0x01, Buffer.from([255])), der(0x04, sequence(der(0x01, Buffer.from([255]))))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaSha256,
    subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey,
    der(0xa3, extensions),
  );
  const signature = sign("sha256", body, createPrivateKey(privateKey));
  const signed = sequence(body, ecdsaSha256, der(0x03, Buffer.from([0]), signature));
  return { key: privateKey, cert: pem("CERTIFICATE", signed) };
}
