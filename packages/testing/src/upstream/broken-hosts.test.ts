import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import { ask, chats } from "../../test/support/raw-client.js";
import {
  type BrokenHost,
  startBadCertificate,
  startRefusing,
  startResetting,
  startSilent,
  unresolvableUrl,
} from "./broken-hosts.js";
import { breaks } from "./behavior.js";
import { startUpstream } from "./start-upstream.js";

const { path, body } = chats.openai;

async function overOf(url: string, ca?: string): Promise<string | undefined> {
  const { over } = await ask(url + path, body, ca === undefined ? {} : { ca }).whole();
  return over;
}

async function using<Host extends BrokenHost, Result>(
  start: Promise<Host>,
  use: (host: Host) => Promise<Result>,
): Promise<Result> {
  const host = await start;
  try {
    return await use(host);
  } finally {
    await host.close();
  }
}

describe("broken hosts", () => {
  it("refuse connections", async () => {
    expect(await using(startRefusing(), ({ url }) => overOf(url))).toBe("ECONNREFUSED");
  });

  it("reset connections", async () => {
    await using(startResetting(), async (host) => {
      expect(await overOf(host.url)).toBe("ECONNRESET");
      expect(host.connections).toBe(1);
    });
  });

  it("accept connections and stay silent", async () => {
    await using(startSilent(), async (host) => {
      const asked = ask(host.url + path, body);
      const secure = connect({ port: Number(new URL(host.secureUrl).port), host: "127.0.0.1" });
      secure.on("error", () => undefined);
      await new Promise((resolve) => {
        secure.once("connect", resolve);
      });
      // Everything else has had its turn, and neither host has sent anything.
      expect(await overOf(unresolvableUrl)).toMatch(/ENOTFOUND|EAI_AGAIN/u);
      expect([asked.over, asked.status, secure.authorized]).toEqual([undefined, undefined, false]);
      expect(host.connections).toBe(2);
      asked.leave();
      secure.destroy();
    });
  });

  it("have a name that does not resolve", async () => {
    expect(await overOf(unresolvableUrl)).toMatch(/ENOTFOUND|EAI_AGAIN/u);
  });

  it.each([
    ["self_signed", false, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["expired", true, "CERT_HAS_EXPIRED"],
    ["wrong_host", true, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ] as const)("have a certificate that is %s", async (fault, trusted, code) => {
    await using(startBadCertificate(fault), async (host) => {
      expect(await overOf(host.secureUrl, trusted ? host.certificate : undefined)).toBe(code);
    });
  });
});

describe("an upstream with TLS", () => {
  it("is trusted only by clients that are given its certificate", async () => {
    const upstream = await startUpstream({ tls: true });
    expect(upstream.origin).toMatch(/^https:/u);
    expect(await overOf(upstream.url("a"))).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
    const good = await ask(upstream.url("a") + path, body, { ca: upstream.certificate! }).whole();
    expect([good.over, good.status]).toEqual(["end", 200]);
    upstream.script({}, breaks("reset_before_headers"));
    expect(await overOf(upstream.url("a"), upstream.certificate)).toBe("ECONNRESET");
    await upstream.close();
  });
});
